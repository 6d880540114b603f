#include "reconstruction/branches/mast3r/descriptor_matches.h"

#include <gmock/gmock.h>

#include <set>

namespace ahap {
namespace {

using PixelPair = std::array<int, 4>;

Mast3rView random_view(std::int64_t height, std::int64_t width, std::uint64_t seed) {
  torch::manual_seed(seed);
  Mast3rView view;
  view.descriptors = torch::randn({height, width, kDescriptorDim});
  view.descriptors = view.descriptors / view.descriptors.norm(2, {-1}, true);
  view.descriptor_confidence = torch::rand({height, width}) + 0.5;
  return view;
}

// What the second view would be if the first moved by (dx, dy) pixels; what comes into it is new.
Mast3rView moved_view(const Mast3rView& view, std::int64_t dx, std::int64_t dy, std::uint64_t seed) {
  const std::int64_t H = view.descriptors.size(0), W = view.descriptors.size(1);
  Mast3rView moved = random_view(H, W, seed);
  moved.descriptors.slice(0, dy).slice(1, dx).copy_(view.descriptors.slice(0, 0, H - dy).slice(1, 0, W - dx));
  return moved;
}

std::set<PixelPair> pixels_of_matches(const std::vector<PixelMatch>& matches) {
  std::set<PixelPair> pairs;
  for (const PixelMatch& match : matches)
    pairs.insert({match.first.x(), match.first.y(), match.second.x(), match.second.y()});
  EXPECT_EQ(pairs.size(), matches.size()) << "a match is there twice";
  return pairs;
}

// Every pair of pixels that are each other's nearest, by comparing all with all.
std::set<PixelPair> all_reciprocal(const Mast3rView& a, const Mast3rView& b) {
  const auto products = torch::matmul(a.descriptors.flatten(0, 1), b.descriptors.flatten(0, 1).t());
  const auto there = products.argmax(1), back = products.argmax(0);
  const auto W1 = a.descriptors.size(1), W2 = b.descriptors.size(1);
  std::set<PixelPair> pairs;
  for (std::int64_t p = 0; p < there.size(0); ++p) {
    const auto q = there[p].item<std::int64_t>();
    if (back[q].item<std::int64_t>() == p) pairs.insert({int(p % W1), int(p / W1), int(q % W2), int(q / W2)});
  }
  return pairs;
}

TEST(DescriptorMatches, FromEveryPixelAllReciprocalPairsAreFound) {
  const Mast3rView a = random_view(13, 17, 1), b = random_view(11, 19, 2);
  const auto found = match_descriptors(a, b, {.stride = 1, .rounds = 1, .border = 0});
  EXPECT_EQ(pixels_of_matches(found), all_reciprocal(a, b));
  EXPECT_GT(found.size(), 50u);
}

TEST(DescriptorMatches, FromAGridOnlyReciprocalPairsAreFound) {
  const Mast3rView a = random_view(40, 48, 3), b = random_view(48, 40, 4);
  const auto truth = all_reciprocal(a, b);
  const auto found = pixels_of_matches(match_descriptors(a, b, {.stride = 8, .rounds = 10, .border = 0}));
  EXPECT_GT(found.size(), 30u) << "of the 60 places where the search begins";
  for (const PixelPair& pair : found) EXPECT_TRUE(truth.contains(pair));
}

TEST(DescriptorMatches, AMovedPictureIsFoundWhereItMovedTo) {
  const Mast3rView a = random_view(40, 48, 5), b = moved_view(a, 6, 4, 6);
  const auto found = match_descriptors(a, b);
  for (int y = 4; y < 33; y += 8)
    for (int x = 4; x < 39; x += 8)
      EXPECT_TRUE(pixels_of_matches(found).contains({x, y, x + 6, y + 4})) << x << ", " << y;
}

TEST(DescriptorMatches, AWeightIsTheGeometricMeanOfBothConfidences) {
  const Mast3rView a = random_view(16, 16, 7), b = moved_view(a, 1, 1, 8);
  const auto found = match_descriptors(a, b, {.border = 0});
  ASSERT_FALSE(found.empty());
  for (const PixelMatch& match : found) {
    const float product = a.descriptor_confidence[match.first.y()][match.first.x()].item<float>() *
                          b.descriptor_confidence[match.second.y()][match.second.x()].item<float>();
    EXPECT_NEAR(match.weight * match.weight, product, 1e-5);
  }
}

TEST(DescriptorMatches, NothingIsMatchedNearAnEdge) {
  const Mast3rView a = random_view(20, 24, 9);
  const auto found = match_descriptors(a, a, {.stride = 1});
  EXPECT_EQ(found.size(), std::size_t(14 * 18));
  for (const PixelMatch& match : found) {
    EXPECT_EQ(match.first, match.second);
    EXPECT_TRUE(match.first.x() >= 3 && match.first.y() >= 3 && match.first.x() < 21 && match.first.y() < 17);
  }
}

TEST(DescriptorMatches, PicturesSmallerThanTheGridHaveAPlaceToBegin) {
  const Mast3rView a = random_view(2, 3, 10);
  EXPECT_FALSE(match_descriptors(a, a, {.border = 0}).empty());
}

TEST(DescriptorMatches, AStopEndsTheSearch) {
  const Mast3rView a = random_view(40, 40, 11);
  Progress stopped;
  stopped.stop_requested = [] { return true; };
  EXPECT_THROW(match_descriptors(a, a, {}, stopped), Cancelled);
}

}  // namespace
}  // namespace ahap
