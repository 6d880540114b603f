#include "app/cli/batch_run.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <stdexcept>

#include "app/cli/batch_outcomes.h"
#include "reconstruction/formats/error_text.h"
#include "reconstruction/results/manifest.h"
#include "reconstruction/results/output_file.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

// All files that a run wrote into this folder are there and hold what it wrote.
bool is_complete(const fs::path& folder) {
  try {
    const Manifest manifest = read_manifest(folder);
    return !manifest.files.empty() &&
           std::all_of(manifest.files.begin(), manifest.files.end(),
                       [&](const auto& file) { return is_unchanged(folder, file.first, file.second); });
  } catch (const std::runtime_error&) {
    return false;  // its run tells what is in the way
  }
}

void require_possible(const ReconstructRequest& request, const ReconstructTools& tools) {
  const bool one_frame = !request.frames || request.frames->end == request.frames->first + 1;
  if (!one_frame && !tools.has_ranges())
    throw std::runtime_error(
        "--frames asks for several frames, and this model reconstructs single ones; choose one frame, or the "
        "photo model");
}

class Batch {
 public:
  Batch(const BatchRequest& request, const ReconstructTools& tools, TerminalProgress& terminal)
      : request_(request),
        tools_(tools),
        terminal_(terminal),
        table_(outcomes_file(request.output, request.shard)) {
    tools_.load = [this, load = tools.load] {
      if (!models_) models_ = load();
      return *models_;
    };
  }

  BatchCounts run(const std::vector<BatchCapture>& captures) {
    for (std::size_t i = 0; i < captures.size(); ++i) {
      const std::string& name = captures[i].name;
      terminal_.begin(name + " (" + std::to_string(i + 1) + " of " + std::to_string(captures.size()) + ")");
      step(terminal_.progress(), "look for results", 0);
      CaptureOutcome outcome;
      if (!request_.again && is_done(request_.output / name))
        outcome = skip(name);
      else
        outcome = reconstruct(captures[i]);
      ++count_of(outcome.outcome);
      table_.put(name, outcome);
    }
    terminal_.begin("");
    terminal_.clear();
    return counts_;
  }

 private:
  // A range that was ended early has a result, and what was observed beside it.
  bool is_done(const fs::path& folder) const {
    const bool ended_early = request_.reconstruct.frames && fs::exists(observations_file(folder));
    return !ended_early && is_complete(folder);
  }

  // What an earlier run has told about the result stays in the table.
  CaptureOutcome skip(const std::string& name) const {
    const CaptureOutcome* before = table_.find(name);
    CaptureOutcome outcome = before && before->outcome != Outcome::failed ? *before : CaptureOutcome();
    outcome.outcome = Outcome::skipped;
    outcome.message = "its results are complete";
    return outcome;
  }

  CaptureOutcome reconstruct(const BatchCapture& capture) {
    if (!models_) {  // without them the whole batch fails
      step(terminal_.progress(), "load model", 0);
      tools_.load();
    }
    ReconstructRequest request = request_.reconstruct;
    request.inputs = {capture.input};
    request.output = request_.output / capture.name;
    request.in_batch = true;
    const auto start = std::chrono::steady_clock::now();
    CaptureOutcome outcome;
    try {
      const ReconstructSummary summary = run_reconstruct(request, tools_, terminal_, std::cout);
      outcome.views = summary.views;
      outcome.people = summary.people;
    } catch (const Cancelled&) {
      throw;
    } catch (const std::exception& error) {
      outcome.outcome = Outcome::failed;
      outcome.message = error_text(error);
      terminal_.say(capture.name + " failed: " + outcome.message);
    }
    outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return outcome;
  }

  int& count_of(Outcome outcome) {
    return outcome == Outcome::done     ? counts_.done
           : outcome == Outcome::failed ? counts_.failed
                                        : counts_.skipped;
  }

  const BatchRequest& request_;
  ReconstructTools tools_;
  TerminalProgress& terminal_;
  OutcomeTable table_;
  std::optional<ReconstructTools::Runs> models_;
  BatchCounts counts_;
};

}  // namespace

fs::path outcomes_file(const fs::path& output, const Shard& shard) {
  if (shard.count == 1) return output / "outcomes.csv";
  return output /
         ("outcomes-" + std::to_string(shard.number) + "-of-" + std::to_string(shard.count) + ".csv");
}

BatchCounts run_batch(const BatchRequest& request, const ReconstructTools& tools,
                      TerminalProgress& terminal) {
  const fs::path table = outcomes_file(request.output, request.shard);
  const BatchCaptures found =
      find_batch_captures(request.inputs, request.output, {table.filename().string(), kBatchRecordName});
  for (const std::string& note : found.notes) terminal.say("note: " + note);
  const std::vector<BatchCapture> captures = captures_of(request.shard, found.captures);
  terminal.say(std::to_string(captures.size()) + " of " + std::to_string(found.captures.size()) +
               " captures -> " + request.output.string());
  require_possible(request.reconstruct, tools);
  InputFiles inputs;
  for (const fs::path& input : request.inputs)
    if (!fs::is_directory(input)) inputs.add(input);
  for (const fs::path& file : {table, request.output / kBatchRecordName}) inputs.require_kept(file);

  Batch batch(request, tools, terminal);
  std::error_code error;
  fs::create_directories(request.output, error);
  if (error)
    throw std::runtime_error(request.output.string() +
                             ": the output folder cannot be made: " + error.message());
  record_batch(request.output, request.options, request.again);
  return batch.run(captures);
}

}  // namespace ahap
