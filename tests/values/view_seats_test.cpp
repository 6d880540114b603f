#include "reconstruction/identity/view_seats.h"

#include <gtest/gtest.h>

#include "tests/values/people_simulation.h"

namespace ahap {
namespace {

constexpr double kDegree = M_PI / 180;

// Everybody looks like himself and like nobody else.
Eigen::MatrixXd clear_looks(const PeopleScene& scene) {
  const int N = int(scene.detections.size());
  Eigen::MatrixXd similarity(N, N);
  for (int a = 0; a < N; ++a) {
    for (int b = 0; b < N; ++b) similarity(a, b) = scene.true_person[a] == scene.true_person[b] ? 0.9 : 0.05;
  }
  return similarity;
}

RefinedCameras true_cameras(const PeopleScene& scene) {
  std::vector<Eigen::Isometry3d> poses;
  for (const Camera& camera : scene.cameras) poses.push_back(camera.world_from_camera);
  return unrefined_cameras(scene.views, poses);
}

// Across the scene from where it was, looking back.
Eigen::Isometry3d turned_by_half(const Eigen::Isometry3d& world_from_camera) {
  return Eigen::Isometry3d(Eigen::AngleAxisd(M_PI, Eigen::Vector3d::UnitY())) * world_from_camera;
}

TEST(ViewSeats, AViewTurnedByHalfATurnFindsItsSeat) {
  for (int seed = 0; seed < 6; ++seed) {
    const PeopleScene scene = simulate_people(seed, 4, 4, PeopleNoise{});
    RefinedCameras cameras = true_cameras(scene);
    cameras.world_from_camera[2] = turned_by_half(cameras.world_from_camera[2]);
    const auto seats = other_seats(scene.views, scene.detections, clear_looks(scene), cameras);
    ASSERT_FALSE(seats.empty());
    EXPECT_EQ(seats[0].view, 2);
    EXPECT_GT(seats[0].agreement, 1);
    const Eigen::Isometry3d& truth = scene.cameras[2].world_from_camera;
    EXPECT_LT(Eigen::AngleAxisd(truth.linear().transpose() * seats[0].world_from_camera.linear()).angle(), 20 * kDegree);
    EXPECT_LT((truth.translation() - seats[0].world_from_camera.translation()).norm(), 1.5);
  }
}

TEST(ViewSeats, WhereEverybodyStandsRightNoOtherSeatIsBetter) {
  for (int seed = 0; seed < 6; ++seed) {
    const PeopleScene scene = simulate_people(seed, 4, 4, PeopleNoise{});
    for (const ViewSeat& seat : other_seats(scene.views, scene.detections, clear_looks(scene), true_cameras(scene))) {
      EXPECT_LT(seat.agreement, 1);
    }
  }
}

TEST(ViewSeats, StrangersOfferNoSeat) {
  const PeopleScene scene = simulate_people(1, 3, 3, PeopleNoise{});
  const int N = int(scene.detections.size());
  EXPECT_TRUE(other_seats(scene.views, scene.detections, Eigen::MatrixXd::Zero(N, N), true_cameras(scene)).empty());
  EXPECT_TRUE(other_seats(scene.views, {}, Eigen::MatrixXd(0, 0), true_cameras(scene)).empty());
}

}  // namespace
}  // namespace ahap
