#include "reconstruction/networks/cpu_layers.h"

#include <gtest/gtest.h>

#include "reconstruction/networks/dinov2.h"
#include "reconstruction/networks/frozen_layers.h"
#include "tests/fixtures/seeded_weights.h"

namespace ahap {
namespace {

using namespace testing;

torch::Tensor exact_attention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v) {
  const auto real = [](const torch::Tensor& x) { return x.to(torch::kDouble); };
  const auto scores = torch::matmul(real(q), real(k).transpose(2, 3)) / std::sqrt(double(q.size(3)));
  return torch::matmul(torch::softmax(scores, -1), real(v));
}

torch::Tensor attention_with(Vectors vectors, const torch::Tensor& q, const torch::Tensor& k,
                             const torch::Tensor& v) {
  const auto of = [](const torch::Tensor& x) {
    return HeadVectors{x.data_ptr<float>(), x.stride(0), x.stride(1), x.stride(2)};
  };
  auto out = torch::full({q.size(0), q.size(2), q.size(1), q.size(3)}, std::nan(""));
  attention_on_cpu(of(q), of(k), of(v), {q.size(0), q.size(1), q.size(2), k.size(2), q.size(3)}, 2,
                   out.data_ptr<float>(), vectors);
  return out.transpose(1, 2);
}

TEST(CpuAttention, is_softmax_attention_for_every_size_and_instruction_set) {
  torch::manual_seed(1);
  // queries, keys, size of a vector: less than a block, a block, blocks and a rest
  const std::int64_t cases[][3] = {{1, 1, 16}, {3, 5, 64}, {64, 256, 64}, {65, 257, 32}, {130, 700, 80}};
  for (const auto& [queries, keys, size] : cases) {
    const auto q = torch::randn({2, 3, queries, size}), k = torch::randn({2, 3, keys, size}),
               v = torch::randn({2, 3, keys, size});
    for (const Vectors vectors : {Vectors::widest, Vectors::avx2, Vectors::baseline}) {
      EXPECT_LE(relative_l2(attention_with(vectors, q, k, v), exact_attention(q, k, v)), 1e-6)
          << queries << " queries, " << keys << " keys of " << size;
    }
  }
}

TEST(CpuAttention, holds_where_scores_are_far_apart_and_grow_from_block_to_block) {
  torch::manual_seed(2);
  const auto q = 40 * torch::randn({1, 2, 70, 64}), v = torch::randn({1, 2, 600, 64});
  const auto k = torch::randn({1, 2, 600, 64}) * torch::linspace(0.01, 3, 600).view({1, 1, 600, 1});
  const auto mine = attention_with(Vectors::widest, q, k, v);
  ASSERT_TRUE(mine.isfinite().all().item<bool>());
  // Scores of a thousand leave single precision 1e-4 of the exponent.
  EXPECT_LE(relative_l2(mine, exact_attention(q, k, v)), 2e-3);
}

TEST(CpuAttention, reads_queries_keys_and_values_where_they_lie) {
  torch::manual_seed(3);
  const auto together = torch::randn({2, 90, 3, 4, 32}).permute({2, 0, 3, 1, 4});  // as of one linear layer
  const auto by_parts = attend_on_cpu(together[0], together[1], together[2]);
  EXPECT_LE(relative_l2(by_parts, exact_attention(together[0], together[1], together[2])), 1e-6);
  EXPECT_TRUE(by_parts.transpose(1, 2).is_contiguous()) << "heads are merged without a copy";
}

TEST(CpuAttention, tells_of_values_that_are_no_numbers) {
  auto q = torch::ones({1, 1, 2, 16}), k = torch::ones({1, 1, 3, 16});
  k[0][0][1][0] = std::nan("");
  EXPECT_TRUE(attend_on_cpu(q, k, k).isnan().any().item<bool>());
}

TEST(CpuLinear, is_the_linear_layer_and_its_activation) {
  torch::NoGradGuard no_grad;
  torch::manual_seed(4);
  for (const std::int64_t rows : {1, 7, 300}) {
    const auto x = torch::randn({2, rows, 48}), weight = torch::randn({33, 48}), bias = torch::randn({33});
    const auto exact =
        torch::linear(x.to(torch::kDouble), weight.to(torch::kDouble), bias.to(torch::kDouble));
    EXPECT_LE(relative_l2(linear_layer(x, weight, bias), exact), 1e-6);
    EXPECT_LE(relative_l2(linear_layer(x, weight, bias, Activation::gelu), torch::gelu(exact)), 1e-6);
    EXPECT_LE(relative_l2(linear_layer(x, weight, {}), exact - bias), 1e-6);
    EXPECT_LE(relative_l2(linear_layer(x.transpose(0, 1), weight, bias), exact.transpose(0, 1)), 1e-6);
  }
  EXPECT_EQ(linear_layer(torch::ones({0, 48}), torch::ones({33, 48}), {}).sizes(),
            (std::vector<std::int64_t>{0, 33}));
}

TEST(CpuLinear, leaves_gradients_to_the_training_library) {
  const auto x = torch::randn({5, 8}).requires_grad_(), weight = torch::randn({4, 8});
  linear_layer(x, weight, {}).sum().backward();
  EXPECT_LE(relative_l2(x.grad(), weight.sum(0).expand({5, 8})), 1e-6);
}

}  // namespace
}  // namespace ahap
