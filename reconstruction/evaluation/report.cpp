#include "reconstruction/evaluation/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "reconstruction/formats/safe_write.h"

namespace ahap {
namespace {

using Json = nlohmann::ordered_json;

Json scores_json(const CaptureScores& scores) {
  Json json;
  for (const ScoreColumn& column : score_columns()) {
    const auto value = (scores.*column.member).value();
    auto& slot = json[Json::json_pointer(column.key)];
    if (value) slot = *value * column.factor;
  }
  return json;
}

Json seconds_json(std::span<const StageTiming> timings) {
  Json json;
  double total = 0;
  for (const StageTiming& timing : timings) {
    json[timing.stage] = timing.seconds;
    total += timing.seconds;
  }
  json["total"] = total;
  return json;
}

std::vector<CaptureScores> all_scores(const EvaluationReport& report) {
  std::vector<CaptureScores> scores;
  for (const auto& capture : report.captures) scores.push_back(capture.scores);
  return scores;
}

// The mean of each stage over the captures that had it, in the stages' order.
std::vector<StageTiming> mean_timings(const EvaluationReport& report) {
  std::vector<StageTiming> means;
  std::vector<int> counts;
  for (const auto& capture : report.captures) {
    for (const StageTiming& timing : capture.timings) {
      auto at = std::find_if(means.begin(), means.end(),
                             [&](const auto& mean) { return mean.stage == timing.stage; });
      if (at == means.end()) {
        means.push_back({timing.stage, 0});
        counts.push_back(0);
        at = means.end() - 1;
      }
      at->seconds += timing.seconds;
      ++counts[at - means.begin()];
    }
  }
  for (std::size_t i = 0; i < means.size(); ++i) means[i].seconds /= counts[i];
  return means;
}

}  // namespace

std::string score_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, std::abs(value) < 10 ? "%.3f" : "%.1f", value);
  return text;
}

void write_report_json(const EvaluationReport& report, const std::filesystem::path& file) {
  Json json = {{"captures", report.captures.size()},
               {"model", report.model},
               {"association_method", report.association},
               {"program_version", report.program_version}};
  for (const ScoreColumn& column : score_columns()) {
    json[Json::json_pointer(column.key)] = nullptr;
    json[Json::json_pointer("/intervals" + column.key)] = nullptr;
  }
  for (const ScoreSummary& row : summarise(all_scores(report))) {
    json[Json::json_pointer(row.column.key)] = row.mean;
    json[Json::json_pointer("/intervals" + row.column.key)] = {row.low, row.high};
  }
  json["seconds"] = seconds_json(mean_timings(report));
  json["per_capture"] = Json::array();
  for (const EvaluatedCapture& capture : report.captures) {
    Json one = {{"name", capture.name}};
    one.update(scores_json(capture.scores));
    one["seconds"] = seconds_json(capture.timings);
    json["per_capture"].push_back(std::move(one));
  }
  safe_write(file, [&](std::ostream& out) { out << json.dump(1) << '\n'; });
}

std::string report_markdown(const EvaluationReport& report) {
  std::string text = "# " + std::to_string(report.captures.size()) + " captures, model " + report.model +
                     ", " + report.association +
                     " association\n\n| score | mean | 95 % interval | median capture |\n|---|---|---|---|\n";
  for (const ScoreSummary& row : summarise(all_scores(report))) {
    const std::string unit = row.column.unit.empty() ? "" : " (" + row.column.unit + ")";
    text += "| " + row.column.name + unit + " | " + score_text(row.mean) + " | " + score_text(row.low) +
            " to " + score_text(row.high) + " | " + score_text(row.median) + " |\n";
  }
  text += "\n| stage | seconds |\n|---|---|\n";
  double total = 0;
  for (const StageTiming& timing : mean_timings(report)) {
    text += "| " + timing.stage + " | " + score_text(timing.seconds) + " |\n";
    total += timing.seconds;
  }
  return text + "| total | " + score_text(total) + " |\n";
}

}  // namespace ahap
