#include "reconstruction/results/output_file.h"

#include <gmock/gmock.h>

#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

TEST(RequireWritable, leaves_no_trace) {
  const TemporaryFolder place;
  require_writable(place / "picture.png");
  require_writable(place / (std::string(251, 'x') + ".png"));
  EXPECT_EQ(place.count(), 0u);
}

TEST(RequireWritable, says_what_is_in_the_way) {
  const TemporaryFolder place;
  EXPECT_THAT(sentence_of([&] { require_writable(place.path()); }), HasSubstr("it is a folder"));
  EXPECT_THAT(sentence_of([&] { require_writable(place / "nowhere/picture.png"); }),
              HasSubstr("its folder does not exist"));
}

TEST(RequireDifferent, knows_a_file_by_all_its_paths) {
  const TemporaryFolder place;
  require_different({place / "a", place / "b", {}, {}});
  EXPECT_THAT(sentence_of([&] {
                require_different({place / "a", place / "./c/../a"});
              }),
              HasSubstr("is given for two outputs"));
}

class InputFilesTest : public ::testing::Test {
 protected:
  InputFilesTest() {
    fs::create_directories(place_ / "photos/inner");
    write_bytes(place_ / "photos/mine.jpg", "photo");
    write_bytes(place_ / "photos/inner/deep.jpg", "photo");
  }
  std::string refusal(const fs::path& output) {
    return sentence_of([&] { inputs_.require_kept(output); });
  }
  TemporaryFolder place_;
  InputFiles inputs_;
};

TEST_F(InputFilesTest, an_output_that_is_an_input_is_refused_by_name) {
  inputs_.add(place_ / "photos/mine.jpg");
  EXPECT_THAT(refusal(place_ / "photos/mine.jpg"),
              HasSubstr("mine.jpg: is read by this run and would be overwritten"));
}

TEST_F(InputFilesTest, an_input_is_known_by_other_paths_links_and_hard_links) {
  inputs_.add(place_ / "photos/mine.jpg");
  fs::create_symlink("photos/mine.jpg", place_ / "link.png");
  fs::create_hard_link(place_ / "photos/mine.jpg", place_ / "second.png");
  fs::create_directory_symlink("photos", place_ / "pictures");
  EXPECT_THAT(refusal(place_ / "photos/inner/../mine.jpg"), HasSubstr("would be overwritten"));
  for (const char* name : {"link.png", "second.png", "pictures/mine.jpg"}) {
    EXPECT_THAT(refusal(place_ / name), HasSubstr("as " + (place_ / "photos/mine.jpg").string())) << name;
  }
}

TEST_F(InputFilesTest, a_folder_stands_for_every_file_below_it) {
  inputs_.add(place_ / "photos");
  EXPECT_THAT(refusal(place_ / "photos/inner/deep.jpg"), HasSubstr("would be overwritten"));
}

TEST_F(InputFilesTest, everything_else_may_be_written) {
  write_bytes(place_ / "other.png", "another");
  inputs_.add(place_ / "photos");
  inputs_.add(place_ / "missing.jpg");
  for (const fs::path& output :
       {fs::path(), place_ / "other.png", place_ / "photos/new.png", place_ / "missing.jpg"}) {
    EXPECT_NO_THROW(inputs_.require_kept(output)) << output;
  }
}

}  // namespace
}  // namespace ahap
