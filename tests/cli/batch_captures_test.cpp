#include "app/cli/batch_captures.h"

#include <gmock/gmock.h>

#include <set>

#include "tests/capture/sample_files.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class BatchCapturesTest : public ::testing::Test {
 protected:
  void capture(const std::string& name) { write_picture(place_ / name / "left.png"); }
  fs::path list(const std::string& text, const std::string& name = "list.txt") {
    write_bytes(place_ / name, text);
    return place_ / name;
  }
  BatchCaptures find(const std::vector<fs::path>& inputs) const {
    return find_batch_captures(inputs, output_, {"outcomes.csv"});
  }
  std::vector<std::string> names(const std::vector<fs::path>& inputs) {
    std::vector<std::string> names;
    BatchCaptures found = find(inputs);
    for (const BatchCapture& capture : found.captures) names.push_back(capture.name);
    notes_ = found.notes;
    return names;
  }
  std::string refusal(const std::vector<fs::path>& inputs) {
    return sentence_of([&] { find(inputs); });
  }

  TemporaryFolder place_;
  fs::path output_ = place_ / "out";
  std::vector<std::string> notes_;
};

TEST_F(BatchCapturesTest, takes_folders_that_are_captures_or_hold_some_in_natural_order) {
  for (const char* name : {"all/take10", "all/take9", "alone"}) capture(name);
  EXPECT_THAT(names({place_ / "all", place_ / "alone/"}), ElementsAre("alone", "take9", "take10"));
}

TEST_F(BatchCapturesTest, takes_a_list_whose_paths_are_relative_to_it) {
  capture("b");
  capture("a c");
  const fs::path listed =
      list("\xEF\xBB\xBF# of May\r\n\r\n  b\r\n" + (place_ / "a c").string() + "\t\n./gone/");
  EXPECT_THAT(names({listed}), ElementsAre("a c", "b", "gone"));
  EXPECT_EQ(find({listed}).captures[1].input, place_ / "b");
}

TEST_F(BatchCapturesTest, takes_what_is_named_twice_once_and_says_so) {
  capture("a");
  EXPECT_THAT(names({place_ / "a", list("a\na/\n")}), ElementsAre("a"));
  EXPECT_EQ(notes_.size(), 2u);
}

TEST_F(BatchCapturesTest, refuses_two_captures_of_one_name_and_says_what_to_do) {
  capture("may/a");
  capture("june/a");
  EXPECT_THAT(refusal({place_ / "may/a", place_ / "june/a"}),
              AllOf(HasSubstr((place_ / "may/a").string()), HasSubstr((place_ / "june/a").string()),
                    HasSubstr("rename one of them")));
}

TEST_F(BatchCapturesTest, refuses_results_inside_a_capture) {
  capture("out/a");
  capture("b");
  EXPECT_THAT(refusal({place_ / "out/a"}), HasSubstr("apart from it"));
  output_ = place_ / "b/results";
  EXPECT_THAT(refusal({place_ / "b"}), HasSubstr("apart from it"));
}

TEST_F(BatchCapturesTest, refuses_a_capture_in_the_place_of_the_table) {
  capture("outcomes.csv");
  EXPECT_THAT(refusal({place_ / "outcomes.csv"}), HasSubstr("rename the capture"));
}

TEST_F(BatchCapturesTest, passes_over_an_output_folder_beside_the_captures) {
  capture("all/a");
  capture("all/b");
  capture("all/out/left");
  output_ = place_ / "all/out";
  EXPECT_THAT(names({place_ / "all"}), ElementsAre("a", "b"));
}

TEST_F(BatchCapturesTest, refuses_files_that_are_no_lists) {
  EXPECT_THAT(refusal({place_ / "nowhere"}), HasSubstr("does not exist"));
  EXPECT_THAT(refusal({list("")}), HasSubstr("names no capture"));
  EXPECT_THAT(refusal({list("# nothing yet\n\n")}), HasSubstr("names no capture"));
  EXPECT_THAT(refusal({list(std::string("a\0b", 3))}), HasSubstr("is no text"));
  EXPECT_THAT(refusal({list("<!DOCTYPE html><html>")}), HasSubstr("web page"));
  EXPECT_THAT(refusal({list("\x1F\x8B packed")}), HasSubstr("gunzip"));
  write_picture(place_ / "left.png");
  EXPECT_THAT(refusal({place_ / "left.png"}), HasSubstr("is a picture"));
}

TEST(Shards, together_have_every_capture_once) {
  std::vector<BatchCapture> all;
  for (int i = 0; i < 13; ++i) all.push_back({std::to_string(i), {}});
  for (const int count : {1, 4, 13, 20}) {
    std::multiset<std::string> seen;
    for (int number = 1; number <= count; ++number)
      for (const BatchCapture& capture : captures_of({number, count}, all)) seen.insert(capture.name);
    EXPECT_EQ(seen.size(), all.size());
    for (const BatchCapture& capture : all) EXPECT_EQ(seen.count(capture.name), 1u) << capture.name;
  }
}

TEST(Shards, are_read_as_numbers_from_1) {
  const Shard shard = parse_shard("3/8");
  EXPECT_EQ(shard.number, 3);
  EXPECT_EQ(shard.count, 8);
  for (const char* text :
       {"", "3", "/8", "3/", "0/8", "9/8", "-1/8", "3/8x", "3/8/9", "1/99999999999", "a/b"})
    EXPECT_THROW(parse_shard(text), std::invalid_argument) << text;
}

}  // namespace
}  // namespace ahap
