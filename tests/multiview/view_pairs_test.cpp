#include "reconstruction/multiview/view_pairs.h"

#include <gmock/gmock.h>

#include <set>

namespace ahap {
namespace {

using Pairs = std::vector<std::pair<int, int>>;

TEST(ViewPairs, OfFewViewsAreAll) {
  EXPECT_EQ(view_pairs(0), Pairs{});
  EXPECT_EQ(view_pairs(1), Pairs{});
  EXPECT_EQ(view_pairs(3), (Pairs{{0, 1}, {0, 2}, {1, 2}}));
  EXPECT_EQ(view_pairs(kMostViewsInAllPairs).size(), std::size_t(45));
}

TEST(ViewPairs, OfManyViewsGrowWithTheirNumberAndReachEveryViewEquallyOften) {
  constexpr int kViews = 30;
  const Pairs pairs = view_pairs(kViews);
  EXPECT_EQ(pairs.size(), std::size_t(kViews * kViewsAhead));
  EXPECT_EQ(std::set(pairs.begin(), pairs.end()).size(), pairs.size());
  std::vector<int> seen(kViews);
  for (const auto& [a, b] : pairs) {
    EXPECT_LT(a, b);
    ++seen[std::size_t(a)];
    ++seen[std::size_t(b)];
  }
  EXPECT_THAT(seen, ::testing::Each(2 * kViewsAhead));
}

TEST(ViewPairs, JustAboveAllPairsNoneIsThereTwice) {
  const Pairs pairs = view_pairs(kMostViewsInAllPairs + 1);
  EXPECT_EQ(std::set(pairs.begin(), pairs.end()).size(), pairs.size());
  EXPECT_EQ(pairs.size(), std::size_t(55)) << "eleven views with five on each side: all pairs";
}

}  // namespace
}  // namespace ahap
