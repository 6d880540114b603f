#include "reconstruction/evaluation/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::HasSubstr;

// Two captures: in the first 3 of 4 people were found, in the second 1 of 1, with an angle error of 0.1 and
// 0.3 rad.
EvaluationReport two_captures() {
  EvaluationReport report;
  report.model = "compact";
  report.association = "learned";
  EvaluatedCapture first, second;
  first.name = "0000";
  first.scores.recall = {3, 4};
  first.scores.ae = {0.1, 1};
  first.timings = {{"depth and cameras", 0.2}, {"identity", 0.1}};
  second.name = "0001";
  second.scores.recall = {1, 1};
  second.scores.ae = {0.3, 1};
  second.timings = {{"depth and cameras", 0.4}};
  report.captures = {first, second};
  return report;
}

nlohmann::json written(const EvaluationReport& report) {
  const testing::TemporaryFolder folder;
  write_report_json(report, folder / "scores.json");
  std::ifstream in(folder / "scores.json");
  return nlohmann::json::parse(in);
}

TEST(EvaluationReport, ScoresPoolTheCasesOfAllCaptures) {
  const auto json = written(two_captures());
  EXPECT_EQ(json["captures"], 2);
  EXPECT_NEAR(json["detection"]["recall"], 0.8, 1e-12);
  EXPECT_NEAR(json["cameras"]["ae"], 0.2 * 180 / M_PI, 1e-9) << "degrees";
  EXPECT_NEAR(json["per_capture"][0]["detection"]["recall"], 0.75, 1e-12);
  EXPECT_EQ(json["per_capture"][1]["name"], "0001");
}

TEST(EvaluationReport, IntervalsHoldTheMean) {
  const auto json = written(two_captures());
  const auto interval = json["intervals"]["detection"]["recall"];
  EXPECT_LE(interval[0], 0.8);
  EXPECT_GE(interval[1], 0.8);
  EXPECT_GE(interval[0], 0.75);
  EXPECT_LE(interval[1], 1.0);
}

TEST(EvaluationReport, WhatWasNeverMeasuredIsNull) {
  const auto json = written(two_captures());
  for (const char* key :
       {"/people/w_mpjpe", "/people/ga_mpjpe", "/people/pa_mpjpe", "/cameras/te", "/cameras/s_te",
        "/cameras/rra10", "/cameras/cca10", "/cameras/s_cca10", "/association/accuracy", "/detection/f1",
        "/depth/abs_rel", "/depth/delta1", "/per_capture/0/depth/abs_rel"}) {
    ASSERT_TRUE(json.contains(nlohmann::json::json_pointer(key))) << key;
    EXPECT_TRUE(json[nlohmann::json::json_pointer(key)].is_null()) << key;
  }
}

TEST(EvaluationReport, SecondsAreMeansOverTheCapturesThatHadTheStage) {
  const auto json = written(two_captures());
  EXPECT_NEAR(json["seconds"]["depth and cameras"], 0.3, 1e-12);
  EXPECT_NEAR(json["seconds"]["identity"], 0.1, 1e-12);
  EXPECT_NEAR(json["seconds"]["total"], 0.4, 1e-12);
}

TEST(EvaluationReport, TheTablesNameScoresAndUnits) {
  const std::string text = report_markdown(two_captures());
  EXPECT_THAT(text, HasSubstr("| recall | 0.800 |"));
  EXPECT_THAT(text, HasSubstr("| AE (deg) | 11.5 |"));
  EXPECT_THAT(text, HasSubstr("| depth and cameras | 0.300 |"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("W-MPJPE")));
}

}  // namespace
}  // namespace ahap
