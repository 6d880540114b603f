#include "app/lab/method_comparison.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include "app/cli/terminal_progress.h"
#include "app/peak_memory.h"
#include "reconstruction/capture/views.h"
#include "reconstruction/export/exporters.h"
#include "reconstruction/formats/error_text.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/formats/safe_write.h"
#include "reconstruction/models/model_choice.h"
#include "reconstruction/reconstruct.h"
#include "reconstruction/results/results_folder.h"

namespace ahap {
namespace {

using Clock = std::chrono::steady_clock;

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

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// A name for a folder.
std::string folder_of(const std::string& method) {
  std::string name = std::filesystem::path(method).filename().string();
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-') c = '_';
  return name;
}

std::shared_ptr<const Reconstruction> run(const std::string& method, const std::vector<View>& views,
                                          Options options, const Progress& progress, MethodRow& row) {
  options.load.model = method;
  if (views.size() > 1 && describe_model(method).takes_one_camera())
    throw std::runtime_error("takes the frames of one camera, not " + std::to_string(views.size()) +
                             " views.");
  forget_peak_memory();
  Clock::time_point start = Clock::now();
  const std::shared_ptr<Model> model = load_model(options.load);
  row.load_seconds = seconds_since(start);
  start = Clock::now();
  auto result = reconstruct(views, *model, options, progress);
  row.run_seconds = seconds_since(start);
  row.peak_memory = peak_memory();
  return result;
}

void describe(const Reconstruction& result, MethodRow& row) {
  for (const ReconstructedView& view : result.views) row.cameras += view.camera_estimated;
  row.people = int(people_in(result, 0).size());
  row.points = result.frames.front().points->size();
}

std::string number(const char* format, const std::optional<double>& value, double times = 1) {
  if (!value) return "-";
  char text[32];
  std::snprintf(text, sizeof text, format, *value * times);
  return text;
}

}  // namespace

std::string method_table(const std::string& capture, int views, const std::vector<MethodRow>& rows) {
  std::string text = "# Methods on " + readable(capture) + ", " + std::to_string(views) +
                     (views == 1 ? " view" : " views") +
                     "\n\n| method | load | run | peak memory | cameras | people | points |\n"
                     "|---|---|---|---|---|---|---|\n";
  for (const MethodRow& row : rows) {
    text += "| " + readable(row.method) + " | ";
    if (!row.problem.empty()) {
      text += readable(row.problem) + " | | | | | |\n";
      continue;
    }
    text += number("%.1f s", row.load_seconds) + " | " + number("%.1f s", row.run_seconds) + " | " +
            (row.peak_memory > 0 ? number("%.0f MiB", row.peak_memory) : "-") + " | " +
            std::to_string(row.cameras) + " | " + std::to_string(row.people) + " | " +
            std::to_string(row.points) + " |\n";
  }
  std::string differences;
  for (const MethodRow& row : rows) {
    if (!row.difference) continue;
    const ResultDifference& d = *row.difference;
    differences += "| " + readable(row.method) + " | " + std::to_string(d.cameras) + " | " +
                   number("%.1f\xC2\xB0", d.rotation, 180 / M_PI) + " | " +
                   number("%.0f cm", d.centres, 100) + " | " + number("%.1f %%", d.focal, 100) + " | " +
                   number("%.2f", d.scale) + " | " + std::to_string(d.people) + " | " +
                   number("%.0f cm", d.joints, 100) + " |\n";
  }
  if (differences.empty()) return text;
  return text +
         "\nHow far from the first, after its cameras are laid on those of the first; scale: of its "
         "world.\n\n"
         "| method | cameras in both | rotation | camera centres | focal length | scale | people in both | "
         "joints |\n"
         "|---|---|---|---|---|---|---|---|\n" +
         differences;
}

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
  std::vector<MethodRow> rows;
  std::vector<std::shared_ptr<const Reconstruction>> found;
  for (const std::string& method : comparison.methods) {
    MethodRow& row = rows.emplace_back();
    row.method = method;
    terminal.begin(method);
    auto& result = found.emplace_back();
    try {
      result = run(method, views, comparison.options, terminal.progress(), row);
    } catch (const Cancelled&) {
      throw;
    } catch (const std::exception& error) {
      row.problem = error_text(error);
      continue;
    }
    describe(*result, row);
    const auto first =
        std::find_if(found.begin(), found.end(), [](const auto& other) { return other != nullptr; });
    if (*first != result) row.difference = difference_of(**first, *result);
  }
  terminal.clear();
  const std::string table = method_table(std::filesystem::absolute(comparison.capture).filename().string(),
                                         int(views.size()), rows);
  if (std::all_of(found.begin(), found.end(), [](const auto& result) { return !result; }))
    throw std::runtime_error("No method has a result: " + rows.front().method + ": " + rows.front().problem);
  results.put([&](const std::filesystem::path& staging) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (found[i]) write_all(*found[i], 0, staging / folder_of(rows[i].method), kWritten, {});
    safe_write(staging / kTable, [&](std::ostream& out) { out << table; });
  });
  return table;
}

}  // namespace ahap
