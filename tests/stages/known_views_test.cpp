#include "reconstruction/stages/known_views.h"

#include <gmock/gmock.h>

#include "tests/multiview/simulated_capture.h"

namespace ahap {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

SimulatedCapture calibrated(unsigned seed) {
  SimulatedCapture scene = simulate_capture(seed, 4, 3);
  for (std::size_t v = 0; v < scene.views.size(); ++v) {
    ViewObservation& view = scene.views[v];
    view.K = scene.cameras[v].K;
    view.focal_length = scene.cameras[v].K(0, 0);
    view.camera_from_world = scene.cameras[v].camera_from_world();
    view.keeps_K = view.keeps_pose = true;
  }
  return scene;
}

std::vector<std::string> contradictions_of(const SimulatedCapture& scene) {
  return contradictions("cameras.json", {"a.jpg", "b.jpg", "c.jpg", "d.jpg"}, scene.views, scene.people,
                        associate_and_calibrate(scene.views, scene.people), {}, {});
}

TEST(Contradictions, RightCamerasAreNotDoubted) {
  EXPECT_THAT(contradictions_of(calibrated(390)), IsEmpty());
}

TEST(Contradictions, ATurnedCameraIsNamed) {
  SimulatedCapture scene = calibrated(391);
  Eigen::Isometry3d& pose = *scene.views[2].camera_from_world;
  pose.linear() = Eigen::AngleAxisd(0.3, Eigen::Vector3d::UnitY()) * pose.linear();
  EXPECT_THAT(contradictions_of(scene),
              ElementsAre(AllOf(HasSubstr("cameras.json"), HasSubstr("c.jpg seems turned by 17"))));
}

TEST(Contradictions, ACameraThatWasMovedIsDoubted) {
  SimulatedCapture scene = calibrated(392);
  scene.views[1].camera_from_world->translation() += Eigen::Vector3d(1, 0, 0);
  EXPECT_THAT(contradictions_of(scene),
              ElementsAre(AllOf(HasSubstr("cameras.json"), HasSubstr("stand elsewhere"))));
}

}  // namespace
}  // namespace ahap
