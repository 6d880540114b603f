#include "reconstruction/formats/json_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class JsonFromOutside : public ::testing::Test {
 protected:
  JsonReader read(const std::string& text) {
    testing::write_bytes(folder_ / "a.json", text);
    return JsonReader(folder_ / "a.json", "recipe");
  }
  std::string refused(const std::string& text) {
    return testing::sentence_of([&] { read(text); });
  }
  testing::TemporaryFolder folder_;
};

TEST_F(JsonFromOutside, is_refused_in_our_own_words) {
  EXPECT_THAT(refused("{\"a\": }"), HasSubstr("the recipe " + (folder_ / "a.json").string() +
                                              " is damaged: no valid JSON at byte 7"));
  EXPECT_THAT(refused("[1e999]"), EndsWith("it holds a number that is too large"));
  EXPECT_THAT(refused("\"\xFF\""), HasSubstr("no valid JSON at byte"));
  EXPECT_THAT(refused(""), HasSubstr("no valid JSON"));
}

TEST_F(JsonFromOutside, may_not_be_nested_without_end) {
  EXPECT_NO_THROW(read(std::string(100, '[') + std::string(100, ']')));
  EXPECT_THAT(refused(std::string(200'000, '[')), EndsWith("nested deeper than 100 levels"));
  EXPECT_THAT(refused(std::string(200'000, '[') + std::string(200'000, ']')),
              EndsWith("nested deeper than 100 levels"));
}

TEST_F(JsonFromOutside, whole_numbers_stay_within_their_bounds) {
  const JsonReader in = read(R"({"a": 3, "b": 3.5, "c": 18446744073709551615, "d": -1})");
  EXPECT_EQ(in.integer(in.root(), "", "a", 0, 3), 3);
  for (const char* name : {"b", "c", "d", "e"}) {
    EXPECT_THAT(testing::sentence_of([&] { in.integer(in.root(), "", name, 0, INT64_MAX); }),
                HasSubstr(std::string(name) + " should be"));
  }
}

TEST_F(JsonFromOutside, matrices_have_the_right_size_and_numbers_that_floats_hold) {
  const JsonReader in =
      read(R"({"a": [[1, 2], [3, 4]], "b": [[1, 2], [3]], "c": [[1, 2], [3, 1e31]], "d": [1, 2]})");
  EXPECT_EQ(in.matrix(in.root(), "", "a", 2, 2)(1, 0), 3);
  EXPECT_EQ(in.matrix(in.root(), "", "d", 1, 2)(0, 1), 2);
  for (const char* name : {"b", "c", "d"}) {
    EXPECT_THAT(testing::sentence_of([&] { in.matrix(in.root(), "at", name, 2, 2); }),
                HasSubstr("at." + std::string(name) + " should be 2 x 2 numbers"));
  }
}

}  // namespace
}  // namespace ahap
