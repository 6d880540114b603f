#include "reconstruction/motion/observation_file.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>
#include <cstring>
#include <limits>

#include "tests/fixtures/random_geometry.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;
namespace fs = std::filesystem;

const ObservationTerms kTerms = {{"the model", "photo"}, {"cam1.mp4", "12 bytes"}};

PersonObservation somebody(RandomGeometry& random, int view) {
  PersonObservation seen;
  seen.view = view;
  seen.score = random.uniform(0, 1);
  seen.box = {random.uniform(0, 100), 2, 300, 400.5};
  for (int k = 0; k < kBodyPoints; ++k) {
    seen.points[k] = {{random.normal(100), random.normal(100)}, random.uniform(0, 9)};
    seen.landmarks[k] = {random.normal(1), random.normal(1), random.normal(1)};
    seen.visibility[k] = random.uniform(0, 1);
  }
  seen.ray_pixel = {7, random.uniform(0, 8)};
  seen.appearance.parts[1] = {0.25f, 0.75f, float(random.uniform(0, 1))};
  return seen;
}

ObservedFrame frame_of(int number) {
  RandomGeometry random(static_cast<unsigned>(number));
  ObservedFrame frame{.number = number, .views = {}};
  for (const int camera : {0, 2}) {
    ObservedView& view = frame.views.emplace_back();
    view.camera = camera;
    view.name = "cam" + std::to_string(camera) + ".mp4";
    view.path = "/films/" + view.name;
    view.width = 640, view.height = 480;
    view.time = number / 25.0;
    view.sketch[3] = 200;
    view.people = {somebody(random, camera), somebody(random, camera)};
    view.tracklets = {4, 1};
    view.tracker.next_number = 5;
    view.tracker.tracks.resize(2);
    view.tracker.tracks[0].number = 4;
    view.tracker.tracks[0].pose[3] = {{1.5, random.normal(3)}, 0.5};
    view.tracker.tracks[0].moved = true;
    view.tracker.tracks[1].number = 1;
    view.tracker.time = view.time;
    view.tracker.find_next = false;
  }
  return frame;
}

void expect_same(const ObservedFrame& a, const ObservedFrame& b) {
  EXPECT_EQ(a.number, b.number);
  ASSERT_EQ(a.views.size(), b.views.size());
  for (std::size_t v = 0; v < a.views.size(); ++v) {
    const ObservedView &x = a.views[v], &y = b.views[v];
    EXPECT_EQ(x.camera, y.camera);
    EXPECT_EQ(x.path, y.path);
    EXPECT_EQ(x.time, y.time);
    EXPECT_EQ(x.sketch, y.sketch);
    EXPECT_EQ(x.tracklets, y.tracklets);
    ASSERT_EQ(x.people.size(), y.people.size());
    for (std::size_t n = 0; n < x.people.size(); ++n) {
      EXPECT_EQ(x.people[n].view, y.people[n].view);
      EXPECT_EQ(x.people[n].score, y.people[n].score);
      EXPECT_EQ(x.people[n].points[5].pixel, y.people[n].points[5].pixel);
      EXPECT_EQ(x.people[n].points[5].sigma, y.people[n].points[5].sigma);
      EXPECT_EQ(x.people[n].landmarks[26], y.people[n].landmarks[26]);
      EXPECT_EQ(x.people[n].visibility, y.people[n].visibility);
      EXPECT_EQ(x.people[n].appearance.parts, y.people[n].appearance.parts);
    }
    ASSERT_EQ(x.tracker.tracks.size(), y.tracker.tracks.size());
    EXPECT_EQ(x.tracker.tracks[0].pose[3].pixel, y.tracker.tracks[0].pose[3].pixel);
    EXPECT_EQ(x.tracker.tracks[0].moved, y.tracker.tracks[0].moved);
    EXPECT_EQ(x.tracker.find_next, y.tracker.find_next);
    EXPECT_EQ(x.tracker.next_number, y.tracker.next_number);
  }
}

class ObservationFile : public ::testing::Test {
 protected:
  ObservationFile() {
    ObservationWriter writer(file_, kTerms);
    for (const int number : {0, 2, 7}) {
      writer.add(frame_of(number));
      ends_.push_back(fs::file_size(file_));
    }
    whole_ = read_bytes(file_);
  }
  std::string refusal(const ObservationTerms& terms = kTerms) {
    return sentence_of([&] { read_observations(file_, terms); });
  }
  // The last record with these bytes in it and the checksum that belongs to them.
  void expect_damage(std::size_t at, const std::string& bytes, const std::string& why) {
    std::string all = whole_;
    const std::size_t begin = ends_[1] + 12;
    all.replace(begin + at, bytes.size(), bytes);
    std::uint64_t sum = 14695981039346656037ull;
    for (std::size_t i = begin; i < all.size(); ++i) sum = (sum ^ std::uint8_t(all[i])) * 1099511628211ull;
    std::memcpy(all.data() + ends_[1] + 4, &sum, sizeof sum);
    write_bytes(file_, all);
    EXPECT_THAT(refusal(), AllOf(HasSubstr(file_.string()), HasSubstr("damaged"), HasSubstr(why)));
  }

