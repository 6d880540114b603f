#include "app/results_folder.h"

#include <gmock/gmock.h>

#include <stdexcept>

#include "tests/values/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::HasSubstr;

void write_into(ResultsFolder& results, const std::string& name, const std::string& content) {
  results.put([&](const std::filesystem::path& staging) { write_bytes(staging / name, content); });
}

TEST(ResultsFolder, is_made_with_its_parents) {
  const TemporaryFolder place;
  ResultsFolder results(place / "a/b/c");
  write_into(results, "points.ply", "points");
  EXPECT_EQ(read_bytes(place / "a/b/c/points.ply"), "points");
}

TEST(ResultsFolder, holds_nothing_but_what_was_put) {
  const TemporaryFolder place;
  ResultsFolder results(place.path());
  write_into(results, "points.ply", "points");
  EXPECT_EQ(place.count(), 1u);
}

TEST(ResultsFolder, replaces_files_and_folders_of_an_earlier_run_and_leaves_others_alone) {
  const TemporaryFolder place;
  ResultsFolder results(place.path());
  write_bytes(place / "notes.txt", "my own");
  results.put([](const std::filesystem::path& staging) {
    std::filesystem::create_directories(staging / "people");
    write_bytes(staging / "people/01.obj", "first");
    write_bytes(staging / "people/02.obj", "second");
  });
  results.put([](const std::filesystem::path& staging) {
    std::filesystem::create_directories(staging / "people");
    write_bytes(staging / "people/01.obj", "alone now");
  });
  EXPECT_EQ(read_bytes(place / "people/01.obj"), "alone now");
  EXPECT_FALSE(std::filesystem::exists(place / "people/02.obj")) << "nobody of the run before may stay";
  EXPECT_EQ(read_bytes(place / "notes.txt"), "my own");
}

TEST(ResultsFolder, stays_as_it_was_when_writing_fails_half_way) {
  const TemporaryFolder place;
  ResultsFolder results(place.path());
  write_into(results, "points.ply", "good");
  EXPECT_EQ(sentence_of([&] {
              results.put([](const std::filesystem::path& staging) {
                write_bytes(staging / "points.ply", "half");
                throw std::runtime_error("the disk is full");
              });
            }),
            "the disk is full");
  EXPECT_EQ(read_bytes(place / "points.ply"), "good");
  EXPECT_EQ(place.count(), 1u);
}

TEST(ResultsFolder, removes_what_it_made_when_nothing_was_put) {
  const TemporaryFolder place;
  { const ResultsFolder results(place / "a/b"); }
  EXPECT_EQ(place.count(), 0u);
}

TEST(ResultsFolder, keeps_an_empty_folder_that_was_there_before) {
  const TemporaryFolder place;
  std::filesystem::create_directory(place / "mine");
  { const ResultsFolder results(place / "mine"); }
  EXPECT_TRUE(std::filesystem::is_directory(place / "mine"));
}

TEST(ResultsFolder, says_which_folder_cannot_be_made) {
  const TemporaryFolder place;
  write_bytes(place / "file", "in the way");
  for (const auto& folder : {place / "file", place / "file/results"}) {
    EXPECT_THAT(sentence_of([&] { ResultsFolder results(folder); }), HasSubstr(folder.string())) << folder;
  }
  EXPECT_EQ(read_bytes(place / "file"), "in the way");
}

TEST(RequireWritable, leaves_no_trace) {
  const TemporaryFolder place;
  require_writable(place / "picture.png");
  EXPECT_EQ(place.count(), 0u);
}

TEST(RequireWritable, says_what_is_in_the_way) {
  const TemporaryFolder place;
  EXPECT_THAT(sentence_of([&] { require_writable(place.path()); }), HasSubstr("it is a folder"));
  EXPECT_THAT(sentence_of([&] { require_writable(place / "nowhere/picture.png"); }),
              HasSubstr("its folder does not exist"));
}

}  // namespace
}  // namespace ahap
