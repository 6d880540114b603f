#include "reconstruction/evaluation/method_run.h"

#include <gmock/gmock.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "tests/fixtures/sample_reconstruction.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::Not;
using std::chrono_literals::operator""ms;

std::shared_ptr<const Reconstruction> sample(const Progress&) {
  return std::make_shared<const Reconstruction>(sample_reconstruction());
}

TEST(MethodRun, counts_what_was_found_and_tells_loading_from_running) {
  std::vector<std::string> stages;
  Progress progress;
  progress.report = [&](const std::string& stage, double) { stages.push_back(stage); };
  const MethodRun run = run_method(
      "photo",
      [](const Progress& timed) {
        step(timed, "load model", 0);
        std::this_thread::sleep_for(60ms);
        step(timed, "people", 0);
        std::this_thread::sleep_for(20ms);
        return sample(timed);
      },
      progress);
  EXPECT_TRUE(run.result && run.problem.empty());
  EXPECT_EQ(run.cameras, 4) << "the fifth view has none";
  EXPECT_EQ(run.people, 2);
  EXPECT_EQ(run.points, run.result->frames[0].points->size());
  EXPECT_GE(run.load_seconds, 0.06);
  EXPECT_GE(run.run_seconds, 0.02);
  EXPECT_LT(run.run_seconds, run.load_seconds + 5);
  EXPECT_EQ(stages, (std::vector<std::string>{"load model", "people"}));
}

TEST(MethodRun, has_the_sentence_of_a_method_that_fails_and_can_be_cancelled) {
  const auto fail = [](const Progress&) -> std::shared_ptr<const Reconstruction> {
    throw std::runtime_error("Weights are missing.");
  };
  const MethodRun run = run_method("pi3x", fail, {});
  EXPECT_FALSE(run.result);
  EXPECT_EQ(run.problem, "Weights are missing.");
  Progress stopped;
  stopped.stop_requested = [] { return true; };
  const auto look = [](const Progress& progress) {
    step(progress, "people", 0);
    return sample(progress);
  };
  EXPECT_THROW(run_method("photo", look, stopped), Cancelled);
}

TEST(MethodRun, others_are_measured_from_the_one_that_is_chosen) {
  std::vector<MethodRun> runs = {
      run_method("a", sample, {}), {.method = "b", .problem = "failed"}, run_method("c", sample, {})};
  Reconstruction moved_person = sample_reconstruction();
  for (Eigen::Vector3f& X : moved_person.people[0].bodies[0].joints) X.x() += 0.2f;
  runs[2].result = std::make_shared<const Reconstruction>(moved_person);
  measure_from(runs, 2);
  ASSERT_TRUE(runs[0].difference.has_value());
  EXPECT_NEAR(*runs[0].difference->joints, 0.1, 1e-4);
  EXPECT_FALSE(runs[1].difference || runs[2].difference);
  measure_from(runs, 0);
  EXPECT_FALSE(runs[0].difference);
  EXPECT_TRUE(runs[2].difference.has_value());
}

TEST(MethodTable, has_a_line_for_each_method_and_says_why_one_is_missing) {
  const auto result = sample({});
  const ResultDifference difference{.cameras = 4,
                                    .rotation = 0.0349066,
                                    .centres = 0.123,
                                    .focal = 0.05,
                                    .scale = 1.1,
                                    .people = 3,
                                    .joints = {},
                                    .identities = 0.9};
  const std::string table = method_table("party", 4,
                                         {{.method = "photo",
                                           .result = result,
                                           .load_seconds = 0.5,
                                           .run_seconds = 3.25,
                                           .peak_memory = 900,
                                           .cameras = 4,
                                           .people = 3,
                                           .points = 1000},
                                          {.method = "pi3x+multi-hmr", .problem = "weights are missing"},
                                          {.method = "compact",
                                           .result = result,
                                           .load_seconds = 0.1,
                                           .run_seconds = 1,
                                           .cameras = 4,
                                           .people = 3,
                                           .points = 10,
                                           .difference = difference}});
  EXPECT_THAT(table, HasSubstr("# Methods on party, 4 views"));
  EXPECT_THAT(table, HasSubstr("| photo | 0.5 s | 3.2 s | 900 MiB | 4 | 3 | 1000 |"));
  EXPECT_THAT(table, HasSubstr("| pi3x+multi-hmr | weights are missing | | | | | |"));
  EXPECT_THAT(table, HasSubstr("| compact | 0.1 s | 1.0 s | - | 4 | 3 | 10 |"));
  EXPECT_THAT(table, HasSubstr("How far from photo"));
  EXPECT_THAT(table, HasSubstr("| compact | 4 | 2.0\xC2\xB0 | 12 cm | 5.0 % | 1.10 | 3 | - | 90 % |"));
}

}  // namespace
}  // namespace ahap