  TemporaryFolder place_;
  fs::path file_ = place_ / "result.observations";
  std::vector<std::uintmax_t> ends_;  // of each record
  std::string whole_;
};

TEST_F(ObservationFile, gives_back_every_number_exactly) {
  const KeptObservations kept = read_observations(file_, kTerms);
  ASSERT_THAT(kept.frames, SizeIs(3));
  for (const ObservedFrame& frame : kept.frames) expect_same(frame, frame_of(frame.number));
  EXPECT_EQ(kept.bytes, fs::file_size(file_));
}

TEST_F(ObservationFile, torn_anywhere_gives_the_whole_frames_and_goes_on_behind_them) {
  const std::string all = read_bytes(file_);
  for (std::size_t size = ends_[0]; size < all.size(); size += 331) {
    write_bytes(file_, all.substr(0, size));
    const KeptObservations kept = read_observations(file_, kTerms);
    EXPECT_THAT(kept.frames, SizeIs(size < ends_[1] ? 1 : 2)) << size;
    ObservationWriter(file_, kept).add(frame_of(9));
    const KeptObservations more = read_observations(file_, kTerms);
    ASSERT_EQ(more.frames.size(), kept.frames.size() + 1);
    expect_same(more.frames.back(), frame_of(9));
  }
}

TEST_F(ObservationFile, of_another_run_is_refused_with_what_differs) {
  EXPECT_THAT(refusal({{"the model", "compact"}, {"cam1.mp4", "12 bytes"}}),
              HasSubstr("is of another run: the model was photo and is compact"));
  EXPECT_THAT(refusal({{"the model", "photo"}}), HasSubstr("cam1.mp4 is not there any more"));
  EXPECT_THAT(refusal({kTerms[0], kTerms[1], {"cam2.mp4", "1 bytes"}}), HasSubstr("cam2.mp4 was not there"));
  EXPECT_THAT(refusal({kTerms[1], kTerms[0]}), HasSubstr("order"));
}

TEST_F(ObservationFile, of_another_version_or_program_is_refused) {
  std::string all = read_bytes(file_);
  all[8] = 2;
  write_bytes(file_, all);
  EXPECT_THAT(refusal(), HasSubstr("another version"));
  EXPECT_TRUE(is_observation_file(file_));
  write_bytes(file_, "PK\3\4");
  EXPECT_THAT(refusal(), HasSubstr("holds no observations"));
  EXPECT_FALSE(is_observation_file(file_));
  fs::remove(file_);
  EXPECT_THAT(refusal(), HasSubstr(file_.string()));
}

TEST_F(ObservationFile, with_a_changed_byte_is_refused) {
  const std::string all = read_bytes(file_);
  for (std::size_t at = 12 + 12; at < all.size(); at += 1009) {
    std::string changed = all;
    changed[at] = char(changed[at] ^ 0x10);
    write_bytes(file_, changed);
    try {
      // Only a changed length looks like a torn end.
      EXPECT_LT(read_observations(file_, kTerms).frames.size(), 3u) << at;
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr(file_.string()), HasSubstr("damaged")));
    }
  }
}

TEST_F(ObservationFile, with_absurd_values_is_refused) {
  const std::string huge("\xff\xff\xff\x7f", 4), none(4, '\0'), minus("\xff\xff\xff\xff", 4);
  expect_damage(0, none, "out of order");
  expect_damage(0, minus, "no number");
  expect_damage(4, huge, "too long");
  expect_damage(8, huge, "no such camera");
  const std::size_t size_at = 12 + 4 + 8 + 4 + 15;  // after number, views, camera, name and path
  expect_damage(size_at, none, "no size");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::string number(sizeof nan, '\0');
  std::memcpy(number.data(), &nan, sizeof nan);
  expect_damage(size_at + 8, number, "out of its range");
}

// A limit on the size of files fails in the middle of a record as a full disk does.
TEST_F(ObservationFile, on_a_full_disk_says_so_and_keeps_what_is_whole) {
  const KeptObservations kept = read_observations(file_, kTerms);
  ObservationWriter writer(file_, kept);
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{kept.bytes + 5000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &limit);
  const std::string sentence = sentence_of([&] { writer.add(frame_of(8)); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(sentence, HasSubstr("cannot write " + file_.string() + ": File too large"));
  EXPECT_THAT(read_observations(file_, kTerms).frames, SizeIs(3));
}

}  // namespace
}  // namespace ahap
