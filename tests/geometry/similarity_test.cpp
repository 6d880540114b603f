#include "reconstruction/geometry/similarity.h"

#include <gtest/gtest.h>

#include "tests/fixtures/random_geometry.h"

namespace ahap {
namespace {

Similarity random_similarity(RandomGeometry& random) {
  const Eigen::Isometry3d pose = random.pose(3);
  return {random.uniform(0.2, 5), pose.linear(), pose.translation()};
}

std::vector<Eigen::Vector3d> moved(const Similarity& S, const std::vector<Eigen::Vector3d>& points) {
  std::vector<Eigen::Vector3d> result;
  for (const auto& x : points) result.push_back(S * x);
  return result;
}

void expect_near(const Similarity& a, const Similarity& b, double tolerance) {
  EXPECT_NEAR(a.scale, b.scale, tolerance);
  EXPECT_LT(rotation_angle(a.R, b.R), tolerance);
  EXPECT_LT((a.t - b.t).norm(), tolerance);
}

TEST(Similarity, InverseAndProductComposeAsMaps) {
  RandomGeometry random(1);
  const Similarity S = random_similarity(random), T = random_similarity(random);
  const Eigen::Vector3d x = random.vector();
  EXPECT_LT(((S * T) * x - S * (T * x)).norm(), 1e-12);
  EXPECT_LT((S.inverse() * (S * x) - x).norm(), 1e-12);
}

TEST(Similarity, ExactPointsGiveBackTheSimilarityTheyWereMovedBy) {
  RandomGeometry random(2);
  for (int i = 0; i < 20; ++i) {
    const Similarity truth = random_similarity(random);
    const auto from = random.points(3 + i);
    const auto estimate = align_points(from, moved(truth, from), AlignmentGroup::Sim3);
    ASSERT_TRUE(estimate);
    expect_near(*estimate, truth, 1e-9);
  }
}

TEST(Similarity, AReflectionIsNeverReturned) {
  RandomGeometry random(3);
  const auto from = random.points(10);
  auto to = from;
  for (auto& x : to) x.x() = -x.x();
  const auto estimate = align_points(from, to, AlignmentGroup::SE3);
  ASSERT_TRUE(estimate);
  EXPECT_NEAR(estimate->R.determinant(), 1, 1e-12);
}

TEST(Similarity, NoNeighbouringTransformFitsNoisyWeightedPointsBetter) {
  RandomGeometry random(4);
  const auto from = random.points(12);
  auto to = moved(random_similarity(random), from);
  std::vector<double> weights;
  for (auto& x : to) {
    x += random.vector(0.1);
    weights.push_back(random.uniform(0, 2));
  }
  const auto cost = [&](const Similarity& S) {
    double sum = 0;
    for (std::size_t i = 0; i < from.size(); ++i) sum += weights[i] * (to[i] - S * from[i]).squaredNorm();
    return sum;
  };
  const auto best = align_points(from, to, AlignmentGroup::Sim3, weights);
  ASSERT_TRUE(best);
  for (int i = 0; i < 100; ++i) {
    Similarity other = *best;
    other.scale *= 1 + random.normal(1e-3);
    other.R = random.small_rotation(1e-3) * other.R;
    other.t += random.vector(1e-3);
    EXPECT_GT(cost(other), cost(*best));
  }
}

TEST(Similarity, APointOfWeightZeroIsIgnored) {
  RandomGeometry random(5);
  const Similarity truth = random_similarity(random);
  const auto from = random.points(5);
  auto to = moved(truth, from);
  to[2] += Eigen::Vector3d(100, 0, 0);
  const std::vector<double> weights = {1, 1, 0, 1, 1};
  const auto estimate = align_points(from, to, AlignmentGroup::Sim3, weights);
  ASSERT_TRUE(estimate);
  expect_near(*estimate, truth, 1e-9);
}

TEST(Similarity, PointsOnALineOrTooFewOrNotFiniteHaveNoAnswer) {
  std::vector<Eigen::Vector3d> line;
  for (int i = 0; i < 5; ++i) line.emplace_back(i, 2.0 * i, -i);
  EXPECT_FALSE(align_points(line, line, AlignmentGroup::SE3));
  EXPECT_FALSE(align_points(std::span(line).first(2), std::span(line).first(2), AlignmentGroup::SE3));
  const std::vector<Eigen::Vector3d> same(4, Eigen::Vector3d(1, 2, 3));
  EXPECT_FALSE(align_points(same, same, AlignmentGroup::Sim3));
  EXPECT_FALSE(align_points({}, {}, AlignmentGroup::SE3));
  RandomGeometry random(6);
  auto points = random.points(5);
  auto broken = points;
  broken[0].x() = std::nan("");
  EXPECT_FALSE(align_points(points, broken, AlignmentGroup::SE3));
}

TEST(Similarity, PointsInAPlaneAreEnough) {
  RandomGeometry random(7);
  auto from = random.points(6);
  for (auto& x : from) x.z() = 0;
  const Similarity truth = random_similarity(random);
  const auto estimate = align_points(from, moved(truth, from), AlignmentGroup::Sim3);
  ASSERT_TRUE(estimate);
  expect_near(*estimate, truth, 1e-9);
}

TEST(Similarity, TrajectoriesGiveBackTheSimilarityWhateverTheirLayout) {
  RandomGeometry random(8);
  for (const int layout : {0, 1, 2, 3}) {  // anywhere, on a line, two cameras, all at one place
    std::vector<Eigen::Isometry3d> from;
    for (int i = 0; i < (layout == 2 ? 2 : 4); ++i) {
      from.push_back(random.pose());
      if (layout == 1) from.back().translation() = Eigen::Vector3d(i, 2 * i, 0);
      if (layout == 3) from.back().translation() = Eigen::Vector3d(1, 2, 3);
    }
    Similarity truth = random_similarity(random);
    if (layout == 3) truth.scale = 1;
    std::vector<Eigen::Isometry3d> to;
    for (const auto& pose : from) to.push_back(truth * pose);
    const auto estimate = align_trajectories(from, to, AlignmentGroup::Sim3);
    ASSERT_TRUE(estimate) << layout;
    expect_near(*estimate, truth, 1e-9);
  }
}

TEST(Similarity, OneCameraAlignsByItsOwnPose) {
  RandomGeometry random(9);
  const std::vector<Eigen::Isometry3d> from = {random.pose()}, to = {random.pose()};
  const auto estimate = align_trajectories(from, to, AlignmentGroup::SE3);
  ASSERT_TRUE(estimate);
  EXPECT_TRUE((*estimate * from[0]).isApprox(to[0], 1e-9));
}

TEST(Similarity, AxisAlignmentFindsTheAngleAndTheTranslation) {
  RandomGeometry random(10);
  for (int i = 0; i < 20; ++i) {
    const Eigen::Vector3d axis = random.vector().normalized();
    const double angle = random.uniform(-3, 3);
    const Eigen::Isometry3d truth = Eigen::Translation3d(random.vector()) * Eigen::AngleAxisd(angle, axis);
    const auto from = random.points(2 + i);
    std::vector<Eigen::Vector3d> to;
    for (const auto& x : from) to.push_back(truth * x);
    const auto estimate = align_about_axis(axis, from, to);
    ASSERT_TRUE(estimate);
    EXPECT_NEAR(estimate->angle, angle, 1e-9);
    EXPECT_TRUE(estimate->to_from_from.isApprox(truth, 1e-9));
    EXPECT_NEAR(estimate->rms, 0, 1e-6);
  }
}

TEST(Similarity, AxisAlignmentOfOnePointNeedsADirection) {
  const Eigen::Vector3d up = Eigen::Vector3d::UnitY();
  const std::vector<Eigen::Vector3d> from = {{1, 0, 0}}, to = {{0, 2, 0}};
  EXPECT_FALSE(align_about_axis(up, from, to));
  const std::vector<Eigen::Vector3d> heading = {{1, 0, 0}}, turned = {{0, 0, -1}};
  const auto estimate = align_about_axis(up, from, to, {}, heading, turned);
  ASSERT_TRUE(estimate);
  EXPECT_NEAR(estimate->angle, M_PI / 2, 1e-12);
  EXPECT_LT((estimate->to_from_from * from[0] - to[0]).norm(), 1e-12);
}

TEST(Similarity, AxisAlignmentOfPointsAboveEachOtherHasNoAnswer) {
  const std::vector<Eigen::Vector3d> column = {{1, 0, 1}, {1, 1, 1}, {1, 2, 1}};
  EXPECT_FALSE(align_about_axis(Eigen::Vector3d::UnitY(), column, column));
}

TEST(Similarity, MeanRotationIgnoresTheSignOfAQuaternion) {
  const Eigen::Quaterniond a(Eigen::AngleAxisd(0.2, Eigen::Vector3d::UnitX()));
  Eigen::Quaterniond b(Eigen::AngleAxisd(0.6, Eigen::Vector3d::UnitX()));
  b.coeffs() *= -1;
  const std::vector<Eigen::Quaterniond> rotations = {a, b};
  const auto mean = mean_rotation(rotations);
  ASSERT_TRUE(mean);
  EXPECT_NEAR(mean->angularDistance(Eigen::Quaterniond(Eigen::AngleAxisd(0.4, Eigen::Vector3d::UnitX()))), 0,
              1e-9);
}

TEST(Similarity, OppositeRotationsHaveNoMean) {
  const std::vector<Eigen::Quaterniond> rotations = {
      Eigen::Quaterniond::Identity(), Eigen::Quaterniond(Eigen::AngleAxisd(M_PI, Eigen::Vector3d::UnitX()))};
  EXPECT_FALSE(mean_rotation(rotations));
  EXPECT_FALSE(mean_rotation({}));
}

}  // namespace
}  // namespace ahap
