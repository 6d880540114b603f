#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/capture/sample_files.h"
#include "tests/cli/program.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
namespace fs = std::filesystem;

// Captures of one small picture each, with people in it, for the model that ships.
class BatchCommand : public ::testing::Test {
 protected:
  void captures(int count) {
    cv::Mat photo = cv::imread(AHAP_ASSET_DIR "/sample/cam01.jpg");
    cv::resize(photo, photo, {320, 240});
    for (int i = 0; i < count; ++i)
      write_picture(place_ / "captures" / std::to_string(i) / "view.jpg", photo);
  }
  std::unique_ptr<Program> batch(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"batch", at("captures"), "-o", at("out"), "--export", "json"};
    words.insert(words.end(), more.begin(), more.end());
    return std::make_unique<Program>(words);
  }
  std::string at(const std::string& name) const { return (place_ / name).string(); }
  std::string table(const std::string& name = "outcomes.csv") const {
    return read_bytes(place_ / "out" / name);
  }
  // The captures that have a complete result.
  int complete() const {
    int count = 0;
    for (const auto& entry : fs::directory_iterator(place_ / "out"))
      count +=
          fs::exists(entry.path() / "reconstruction.json") && fs::exists(entry.path() / "ahap-manifest.json");
    return count;
  }
  static int rows(const std::string& table, const std::string& outcome) {
    int count = 0;
    for (std::size_t at = table.find("," + outcome + ","); at != std::string::npos;
         at = table.find("," + outcome + ",", at + 1))
      ++count;
    return count;
  }
  static nlohmann::json without_times(const fs::path& file) {
    auto json = nlohmann::json::parse(read_bytes(file));
    json.erase("timings");
    return json;
  }

  TemporaryFolder place_;
};

TEST_F(BatchCommand, gives_the_results_of_reconstruct) {
  captures(2);
  Program alone({"reconstruct", at("captures/1"), "-o", at("alone"), "--export", "json"});
  const auto both = batch();
  ASSERT_EQ(alone.status(), 0) << alone.err();
  ASSERT_EQ(both->status(), 0) << both->err();
  EXPECT_THAT(both->out(), IsEmpty());
  EXPECT_EQ(both->last_line(), "2 done, 0 failed, 0 skipped -> " + at("out/outcomes.csv"));
  EXPECT_EQ(without_times(place_ / "out/1/reconstruction.json"),
            without_times(place_ / "alone/reconstruction.json"));
}

TEST_F(BatchCommand, ends_with_1_where_a_capture_failed_and_0_once_it_is_mended) {
  captures(2);
  write_bytes(place_ / "captures/0/view.jpg", "rubbish");
  const auto first = batch({"-q"});
  EXPECT_EQ(first->status(), 1);
  EXPECT_EQ(first->err(), "ahap: 1 of 2 captures failed; " + at("out/outcomes.csv") + " says why\n");
  EXPECT_THAT(table(), HasSubstr("\n0,failed,"));
  captures(1);
  const auto second = batch();
  EXPECT_EQ(second->status(), 0) << second->err();
  EXPECT_THAT(second->last_line(), StartsWith("1 done, 0 failed, 1 skipped"));
}

TEST_F(BatchCommand, stops_within_a_second_and_keeps_what_is_done) {
  captures(4);
  const auto ahap = batch();
  ASSERT_TRUE(ahap->wait_for("1 (2 of 4): people"));
  ahap->interrupt(SIGTERM);
  EXPECT_LT(ahap->seconds_to_end(20), 5) << "a second, on a machine that has nothing else to do";
  EXPECT_EQ(ahap->status(), 1);
  EXPECT_EQ(ahap->last_line(), "ahap: stopped before it was complete");
  EXPECT_THAT(table(), HasSubstr("\n0,done,"));
  EXPECT_LT(complete(), 4);
}

TEST_F(BatchCommand, goes_on_after_it_was_killed_and_does_nothing_twice) {
  captures(3);
  {
    const auto ahap = batch();
    ASSERT_TRUE(ahap->wait_for("1 (2 of 3): people"));
    ahap->interrupt(SIGKILL);
    EXPECT_EQ(ahap->status(), -SIGKILL);
  }
  const int done = rows(table(), "done"), before = complete();
  EXPECT_GE(done, 1);
  EXPECT_GE(before, done) << "a row is written after its results";
  const auto ahap = batch();
  EXPECT_EQ(ahap->status(), 0) << ahap->err();
  EXPECT_EQ(rows(table(), "skipped"), before);
  EXPECT_EQ(rows(table(), "done"), 3 - before);
  EXPECT_EQ(complete(), 3);
  for (const auto& entry : fs::recursive_directory_iterator(place_ / "out"))
    EXPECT_FALSE(entry.path().filename().string().starts_with(".ahap")) << entry.path();
}

TEST_F(BatchCommand, runs_as_shards_beside_each_other) {
  captures(3);
  const auto first = batch({"--shard", "1/2"}), second = batch({"--shard", "2/2"});
  EXPECT_EQ(first->status(), 0) << first->err();
  EXPECT_EQ(second->status(), 0) << second->err();
  EXPECT_EQ(rows(table("outcomes-1-of-2.csv"), "done"), 2);
  EXPECT_EQ(rows(table("outcomes-2-of-2.csv"), "done"), 1);
  EXPECT_EQ(complete(), 3);
}

TEST_F(BatchCommand, refuses_other_options_for_the_same_results) {
  write_bytes(place_ / "captures", "gone");
  EXPECT_EQ(batch()->status(), 1);
  EXPECT_THAT(table(), HasSubstr("\ngone,failed,"));
  const auto ahap = batch({"--precision", "f32"});
  EXPECT_EQ(ahap->status(), 1);
  EXPECT_THAT(ahap->last_line(), HasSubstr("--precision: not given, now f32"));
  EXPECT_EQ(batch({"--shard", "9/8"})->status(), 2);
}

}  // namespace
}  // namespace ahap
