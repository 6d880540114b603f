#include "reconstruction/networks/operation_record.h"

#include <gtest/gtest.h>

#include "reconstruction/networks/attention.h"

namespace ahap {
namespace {

double counted(const std::function<void()>& compute) {
  torch::NoGradGuard no_grad;
  OperationRecord record;
  compute();
  return record.operations();
}

TEST(OperationRecord, CountsTwoForEveryMultiplyAndAdd) {
  const auto a = torch::rand({3, 5}), b = torch::rand({5, 7}), batch = torch::rand({4, 3, 5});
  EXPECT_EQ(counted([&] { torch::mm(a, b); }), 2 * 3 * 5 * 7);
  EXPECT_EQ(counted([&] { torch::matmul(batch, b.expand({4, 5, 7})); }), 2 * 4 * 3 * 5 * 7);
  EXPECT_EQ(counted([&] { torch::addmm(torch::rand({7}), a, b); }), 2 * 3 * 5 * 7);
  EXPECT_EQ(counted([&] { a + a; }), 0);
}

TEST(OperationRecord, CountsLinearLayersAndAttention) {
  Linear layer(16, 32);
  const auto x = torch::rand({2, 6, 16});
  EXPECT_EQ(counted([&] { layer(x); }), 2 * 2 * 6 * 16 * 32);
  const auto q = torch::rand({2, 3, 6, 16}), k = torch::rand({2, 3, 9, 16}), v = torch::rand({2, 3, 9, 16});
  EXPECT_EQ(counted([&] { attend(q, k, v); }), 2 * (2 * 2 * 3 * 6 * 9 * 16)) << "scores, and what is read";
}

TEST(OperationRecord, CountsConvolutionsWithStridePaddingAndGroups) {
  const auto x = torch::rand({2, 4, 9, 9});
  EXPECT_EQ(counted([&] {
              torch::conv2d(x, torch::rand({8, 4, 3, 3}), {}, 2, 1);
            }),
            2 * (2 * 8 * 5 * 5) * 4 * 9);
  EXPECT_EQ(counted([&] {
              torch::conv2d(x, torch::rand({4, 1, 3, 3}), {}, torch::IntArrayRef({1, 1}),
                            torch::IntArrayRef({0, 0}), torch::IntArrayRef({1, 1}), 4);
            }),
            2 * (2 * 4 * 7 * 7) * 9);
}

TEST(OperationRecord, IsSilentAfterItsEnd) {
  const auto a = torch::rand({3, 5}), b = torch::rand({5, 7});
  { OperationRecord record; }
  torch::mm(a, b);
  EXPECT_EQ(counted([] {}), 0);
}

}  // namespace
}  // namespace ahap
