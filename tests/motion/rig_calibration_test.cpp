#include "reconstruction/motion/rig_calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/motion/simulated_range.h"

namespace ahap {
namespace {

using ::testing::Each;
using ::testing::Field;
using ::testing::IsEmpty;

// Mean angle between estimated and true relative rotations, degrees.
double rotation_error(const SimulatedRange& range, const std::vector<AssociatedView>& found) {
  double sum = 0;
  int count = 0;
  for (std::size_t a = 0; a < found.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      const auto relative = [&](const Camera& x, const Camera& y) {
        return Eigen::Matrix3d(x.world_from_camera.linear().transpose() * y.world_from_camera.linear());
      };
      const Eigen::Matrix3d truth = relative(range.capture.cameras[a], range.capture.cameras[b]);
      sum += Eigen::AngleAxisd(relative(found[a].camera, found[b].camera).transpose() * truth).angle();
      ++count;
    }
  }
  return sum / count * 180 / M_PI;
}

TEST(RigCalibration, ManyFramesGiveBetterCamerasThanOne) {
  double one_frame = 0, all_frames = 0;
  for (const unsigned seed : {11u, 12u}) {
    const SimulatedRange range = simulate_range(seed, 4, 2, 40);
    one_frame +=
        rotation_error(range, associate_and_calibrate(range.capture.views, range.frames[0].people).views);
    const RigCalibration rig = calibrate_rig(range.frames, range.capture.views);
    EXPECT_THAT(rig.association.views, Each(Field(&AssociatedView::estimated, true)));
    all_frames += rotation_error(range, rig.association.views);
  }
  EXPECT_LT(all_frames, 0.75 * one_frame);
  EXPECT_LT(all_frames / 2, 1.5) << "degrees";
}

TEST(RigCalibration, IdentitiesComeWithTheCameras) {
  SimulatedRange range = simulate_range(14, 4, 3, 30);
  range.hide(1, 2, 10, 20);
  const RigCalibration rig = calibrate_rig(range.frames, range.capture.views);
  ASSERT_EQ(rig.identities.identities, 3);
  for (std::size_t s = 0; s < range.true_person.size(); ++s) {
    for (std::size_t t = 0; t < s; ++t) {
      EXPECT_EQ(rig.identities.identity[s] == rig.identities.identity[t],
                range.true_person[s] == range.true_person[t]);
    }
  }
}

TEST(RigCalibration, SaysWhichObservationsTookPart) {
  const SimulatedRange range = simulate_range(15, 3, 2, 20);
  const RigCalibration rig = calibrate_rig(range.frames, range.capture.views);
  ASSERT_EQ(rig.people.size(), rig.sources.size());
  ASSERT_EQ(rig.people.size(), rig.association.person_of_observation.size());
  for (std::size_t i = 0; i < rig.people.size(); ++i) {
    const ObservationIndex& s = rig.sources[i];
    EXPECT_EQ(rig.people[i].view, range.frames[s.frame].people[s.person].view);
  }
  for (const AssociatedPerson& person : rig.association.people) {
    for (const int i : person.observations)
      EXPECT_EQ(rig.sources[i].frame, rig.sources[person.observations[0]].frame) << "one instant";
  }
}

TEST(RigCalibration, OneViewHasPeopleAndNoPose) {
  const SimulatedRange range = simulate_range(16, 1, 2, 10);
  const RigCalibration rig = calibrate_rig(range.frames, range.capture.views);
  EXPECT_FALSE(rig.association.views[0].estimated);
  EXPECT_EQ(rig.identities.identities, 2);
}

TEST(RigCalibration, WhoIsLostForAnInstantByTheOnlyViewStaysTheSame) {
  SimulatedRange range = simulate_range(16, 1, 2, 20);
  range.hide(0, 0, 8, 12);
  const RigCalibration rig = calibrate_rig(range.frames, range.capture.views);
  EXPECT_EQ(rig.identities.identities, 2);
  EXPECT_EQ(rig.identities.identity[0], rig.identities.identity[2]);
}

TEST(RigCalibration, NobodyGivesNoPose) {
  SimulatedRange range = simulate_range(17, 2, 1, 3);
  for (TrackedFrame& frame : range.frames) {
    frame.people.clear();
    frame.tracklets.clear();
  }
  const RigCalibration rig = calibrate_rig(range.frames, range.capture.views);
  EXPECT_THAT(rig.association.views, Each(Field(&AssociatedView::estimated, false)));
  EXPECT_THAT(rig.frames, IsEmpty());
}

TEST(TellingFrames, DifferFromOneAnother) {
  const SimulatedRange range = simulate_range(18, 3, 2, 40);
  const std::vector<int> chosen = telling_frames(range.frames, 3);
  ASSERT_EQ(chosen.size(), 3u);
  for (std::size_t a = 0; a < chosen.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) EXPECT_GT(std::abs(chosen[a] - chosen[b]), 5);
  }
}

TEST(TellingFrames, ShowPeopleInSeveralViews) {
  SimulatedRange range = simulate_range(19, 2, 1, 10);
  range.hide(0, 0, 0, 7);
  for (const int f : telling_frames(range.frames, 5)) EXPECT_GE(f, 7);
}

}  // namespace
}  // namespace ahap
