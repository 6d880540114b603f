#include "reconstruction/alignment/camera_refinement.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/values/camera_errors.h"

namespace ahap {
namespace {

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
}

TEST(CameraRefinement, ExactDetectionsStayExact) {
  for (int seed = 0; seed < 5; ++seed) {
    const PeopleScene scene = simulate_people(seed, 4, 4, kExact);
    const auto refined =
        refine_cameras(scene.views, scene.detections, cameras_from_people(scene.views, scene.detections));
    for (const double error : rotation_errors(scene, refined.world_from_camera)) EXPECT_LT(error, 0.3);
    for (std::size_t v = 0; v < scene.cameras.size(); ++v) {
      EXPECT_NEAR(refined.K[v](0, 0) / scene.cameras[v].K(0, 0), 1, 0.01);
    }
  }
}

TEST(CameraRefinement, JointsSeenTogetherBringCamerasCloser) {
  std::vector<double> before, after;
  for (int seed = 0; seed < 20; ++seed) {
    const PeopleScene scene = simulate_people(seed, 4, 4, PeopleNoise{});
    const auto starts = cameras_from_people(scene.views, scene.detections);
    const auto refined = refine_cameras(scene.views, scene.detections, starts);
    EXPECT_TRUE(refined.refined) << refined.reason;
    for (const double error : rotation_errors(scene, poses_of(starts.front()))) before.push_back(error);
    for (const double error : rotation_errors(scene, refined.world_from_camera)) after.push_back(error);
  }
  EXPECT_LT(mean(after), 0.8 * mean(before));
  EXPECT_LT(median_of(after), 3);
}

TEST(CameraRefinement, JointsOfPeopleSeenTogetherAreTriangulated) {
  const PeopleScene scene = simulate_people(1, 3, 4, kExact);
  const auto refined =
      refine_cameras(scene.views, scene.detections, cameras_from_people(scene.views, scene.detections));
  ASSERT_EQ(refined.joints.size(), 3u);
  const Eigen::Isometry3d world_from_true =
      refined.world_from_camera[0] * scene.cameras[0].world_from_camera.inverse();
  for (int person = 0; person < 3; ++person) {
    ASSERT_EQ(refined.joints[person].size(), std::size_t(kSmplJoints));
    for (int j = 0; j < kSmplJoints; ++j) {
      EXPECT_LT((refined.joints[person][j] - world_from_true * scene.people[person][j]).norm(), 0.03);
    }
  }
}

TEST(CameraRefinement, DependsOnItsInputAlone) {
  const PeopleScene scene = simulate_people(7, 4, 4, PeopleNoise{});
  const auto starts = cameras_from_people(scene.views, scene.detections);
  const auto once = refine_cameras(scene.views, scene.detections, starts);
  const auto again = refine_cameras(scene.views, scene.detections, starts);
  for (std::size_t v = 0; v < scene.views.size(); ++v) {
    EXPECT_EQ(once.world_from_camera[v].matrix(), again.world_from_camera[v].matrix());
  }
}

TEST(CameraRefinement, NobodySeenTwiceLeavesTheCamerasAndSaysWhy) {
  PeopleScene scene = simulate_people(2, 2, 2, kExact);
  for (std::size_t i = 0; i < scene.detections.size(); ++i) scene.detections[i].person = int(i);
  const auto starts = cameras_from_people(scene.views, scene.detections);
  const auto refined = refine_cameras(scene.views, scene.detections, starts);
  EXPECT_FALSE(refined.refined);
  EXPECT_EQ(refined.reason, "nobody is seen in two views");
  for (std::size_t v = 0; v < scene.views.size(); ++v) {
    EXPECT_TRUE(refined.world_from_camera[v].isApprox(starts.front().views[v].world_from_camera));
  }
}

TEST(CameraRefinement, NoArrangementToStartFromIsRefused) {
  const PeopleScene scene = simulate_people(2, 2, 2, kExact);
  EXPECT_THROW(refine_cameras(scene.views, scene.detections, {}), std::invalid_argument);
}

}  // namespace
}  // namespace ahap
