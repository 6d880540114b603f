#include "app/gui/run_forecast.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reconstruction/formats/folder.h"
#include "reconstruction/formats/json_file.h"
#include "reconstruction/formats/safe_write.h"

namespace ahap {
namespace {

constexpr std::size_t kMostKinds = 50;
constexpr double kLongestStage = 1e6;  // seconds
constexpr int kMostViews = 10'000;
constexpr double kTellingFraction = 0.2;  // of a stage: from then on its own pace counts

// The model takes as long to load for any number of views.
bool grows_with_views(const std::string& stage) {
  return stage != "load model";
}

bool is_alike(const RunKind& a, const RunKind& b) {
  return a.model == b.model && a.device == b.device && a.refine == b.refine;
}

}  // namespace

RunForecast::RunForecast(const std::filesystem::path& state) {
  if (state.empty()) return;
  file_ = state / "run_times.json";
  try {
    read();
  } catch (const std::runtime_error&) {
    known_.clear();
  }
}

void RunForecast::read() {
  std::error_code ignored;
  if (!std::filesystem::exists(file_, ignored)) return;
  const JsonReader in(file_, "list of run times");
  for (const JsonReader::Json& run : in.array(in.root(), "", "runs")) {
    Known& known = known_.emplace_back();
    known.kind = {in.text(run, "runs", "model"), in.text(run, "runs", "device"),
                  in.flag(run, "runs", "refine"), int(in.integer(run, "runs", "views", 1, kMostViews))};
    for (const JsonReader::Json& stage : in.array(run, "runs", "stages"))
      known.stages.push_back(
          {in.text(stage, "stages", "stage"), 1, in.number(stage, "stages", "seconds", 0, kLongestStage)});
  }
}

void RunForecast::learn(const RunKind& kind, const std::vector<Job::Stage>& stages) {
  if (kind.views < 1 || stages.empty()) return;
  Known learned = {kind, stages};
  const auto before =
      std::find_if(known_.begin(), known_.end(), [&](const Known& k) { return k.kind == kind; });
  if (before != known_.end()) {
    for (Job::Stage& stage : learned.stages) {
      for (const Job::Stage& old : before->stages)
        if (old.name == stage.name) stage.seconds = (stage.seconds + old.seconds) / 2;
    }
    known_.erase(before);
  }
  known_.insert(known_.begin(), std::move(learned));
  if (known_.size() > kMostKinds) known_.resize(kMostKinds);
  if (file_.empty()) return;
  nlohmann::ordered_json json;
  json["runs"] = nlohmann::ordered_json::array();
  for (const Known& known : known_) {
    nlohmann::ordered_json run = {{"model", known.kind.model},
                                  {"device", known.kind.device},
                                  {"refine", known.kind.refine},
                                  {"views", known.kind.views}};
    for (const Job::Stage& stage : known.stages)
      run["stages"].push_back({{"stage", stage.name}, {"seconds", stage.seconds}});
    json["runs"].push_back(std::move(run));
  }
  create_folder(file_.parent_path());
  safe_write(file_, [&](std::ostream& out) { out << json.dump(1) << "\n"; });
}

std::optional<std::vector<Job::Stage>> RunForecast::expected(const RunKind& kind) const {
  const Known* best = nullptr;
  for (const Known& known : known_) {
    const auto apart = [&](const Known& other) { return std::abs(other.kind.views - kind.views); };
    if (is_alike(known.kind, kind) && (!best || apart(known) < apart(*best))) best = &known;
  }
  if (!best) return std::nullopt;
  std::vector<Job::Stage> stages = best->stages;
  for (Job::Stage& stage : stages)
    if (grows_with_views(stage.name)) stage.seconds *= double(kind.views) / best->kind.views;
  return stages;
}

std::optional<double> RunForecast::seconds(const RunKind& kind) const {
  return seconds_left(kind, {});
}

std::optional<double> RunForecast::seconds_left(const RunKind& kind,
                                                const std::vector<Job::Stage>& so_far) const {
  const auto stages = expected(kind);
  if (!stages) return std::nullopt;
  const auto known = [&](const std::string& name) {
    return std::find_if(stages->begin(), stages->end(), [&](const Job::Stage& s) { return s.name == name; });
  };
  // A stage that was not there the last time says nothing: the one before it does.
  auto now = stages->end();
  double left = 0;
  for (auto stage = so_far.rbegin(); stage != so_far.rend() && now == stages->end(); ++stage) {
    now = known(stage->name);
    if (now == stages->end() || stage != so_far.rbegin()) continue;
    const double rest = 1 - std::clamp(stage->fraction, 0.0, 1.0);
    left = stage->fraction > 0 ? rest * now->seconds : std::max(0.0, now->seconds - stage->seconds);
    if (stage->fraction > kTellingFraction) left = std::max(left, stage->seconds * rest / stage->fraction);
  }
  for (auto stage = now == stages->end() ? stages->begin() : now + 1; stage != stages->end(); ++stage)
    left += stage->seconds;
  return left;
}

}  // namespace ahap
