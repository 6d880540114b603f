#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "reconstruction/evaluation/metrics.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// One capture of a benchmark: how it was scored and how long each stage took.
struct EvaluatedCapture {
  std::string name;
  CaptureScores scores;
  std::vector<StageTiming> timings;
};

struct EvaluationReport {
  std::string model, association, program_version;
  std::vector<EvaluatedCapture> captures;
};

// `captures` (how many), `model`, `association`, `program_version`; the pooled scores by ScoreColumn::key
// (`detection`, `association`, `people` in metres, `cameras` with angles in degrees, `depth`); `intervals`,
// the same tree with [low, high], 95 % by drawing captures with replacement; `seconds`, the mean per stage
// and in `total`; `per_capture`, a list of `name`, the same scores and `seconds`. What has no value is null.
void write_report_json(const EvaluationReport& report, const std::filesystem::path& file);

// A score as tables show it: "0.123", "12.3".
std::string score_text(double value);

// Tables for people: every score with its interval and the median over captures, and the seconds per stage.
std::string report_markdown(const EvaluationReport& report);

}  // namespace ahap
