#include "reconstruction/capture/capture_folders.h"

#include <gmock/gmock.h>

#include "tests/capture/sample_files.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

class CaptureFoldersTest : public ::testing::Test {
 protected:
  // The captures of the folder, relative to it.
  std::vector<std::string> captures() {
    const CaptureFolders found = capture_folders(place_.path());
    problems_ = found.problems;
    std::vector<std::string> names;
    for (const fs::path& capture : found.captures)
      names.push_back(capture.lexically_relative(place_.path()).string());
    return names;
  }

  TemporaryFolder place_;
  std::vector<Problem> problems_;
};

TEST_F(CaptureFoldersTest, a_folder_of_pictures_is_a_capture) {
  write_picture(place_ / "left.png");
  write_picture(place_ / "beside/right.png");
  EXPECT_THAT(captures(), ElementsAre("."));
}

TEST_F(CaptureFoldersTest, folders_of_views_are_captures_in_natural_order) {
  for (const char* capture : {"take10", "take9"})
    for (const char* view : {"left.png", "right.png"}) write_picture(place_ / capture / view);
  EXPECT_THAT(captures(), ElementsAre("take9", "take10"));
}

TEST_F(CaptureFoldersTest, folders_of_frames_are_the_cameras_of_one_capture) {
  for (const char* camera : {"left", "right"})
    for (const char* frame : {"frame_0001.png", "frame_0002.png"}) write_picture(place_ / camera / frame);
  EXPECT_THAT(captures(), ElementsAre("."));
}

TEST_F(CaptureFoldersTest, one_folder_that_could_be_a_camera_makes_no_cameras_of_others) {
  for (const char* view : {"a/00000.png", "a/00001.png", "b/left.png", "b/right.png"})
    write_picture(place_ / view);
  EXPECT_THAT(captures(), ElementsAre("a", "b"));
}

TEST_F(CaptureFoldersTest, folders_of_folders_of_frames_are_captures) {
  for (const char* camera : {"a/left", "a/right", "b/left"})
    for (const char* frame : {"frame_0001.png", "frame_0002.png"}) write_picture(place_ / camera / frame);
  EXPECT_THAT(captures(), ElementsAre("a", "b"));
}

TEST_F(CaptureFoldersTest, a_folder_around_all_captures_is_looked_through_as_archives_unpack) {
  for (const char* capture : {"a", "b"}) write_picture(place_ / "dataset" / capture / "left.png");
  EXPECT_THAT(captures(), ElementsAre("dataset/a", "dataset/b"));
}

TEST_F(CaptureFoldersTest, what_holds_no_pictures_is_told_and_what_is_empty_is_a_capture_that_fails) {
  write_picture(place_ / "a/left.png");
  write_picture(place_ / "b/left.png");
  fs::create_directories(place_ / "empty");
  fs::create_directories(place_ / "notes");
  write_bytes(place_ / "notes/readme.txt", "text");
  EXPECT_THAT(captures(), ElementsAre("a", "b", "empty"));
  ASSERT_EQ(problems_.size(), 1u);
  EXPECT_THAT(message(problems_[0]), HasSubstr("notes"));
}

TEST_F(CaptureFoldersTest, a_folder_without_anything_usable_is_a_capture_whose_opening_tells_why) {
  write_bytes(place_ / "readme.txt", "text");
  EXPECT_THAT(captures(), ElementsAre("."));
  EXPECT_THAT(problems_, IsEmpty());
  EXPECT_THAT(capture_folders(place_ / "nowhere").captures, ElementsAre(place_ / "nowhere"));
}

}  // namespace
}  // namespace ahap
