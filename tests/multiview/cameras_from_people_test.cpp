#include "reconstruction/multiview/cameras_from_people.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/fixtures/camera_errors.h"

namespace ahap {
namespace {

std::vector<double> errors_over_scenes(int scenes, int people, int views, const PeopleNoise& noise) {
  std::vector<double> errors;
  for (int seed = 0; seed < scenes; ++seed) {
    const PeopleScene scene = simulate_people(seed, people, views, noise);
    const auto found = cameras_from_people(scene.views, scene.detections);
    const auto of_scene = rotation_errors(scene, poses_of(found.front()));
    errors.insert(errors.end(), of_scene.begin(), of_scene.end());
  }
  return errors;
}

// How probable each of 24 headings is, from -pi on, around one or two of them.
std::vector<double> headings(const std::vector<std::pair<double, double>>& angle_and_weight) {
  std::vector<double> bins(24, 0);
  for (int i = 0; i < 24; ++i) {
    const double angle = 2 * M_PI * (i + 0.5) / 24 - M_PI;
    for (const auto& [center, weight] : angle_and_weight) {
      const double e = std::remainder(angle - center, 2 * M_PI) / 0.15;
      bins[i] += weight * std::exp(-0.5 * e * e);
    }
  }
  const double sum = std::accumulate(bins.begin(), bins.end(), 0.0);
  for (double& p : bins) p /= sum;
  return bins;
}

// By how much a body faces the picture's right rather than the camera, in truth.
double true_heading(const PeopleScene& scene, const PeopleDetection& d) {
  const Camera& camera = scene.cameras[d.view];
  const auto& joints = scene.people[d.person];
  const Eigen::Vector3d left = joints[1] - joints[2] + joints[16] - joints[17];
  const Eigen::Vector3d forward = left.cross(Eigen::Vector3d::UnitY());
  const Eigen::Vector3d to_camera = camera.world_from_camera.translation() - joints[0];
  const auto azimuth = [](const Eigen::Vector3d& x) { return std::atan2(x.x(), x.z()); };
  return std::remainder(azimuth(forward) - azimuth(to_camera), 2 * M_PI);
}

TEST(CamerasFromPeople, ExactDetectionsGiveExactCameras) {
  for (const double error : errors_over_scenes(10, 4, 4, kExact)) EXPECT_LT(error, 0.5);
}

TEST(CamerasFromPeople, SinglyWrongRangesAndHeadingsAverageOut) {
  EXPECT_LT(median_of(errors_over_scenes(20, 4, 4, PeopleNoise{})), 6);
}

TEST(CamerasFromPeople, FalseIdentitiesAndHalfTurnedBodiesAreOutvoted) {
  PeopleNoise noise;
  noise.flipped = 0.1;
  noise.wrong_identity = 0.1;
  EXPECT_LT(median_of(errors_over_scenes(20, 5, 4, noise)), 7);
}

TEST(CamerasFromPeople, TheHeadingOfOneSharedPersonFixesTheYaw) {
  for (int seed = 0; seed < 10; ++seed) {
    PeopleScene scene = simulate_people(seed, 1, 2, kExact);
    for (auto& d : scene.detections) {
      d.heading = headings({{true_heading(scene, d), 1}});
      d.joints.clear();
    }
    const auto found = cameras_from_people(scene.views, scene.detections);
    EXPECT_LT(rotation_errors(scene, poses_of(found.front())).front(), 5) << "seed " << seed;
  }
}

TEST(CamerasFromPeople, AnAmbiguousHeadingOffersBothYawsTheLikelierFirst) {
  PeopleScene scene = simulate_people(3, 1, 2, kExact);
  for (auto& d : scene.detections) {
    const double truth = true_heading(scene, d);
    d.heading = d.view == 0 ? headings({{truth, 1}}) : headings({{truth, 0.6}, {truth + M_PI, 0.4}});
    d.joints.clear();
  }
  const auto found = cameras_from_people(scene.views, scene.detections);
  ASSERT_GE(found.size(), 2u);
  EXPECT_LT(rotation_errors(scene, poses_of(found[0])).front(), 5);
  EXPECT_GT(rotation_errors(scene, poses_of(found[1])).front(), 120);
  EXPECT_LT(found[0].cost, found[1].cost);
}

TEST(CamerasFromPeople, AViewThatSharesNobodyIsNotEstimated) {
  PeopleScene scene = simulate_people(5, 3, 3, kExact);
  for (auto& d : scene.detections) {
    if (d.view == 2) d.person = 10;
  }
  const auto found = cameras_from_people(scene.views, scene.detections);
  EXPECT_TRUE(found.front().views[0].estimated);
  EXPECT_TRUE(found.front().views[1].estimated);
  EXPECT_FALSE(found.front().views[2].estimated);
}

}  // namespace
}  // namespace ahap
