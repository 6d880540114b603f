#include "app/lab/method_comparison.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <stdexcept>

#include "app/cli/terminal_progress.h"
#include "reconstruction/capture/views.h"
#include "reconstruction/evaluation/method_run.h"
#include "reconstruction/export/exporters.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/formats/safe_write.h"
#include "reconstruction/models/model_choice.h"
#include "reconstruction/reconstruct.h"
#include "reconstruction/results/results_folder.h"

namespace ahap {
namespace {

constexpr const char* kTable = "methods.md";
const ExportSelection kWritten = {.ply = false,
                                  .obj = false,
                                  .colmap = false,
                                  .npz = false,
                                  .bvh = false,
                                  .trc = false,
                                  .c3d = false,
                                  .csv = false,
                                  .cameras = false};

// A name for a folder.
std::string folder_of(const std::string& method) {
  std::string name = std::filesystem::path(method).filename().string();
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-') c = '_';
  return name;
}

std::shared_ptr<const Reconstruction> run(const std::string& method, const std::vector<View>& views,
                                          Options options, const Progress& progress) {
  options.load.model = method;
  if (views.size() > 1 && describe_model(method).takes_one_camera())
    throw std::runtime_error("takes the frames of one camera, not " + std::to_string(views.size()) +
                             " views.");
  step(progress, "load model", 0);
  const std::shared_ptr<Model> model = load_model(options.load);
  return reconstruct(views, *model, options, progress);
}

// Measured from the first that has a result, where there is one.
void measure(std::vector<MethodRun>& runs) {
  const auto first =
      std::find_if(runs.begin(), runs.end(), [](const MethodRun& made) { return made.result != nullptr; });
  if (first == runs.end())
    throw std::runtime_error("No method has a result: " + runs.front().method + ": " + runs.front().problem);
  measure_from(runs, std::size_t(first - runs.begin()));
}

}  // namespace

std::string compare_methods(const MethodComparison& comparison) {
  TerminalProgress terminal(comparison.quiet ? TerminalProgress::Detail::quiet
                                             : TerminalProgress::Detail::normal);
  ResultsFolder results(comparison.output);
  for (const std::string& note : results.notes()) terminal.say("note: " + readable(note));
  results.require_replaceable([&](const std::string& path) {
    for (const std::string& method : comparison.methods) {
      const std::string folder = folder_of(method) + "/";
      if (path == folder ||
          (path.starts_with(folder) && is_export_name(path.substr(folder.size()), kWritten)))
        return true;
    }
    return path == kTable;
  });
  const std::vector<View> views = decode_frame(open_capture({comparison.capture}), 0);
  std::vector<MethodRun> runs;
  for (const std::string& method : comparison.methods) {
    terminal.begin(method);
    runs.push_back(run_method(
        method, [&](const Progress& progress) { return run(method, views, comparison.options, progress); },
        terminal.progress()));
  }
  terminal.clear();
  measure(runs);
  const std::string table = method_table(std::filesystem::absolute(comparison.capture).filename().string(),
                                         int(views.size()), runs);
  results.put([&](const std::filesystem::path& staging) {
    for (const MethodRun& made : runs)
      if (made.result) write_all(*made.result, 0, staging / folder_of(made.method), kWritten, {});
    safe_write(staging / kTable, [&](std::ostream& out) { out << table; });
  });
  return table;
}

}  // namespace ahap
