#include "reconstruction/project/sources.h"

#include <gmock/gmock.h>

#include "reconstruction/project/project_file.h"
#include "tests/project/sample_project.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

// A project beside its photos: work/party.ahap and work/photos.
class Sources : public ::testing::Test {
 protected:
  Sources() {
    write_project(sample_project(place_ / "work/photos"), place_ / "work/party.ahap");
    project_ = read_project(place_ / "work/party.ahap");
  }
  const TemporaryFolder place_;
  const fs::path photo_ = place_ / "work/photos/two.jpg";
  Project project_;
};

TEST_F(Sources, are_where_they_were) {
  const FoundSources found = find_sources(project_, place_ / "elsewhere");
  EXPECT_THAT(found.missing, IsEmpty());
  EXPECT_EQ(found.now.at(photo_), photo_);
  EXPECT_THAT(changed_sources(project_), IsEmpty());
}

TEST_F(Sources, that_moved_with_their_project_are_found) {
  fs::rename(place_ / "work", place_ / "stick");
  const FoundSources found = find_sources(project_, place_ / "stick");
  EXPECT_THAT(found.missing, IsEmpty());
  const Project moved = with_sources(project_, found.now);
  EXPECT_EQ(moved.capture.cameras[2].paths[0], place_ / "stick/photos/two.jpg");
  EXPECT_EQ(moved.result->views[2].path, (place_ / "stick/photos/two.jpg").string());
  EXPECT_EQ(moved.undo[0].before->views[2].path, moved.result->views[2].path);
  EXPECT_TRUE(moved.sources.at(place_ / "stick/photos/two.jpg").mark);
  EXPECT_THAT(changed_sources(moved), IsEmpty());
}

TEST_F(Sources, that_moved_alone_are_missing_until_somebody_names_their_folder) {
  fs::create_directories(place_ / "pictures/2026");
  fs::rename(place_ / "work/photos", place_ / "pictures/2026/photos");
  EXPECT_EQ(find_sources(project_, place_ / "work").missing.size(), 5u);
  for (const char* named : {"pictures/2026/photos", "pictures/2026"}) {
    const FoundSources found = find_sources(project_, place_ / "work", place_ / named);
    EXPECT_THAT(found.missing, IsEmpty()) << named;
    EXPECT_EQ(found.now.at(photo_), place_ / "pictures/2026/photos/two.jpg");
  }
}

TEST_F(Sources, of_the_saved_size_go_before_others_of_the_name) {
  fs::create_directories(place_ / "copy/photos");
  write_bytes(place_ / "copy/photos/two.jpg", "another one");
  EXPECT_EQ(find_sources(project_, place_ / "copy").now.at(photo_), photo_);
}

TEST_F(Sources, that_are_missing_do_not_keep_others_from_being_found) {
  fs::remove(photo_);
  const FoundSources found = find_sources(project_, place_ / "work");
  EXPECT_THAT(found.missing, ElementsAre(photo_));
  EXPECT_EQ(found.now.size(), 4u);
}

TEST_F(Sources, that_hold_something_else_are_told) {
  std::string bytes = read_bytes(photo_);
  bytes.back() = '!';
  write_bytes(photo_, bytes);
  EXPECT_THAT(changed_sources(project_), ElementsAre(photo_));
}

TEST(SourceMark, of_a_short_file_covers_all_of_it_and_of_a_long_one_both_ends) {
  const TemporaryFolder place;
  const auto mark = [&](const std::string& bytes) {
    write_bytes(place / "file", bytes);
    return mark_of_source(place / "file");
  };
  EXPECT_EQ(mark("").size, 0u);
  EXPECT_NE(mark("ab"), mark("ba"));
  const std::string long_one(100000, 'a');
  EXPECT_EQ(mark(long_one), mark(long_one));
  EXPECT_NE(mark(long_one), mark(long_one + "a"));
  EXPECT_NE(mark(long_one), mark("b" + long_one.substr(1)));
  EXPECT_NE(mark(long_one), mark(long_one.substr(1) + "b"));
}

}  // namespace
}  // namespace ahap
