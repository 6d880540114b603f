#include "reconstruction/stages/range_observation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <filesystem>

#include "tests/fixtures/temporary_folder.h"
#include "tests/stages/drawn_people.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// Two cameras at 25 frames a second that show two people who walk, one of whom hides now and then.
class RangeObservation : public ::testing::Test {
 protected:
  static std::vector<DrawnPerson> draw(int f, int view) {
    std::vector<DrawnPerson> people = {{100.0 + 4 * f, 200.0 + 20 * view}};
    if (f % 23 > 3) people.push_back({500.0 - 2 * f, 230});
    return people;
  }
  void SetUp() override {
    sequence_.read = [this](int number, const Progress&) {
      if (number == stop_at_) throw Cancelled();
      ++reads_;
      std::vector<View> views;
      for (int camera = 0; camera < 2; ++camera) {
        if (missing_ && missing_(number, camera)) continue;
        View& view = views.emplace_back();
        view.name = "cam" + std::to_string(camera + 1) + ".mp4";
        view.camera = camera;
        view.time = number / (camera == 0 ? 25.0 : rate_of_second_);
        view.image = DrawnPeople::picture(number);
        if (change_) change_(number, camera, view.image);
      }
      return views;
    };
    for (int n = 0; n < 30; ++n) sequence_.numbers.push_back(n);
  }
  RangeObservations observe(const RangeOptions& options = {}) {
    reads_ = 0;
    RangeObservations seen;
    observe_range(sequence_,
                  {.networks = people_, .high_threshold = 0.5, .options = options, .after_frame = [] {}}, {},
                  seen);
    return seen;
  }
  RangeOptions kept(bool resume) const {
    RangeOptions options;
    options.observations = place_ / "result.observations";
    options.terms = {{"the model", "drawn"}};
    options.resume = resume;
    return options;
  }
  static void expect_same(const RangeObservations& a, const RangeObservations& b) {
    ASSERT_EQ(a.frames.size(), b.frames.size());
    for (std::size_t f = 0; f < a.frames.size(); ++f) {
      EXPECT_EQ(a.frames[f].number, b.frames[f].number);
      EXPECT_EQ(a.frames[f].time, b.frames[f].time);
      EXPECT_EQ(a.frames[f].tracklets, b.frames[f].tracklets) << f;
      ASSERT_EQ(a.frames[f].people.size(), b.frames[f].people.size()) << f;
      for (std::size_t n = 0; n < a.frames[f].people.size(); ++n) {
        EXPECT_EQ(a.frames[f].people[n].view, b.frames[f].people[n].view);
        EXPECT_EQ(a.frames[f].people[n].ray_pixel, b.frames[f].people[n].ray_pixel);
        EXPECT_EQ(a.frames[f].people[n].appearance.parts, b.frames[f].people[n].appearance.parts);
      }
    }
    EXPECT_EQ(a.messages, b.messages);
    ASSERT_EQ(a.cameras.size(), b.cameras.size());
    for (std::size_t v = 0; v < a.cameras.size(); ++v) EXPECT_EQ(a.cameras[v].name, b.cameras[v].name);
  }
  static int tracklets(const RangeObservations& seen) {
    int most = -1;
    for (const TrackedFrame& frame : seen.frames)
      for (const int tracklet : frame.tracklets) most = std::max(most, tracklet);
    return most + 1;
  }

  TemporaryFolder place_;
  DrawnPeople people_{draw};
  FrameSequence sequence_;
  std::function<bool(int number, int camera)> missing_;
  std::function<void(int number, int camera, Image&)> change_;
  double rate_of_second_ = 25;
  int stop_at_ = -1;  // number of a frame
  std::atomic<int> reads_ = 0;
};

TEST_F(RangeObservation, stopped_anywhere_and_resumed_is_as_without_a_break) {
  missing_ = [](int number, int camera) { return number == 12 || (number == 7 && camera == 0); };
  const RangeObservations whole = observe();
  for (const int end : {1, 5, 12, 13, 29}) {
    stop_at_ = end;
    EXPECT_THROW(observe(kept(false)), Cancelled);
    stop_at_ = -1;
    expect_same(observe(kept(true)), whole);
    EXPECT_EQ(reads_, 30 - end) << "what was observed is not looked at again";
    expect_same(observe(kept(true)), whole);
    EXPECT_EQ(reads_, 0);
  }
}

