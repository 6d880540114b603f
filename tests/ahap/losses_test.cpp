#include "reconstruction/ahap/losses.h"

#include <gtest/gtest.h>

namespace ahap {
namespace {

TEST(Losses, TheTrueAssignmentIsEvenOverAPersonsDetections) {
  const auto target = assignment_target({1, -1, 0}, {0, 1, 1, -1});
  const auto expected = torch::tensor({{0.f, 0.5f, 0.5f, 0.f}, {0.f, 0.f, 0.f, 0.f}, {1.f, 0.f, 0.f, 0.f}});
  EXPECT_TRUE(target.equal(expected));
}

TEST(Losses, AssignmentIsZeroAtTheTruthAndLeastThereWhereAPersonIsSeenOften) {
  const auto once = assignment_target({0, 1}, {1, 0});
  EXPECT_NEAR(assignment_loss(once, once).item<double>(), 0, 1e-6);
  // Seen twice: the entropy of the truth remains, and every other answer costs more.
  const auto twice = assignment_target({0}, {0, 0, -1});
  const double least = assignment_loss(twice, twice).item<double>();
  EXPECT_NEAR(least, std::log(2.0), 1e-6);
  for (const auto& other : {torch::tensor({{0.6f, 0.4f, 0.f}}), torch::tensor({{0.4f, 0.4f, 0.2f}})})
    EXPECT_GT(assignment_loss(other, twice).item<double>(), least);
}

TEST(Losses, PairsArePositiveAcrossViewsOnly) {
  const auto positive = positive_pairs({0, 0, 0, 1, -1, -1}, torch::tensor({0, 0, 1, 1, 0, 1}, torch::kLong));
  auto expected = torch::zeros({6, 6});
  for (const auto& [a, b] : {std::pair{0, 2}, {1, 2}}) expected[a][b] = expected[b][a] = 1;
  EXPECT_TRUE(positive.equal(expected));
}

TEST(Losses, ContrastIsZeroForOnePairFarFromEverybodyElse) {
  const auto positive = positive_pairs({0, 0, 1, 1}, torch::tensor({0, 1, 0, 1}, torch::kLong));
  const auto apart = torch::tensor({{1.f, 0.f}, {1.f, 0.f}, {-1.f, 0.f}, {-1.f, 0.f}});
  EXPECT_NEAR(contrastive_loss(apart, positive, 0.07).item<double>(), 0, 1e-6);
  const auto confused = torch::tensor({{1.f, 0.f}, {-1.f, 0.f}, {1.f, 0.f}, {-1.f, 0.f}});
  EXPECT_GT(contrastive_loss(confused, positive, 0.07).item<double>(), 20);
}

TEST(Losses, PointsAreProjectedAsAPinholeCameraDoes) {
  const auto K = torch::tensor({{500.f, 0.f, 320.f}, {0.f, 400.f, 240.f}, {0.f, 0.f, 1.f}});
  const auto pixels = projected(torch::tensor({{0.f, 0.f, 2.f}, {1.f, -0.5f, 2.f}}), K);
  EXPECT_TRUE(torch::allclose(pixels, torch::tensor({{320.f, 240.f}, {570.f, 140.f}})));
  EXPECT_TRUE(torch::isfinite(projected(torch::tensor({{1.f, 1.f, -2.f}}), K)).all().item<bool>());
}

TEST(Losses, DistancesInThePictureAreZeroAtTheTruthAndIgnoreWhatLiesOutside) {
  const auto truth = torch::tensor({{0.2f, 0.4f}, {1.3f, 0.5f}});
  EXPECT_EQ(image_distance(truth, truth).item<double>(), 0);
  const auto moved = torch::tensor({{0.3f, 0.4f}, {9.f, 9.f}});
  EXPECT_NEAR(image_distance(moved, truth).item<double>(), 0.05, 1e-6);
  const auto outside = torch::tensor({{-0.2f, 0.4f}});
  EXPECT_EQ(image_distance(outside + 1, outside).item<double>(), 0);
}

}  // namespace
}  // namespace ahap
