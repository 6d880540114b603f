#include <gmock/gmock.h>

#include "tests/cli/program.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::HasSubstr;

// One picture with one person, and a result that found this person.
class EvaluatePhotographs : public ::testing::Test {
 protected:
  EvaluatePhotographs() {
    std::filesystem::create_directories(place_ / "results/one");
    write_bytes(place_ / "truth.json", R"({"pictures": [
        {"name": "one", "file": "one.jpg", "views": [{"name": "one.jpg", "width": 64, "height": 48, "people": [{"box": [8, 8, 24, 40]}]}]},
        {"name": "two", "file": "two.jpg", "views": [{"name": "two.jpg", "width": 64, "height": 48}]}]})");
    write_bytes(place_ / "results/one/reconstruction.json", R"({
        "views": [{"name": "one.jpg", "camera_estimated": false, "K": [[50, 0, 32], [0, 50, 24], [0, 0, 1]], "world_from_camera": null}],
        "detections": [{"view": "one.jpg", "person_id": 1, "box": [8, 8, 24, 40], "joints2d": []}], "people": []})");
  }
  std::vector<std::string> command(const std::vector<std::string>& more) {
    std::vector<std::string> words = {"evaluate", "--captures", place_.path().string()};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  std::string results() { return (place_ / "results").string(); }
  TemporaryFolder place_;
};

TEST_F(EvaluatePhotographs, earlier_results_are_scored_without_a_model) {
  Program ahap(command({"--results", results(), "--json", (place_ / "scores.json").string()}));
  EXPECT_EQ(ahap.status(), 0) << ahap.err();
  EXPECT_THAT(ahap.out(),
              HasSubstr("ALL pictures: people 1 found 1 false 0 precision 1.000 recall 1.000 F1 1.000"));
  EXPECT_THAT(ahap.out(), HasSubstr("no result: two"));
  EXPECT_THAT(read_bytes(place_ / "scores.json"), HasSubstr("\"missing\""));
}

TEST_F(EvaluatePhotographs, an_unknown_item_is_named) {
  Program ahap(command({"--results", results(), "--items", "three"}));
  EXPECT_EQ(ahap.status(), 1);
  EXPECT_THAT(ahap.err(), HasSubstr("has no item three"));
}

TEST_F(EvaluatePhotographs, subsets_need_runs_of_their_own) {
  Program ahap(command({"--results", results(), "--subsets"}));
  EXPECT_EQ(ahap.status(), 2);
  EXPECT_THAT(ahap.err(), HasSubstr("leave out --results"));
}

TEST_F(EvaluatePhotographs, a_result_is_not_overwritten_by_its_scores) {
  Program ahap(
      command({"--results", results(), "--json", (place_ / "results/one/reconstruction.json").string()}));
  EXPECT_EQ(ahap.status(), 1);
  EXPECT_THAT(read_bytes(place_ / "results/one/reconstruction.json"), HasSubstr("detections"));
}

}  // namespace
}  // namespace ahap