TEST_F(RangeObservation, ends_with_the_frames_so_far_when_that_is_asked_for) {
  RangeOptions options = kept(false);
  int asked = 0;
  options.finish_requested = [&] { return ++asked == 10; };
  const RangeObservations part = observe(options);
  EXPECT_THAT(part.frames, SizeIs(10));
  EXPECT_THAT(part.messages, ElementsAre("Stopped after 10 of 30 frames: the result ends with frame 9."));
  expect_same(observe(kept(true)), observe());
}

TEST_F(RangeObservation, of_other_terms_or_frames_is_not_resumed) {
  observe(kept(false));
  RangeOptions options = kept(true);
  options.terms[0].second = "another";
  EXPECT_THAT(sentence_of([&] { observe(options); }), HasSubstr("the model was drawn and is another"));
  sequence_.numbers.erase(sequence_.numbers.begin() + 3);
  EXPECT_THAT(sentence_of([&] { observe(kept(true)); }), HasSubstr("is of other frames"));
}

TEST_F(RangeObservation, goes_on_where_it_cannot_be_kept) {
  RangeOptions options = kept(false);
  options.observations = place_ / "no/folder/result.observations";
  const RangeObservations seen = observe(options);
  EXPECT_THAT(seen.frames, SizeIs(30));
  EXPECT_THAT(seen.messages, ElementsAre(AllOf(HasSubstr("not kept for --resume"), HasSubstr("no/folder"))));
}

TEST_F(RangeObservation, passes_over_black_pictures_and_follows_people_beyond_them) {
  change_ = [](int number, int camera, Image& picture) {
    if (camera == 1 && number >= 10 && number < 12) std::fill(picture.rgb.begin(), picture.rgb.end(), 0);
  };
  const RangeObservations seen = observe();
  EXPECT_TRUE(std::isnan(seen.frames[11].camera_times[1]));
  for (const PersonObservation& person : seen.frames[11].people) EXPECT_EQ(person.view, 0);
  EXPECT_EQ(tracklets(seen), 4) << "nobody is new after them";
  EXPECT_THAT(seen.messages, ElementsAre("cam2.mp4 is black and passed over at frame 10, 11."));
}

TEST_F(RangeObservation, uses_the_longest_scene_of_a_video_that_is_cut) {
  change_ = [](int number, int camera, Image& picture) {
    if (camera == 0 || number < 5 || number >= 11) return;
    for (std::size_t i = 2; i < picture.rgb.size(); ++i)
      picture.rgb[i] = std::uint8_t(i % 192 < 96 ? 250 : 10);
  };
  const RangeObservations seen = observe();
  EXPECT_THAT(seen.messages, ElementsAre("cam2.mp4 is cut, at frame 5, 11; only the scene that it shows "
                                         "longest is used, 24 of its 30 frames."));
  for (const TrackedFrame& frame : seen.frames) {
    const bool elsewhere = frame.number >= 5 && frame.number < 11;
    EXPECT_EQ(std::isnan(frame.camera_times[1]), elsewhere) << frame.number;
    if (!elsewhere) continue;
    for (const PersonObservation& person : frame.people) EXPECT_EQ(person.view, 0);
  }
  const auto of_second = [&](int f) {
    std::vector<int> numbers;
    for (std::size_t n = 0; n < seen.frames[std::size_t(f)].people.size(); ++n)
      if (seen.frames[std::size_t(f)].people[n].view == 1)
        numbers.push_back(seen.frames[std::size_t(f)].tracklets[n]);
    return numbers;
  };
  EXPECT_NE(of_second(4), of_second(11)) << "nobody is followed across a cut";
}

TEST_F(RangeObservation, leaves_out_pictures_of_another_size) {
  change_ = [](int number, int camera, Image& picture) {
    if (camera == 0 && number >= 20) picture = DrawnPeople::picture(number, 32, 24);
  };
  const RangeObservations seen = observe();
  EXPECT_THAT(
      seen.messages,
      ElementsAre("cam1.mp4 changes the size of its pictures; those that are not 64 x 48 are left out: "
                  "frame 20, 21, 22 and 7 more."));
  EXPECT_TRUE(std::isnan(seen.frames[25].camera_times[0]));
}

TEST_F(RangeObservation, has_ascending_times_where_the_first_camera_ends_early) {
  missing_ = [](int number, int camera) { return camera == 0 && number >= 12; };
  rate_of_second_ = 24.9;
  const RangeObservations seen = observe();
  for (std::size_t f = 1; f < seen.frames.size(); ++f)
    EXPECT_NEAR(seen.frames[f].time - seen.frames[f - 1].time, 0.04, 0.001) << f;
}

}  // namespace
}  // namespace ahap
