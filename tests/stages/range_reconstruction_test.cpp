// Whole runs on several frames with the model for photographs, where its networks are installed: the sample
// capture, whose people stand still while its pictures are shown again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconstruction/body/body_model.h"
#include "reconstruction/capture/capture.h"
#include "reconstruction/capture/views.h"
#include "reconstruction/motion/one_frame.h"
#include "reconstruction/reconstruct.h"
#include "tests/fixtures/photo_model.h"

namespace ahap {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class RangeReconstruction : public PhotoModelTest {
 protected:
  // Frame n at n / 25 s; its cameras may be left out by `missing`.
  static FrameSequence still(int frames, std::function<bool(int frame, int camera)> missing = {}) {
    FrameSequence sequence;
    for (int n = 0; n < frames; ++n) sequence.numbers.push_back(n);
    sequence.read = [missing, views = sample()](int number, const Progress&) {
      std::vector<View> shown;
      for (View view : views) {
        view.time = number / 25.0;
        view.frame = number;
        if (!missing || !missing(number, view.camera)) shown.push_back(std::move(view));
      }
      return shown;
    };
    return sequence;
  }
};

TEST_F(RangeReconstruction, PeopleHaveOneIdentityAndOneShapeAndABodyInEveryFrame) {
  const auto range = reconstruct_range(still(3, [](int f, int c) { return f == 1 && c == 2; }), *model_, {});
  ASSERT_THAT(range->frames, SizeIs(3));
  EXPECT_NEAR(frame_rate(*range), 25, 1e-6);
  ASSERT_THAT(range->views, SizeIs(4));
  for (const ReconstructedView& view : range->views) {
    EXPECT_TRUE(view.camera_estimated) << view.name;
    EXPECT_THAT(view.cameras, SizeIs(1)) << "it stands still";
  }
  ASSERT_THAT(range->people, SizeIs(3));
  for (const Person& person : range->people) {
    ASSERT_THAT(person.bodies, SizeIs(3)) << person.id;
    for (int f = 0; f < 3; ++f) {
      const BodyInFrame& body = person.bodies[f];
      EXPECT_EQ(body.frame, f);
      EXPECT_TRUE(body.triangulated);
      EXPECT_TRUE(body.mesh.positions.empty());
      EXPECT_GT(body.position_sigma, 0);
      EXPECT_LT((body.joints[0] - person.bodies[0].joints[0]).norm(), 0.03) << "people stand still";
      for (const int n : body.detections) EXPECT_EQ(range->frames[f].detections[n].person_id, person.id);
    }
  }
  EXPECT_THAT(range->frames[0].points->person, Each(0)) << "the place alone";
  EXPECT_GT(range->frames[0].points->size(), 1000u);
  EXPECT_EQ(range->frames[0].points, range->frames[2].points);
  const Reconstruction second = one_frame(*range, 1);
  EXPECT_THAT(second.people[0].bodies[0].mesh.positions, SizeIs(range->body_model->num_vertices()));
}

TEST_F(RangeReconstruction, KnownCamerasComeOutAsTheyCameIn) {
  const auto found = reconstruct_range(still(2), *model_, {});
  FrameSequence sequence = still(2);
  sequence.read = [&, read = sequence.read](int number, const Progress& progress) {
    std::vector<View> views = read(number, progress);
    for (std::size_t v = 0; v < views.size(); ++v) {
      const Camera& camera = found->views[v].camera(0);
      views[v].known = KnownCamera{"Calib.toml", camera.K, camera.camera_from_world()};
    }
    return views;
  };
  const auto range = reconstruct_range(sequence, *model_, {});
  for (std::size_t v = 0; v < 4; ++v) {
    const Camera &before = found->views[v].camera(0), &after = range->views[v].camera(0);
    EXPECT_LT((before.world_from_camera.matrix() - after.world_from_camera.matrix()).norm(), 1e-6);
    EXPECT_EQ(before.K, after.K);
  }
  EXPECT_THAT(range->people, SizeIs(3));
}

TEST_F(RangeReconstruction, StopsWhenAsked) {
  Progress progress;
  int frames_read = 0;
  FrameSequence sequence = still(100);
  const auto read = sequence.read;
  sequence.read = [&](int number, const Progress& p) {
    ++frames_read;
    return read(number, p);
  };
  progress.stop_requested = [&] { return frames_read > 2; };
  EXPECT_THROW(reconstruct_range(sequence, *model_, {}, progress), Cancelled);
  EXPECT_LT(frames_read, 5);
}

TEST_F(RangeReconstruction, WithoutAnyPictureSaysSo) {
  try {
    reconstruct_range(still(2, [](int, int) { return true; }), *model_, {});
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("None of these frames has a picture"));
  }
}

TEST(Ranges, AreRefusedByModelsThatHaveNone) {
  const auto compact = load_model({AHAP_ASSET_DIR "/models/compact"});
  EXPECT_FALSE(reconstructs_ranges(*compact));
  try {
    reconstruct_range({{0, 1}, [](int, const Progress&) { return std::vector<View>(); }}, *compact, {});
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("reconstructs frames one by one"));
  }
}

}  // namespace
}  // namespace ahap
