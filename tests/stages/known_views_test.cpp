#include "reconstruction/stages/known_views.h"

#include <gmock/gmock.h>

#include "tests/multiview/simulated_capture.h"

namespace ahap {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> contradictions_of(const SimulatedCapture& scene) {
  return contradictions("cameras.json", {"a.jpg", "b.jpg", "c.jpg", "d.jpg"}, scene.views, scene.people,
                        associate_and_calibrate(scene.views, scene.people), {}, {});
}

TEST(Contradictions, RightCamerasAreNotDoubted) {
  EXPECT_THAT(contradictions_of(calibrated(simulate_capture(390, 4, 3))), IsEmpty());
}

TEST(Contradictions, ATurnedCameraIsNamed) {
  SimulatedCapture scene = calibrated(simulate_capture(391, 4, 3));
  Eigen::Isometry3d& pose = *scene.views[2].camera_from_world;
  pose.linear() = Eigen::AngleAxisd(0.3, Eigen::Vector3d::UnitY()) * pose.linear();
  EXPECT_THAT(contradictions_of(scene),
              ElementsAre(AllOf(HasSubstr("cameras.json"), HasSubstr("c.jpg seems turned by 17"))));
}

TEST(Contradictions, ACameraThatWasMovedIsDoubted) {
  SimulatedCapture scene = calibrated(simulate_capture(392, 4, 3));
  scene.views[1].camera_from_world->translation() += Eigen::Vector3d(1, 0, 0);
  EXPECT_THAT(contradictions_of(scene),
              ElementsAre(AllOf(HasSubstr("cameras.json"), HasSubstr("stand elsewhere"))));
}

}  // namespace
}  // namespace ahap
