#include "app/gui/run_forecast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using testing::TemporaryFolder;

const RunKind kFourViews = {"photo", "cpu", false, 4};
const std::vector<Job::Stage> kRun = {
    {"decode", 1, 0.4}, {"load model", 1, 1}, {"people", 1, 2}, {"points", 1, 0.8}};

TEST(RunForecast, knows_nothing_before_the_first_run) {
  EXPECT_FALSE(RunForecast({}).seconds(kFourViews));
}

TEST(RunForecast, of_a_run_like_the_last_one_is_that_time) {
  RunForecast forecast({});
  forecast.learn(kFourViews, kRun);
  EXPECT_NEAR(*forecast.seconds(kFourViews), 4.2, 1e-9);
}

TEST(RunForecast, grows_with_the_views_but_for_loading_the_model) {
  RunForecast forecast({});
  forecast.learn(kFourViews, kRun);
  RunKind eight = kFourViews;
  eight.views = 8;
  EXPECT_NEAR(*forecast.seconds(eight), 1 + 2 * 3.2, 1e-9);
}

TEST(RunForecast, says_nothing_of_another_model_or_device) {
  RunForecast forecast({});
  forecast.learn(kFourViews, kRun);
  RunKind other = kFourViews;
  other.model = "compact";
  EXPECT_FALSE(forecast.seconds(other));
  other = kFourViews;
  other.device = "cuda";
  EXPECT_FALSE(forecast.seconds(other));
}

TEST(RunForecast, counts_down_stage_by_stage) {
  RunForecast forecast({});
  forecast.learn(kFourViews, kRun);
  EXPECT_NEAR(*forecast.seconds_left(kFourViews, {{"decode", 1, 0.4}, {"load model", 0.5, 0.5}}), 0.5 + 2.8,
              1e-9);
  EXPECT_NEAR(*forecast.seconds_left(kFourViews, {{"people", 0, 0.5}}), 1.5 + 0.8, 1e-9);
}

TEST(RunForecast, follows_a_stage_that_is_slower_than_the_last_time) {
  RunForecast forecast({});
  forecast.learn(kFourViews, kRun);
  EXPECT_NEAR(*forecast.seconds_left(kFourViews, {{"people", 0.5, 6}}), 6 + 0.8, 1e-9);
}

TEST(RunForecast, is_not_confused_by_a_stage_that_it_does_not_know) {
  RunForecast forecast({});
  forecast.learn(kFourViews, kRun);
  EXPECT_NEAR(*forecast.seconds_left(kFourViews, {{"people", 1, 2}, {"hidden people", 0.1, 0.1}}), 0.8, 1e-9);
}

TEST(RunForecast, settles_on_what_runs_usually_take) {
  RunForecast forecast({});
  forecast.learn(kFourViews, {{"people", 1, 2}});
  forecast.learn(kFourViews, {{"people", 1, 4}});
  EXPECT_NEAR(*forecast.seconds(kFourViews), 3, 1e-9);
}

TEST(RunForecast, is_kept_in_the_state_folder) {
  const TemporaryFolder folder;
  RunForecast(folder.path() / "state").learn(kFourViews, kRun);
  EXPECT_NEAR(*RunForecast(folder.path() / "state").seconds(kFourViews), 4.2, 1e-9);
}

TEST(RunForecast, begins_anew_where_its_file_is_damaged) {
  const TemporaryFolder folder;
  for (const char* text :
       {"", "{", "[]", R"({"runs": [{"model": 1}]})",
        R"({"runs": [{"model": "a", "device": "cpu", "refine": false, "views": 0, "stages": []}]})",
        R"({"runs": [{"model": "photo", "device": "cpu", "refine": false, "views": 4,
                               "stages": [{"stage": "people", "seconds": -1}]}]})"}) {
    std::ofstream(folder.path() / "run_times.json") << text;
    RunForecast forecast(folder.path());
    EXPECT_FALSE(forecast.seconds(kFourViews)) << text;
    forecast.learn(kFourViews, kRun);
    EXPECT_TRUE(RunForecast(folder.path()).seconds(kFourViews)) << text;
  }
}

}  // namespace
}  // namespace ahap
