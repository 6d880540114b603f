#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

#include "app/commands.h"
#include "app/option_choice.h"
#include "app/terminal_progress.h"
#include "reconstruction/capture/views.h"
#include "reconstruction/evaluation/report.h"
#include "reconstruction/formats/safe_write.h"
#include "reconstruction/pipeline.h"

namespace ahap {
namespace {

struct EvaluateRequest {
  std::filesystem::path captures, json, markdown;
  Options options;
  int limit = 0;
  bool quiet = false;
};

// The folder itself where it is a capture with ground truth, else the ones in it.
std::vector<std::filesystem::path> captures_in(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder)) throw std::runtime_error(folder.string() + " is not a folder.");
  if (has_ground_truth(folder)) return {folder};
  std::vector<std::filesystem::path> captures;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_directory() && has_ground_truth(entry.path())) captures.push_back(entry.path());
  }
  if (captures.empty()) {
    throw std::runtime_error(folder.string() + " holds no capture with ground truth; `ahap synthesize` makes them.");
  }
  std::sort(captures.begin(), captures.end(),
            [](const auto& a, const auto& b) { return natural_less(a.filename().string(), b.filename().string()); });
  return captures;
}

void evaluate(const EvaluateRequest& request) {
  auto captures = captures_in(request.captures);
  if (request.limit > 0 && int(captures.size()) > request.limit) captures.resize(request.limit);
  const auto models = load_models(request.options.model, request.options.device, request.options.precision);
  TerminalProgress terminal(request.quiet ? TerminalProgress::Detail::quiet : TerminalProgress::Detail::normal);
  EvaluationReport report;
  report.program_version = AHAP_VERSION;
  for (std::size_t i = 0; i < captures.size(); ++i) {
    terminal.report("captures", double(i) / double(captures.size()));
    const auto views = decode_moment(open_capture({captures[i]}), 0, nullptr, terminal.progress());
    Progress only_stop;
    only_stop.stop_requested = terminal.progress().stop_requested;
    const auto result = reconstruct(views, *models, request.options, only_stop);
    report.model = result->model_name;
    report.association = result->association_method;
    report.captures.push_back(
        {captures[i].filename().string(), score(*result, read_ground_truth(captures[i])), result->timings});
  }
  terminal.clear();
  const std::string tables = report_markdown(report);
  if (!request.json.empty()) write_report_json(report, request.json);
  if (!request.markdown.empty()) safe_write(request.markdown, [&](std::ostream& out) { out << tables; });
  std::cout << tables;
}

}  // namespace

void add_evaluate_command(CLI::App& program) {
  auto* command = program.add_subcommand("evaluate", "Reconstruct captures whose truth is known and score the results.");
  auto request = std::make_shared<EvaluateRequest>();
  command->add_option("--captures", request->captures, "A capture with ground truth, or a folder of them")
      ->required()
      ->type_name("DIR");
  command->add_option("--json", request->json, "Write all scores, also per capture, to this file")->type_name("FILE");
  command->add_option("--markdown", request->markdown, "Write the tables to this file as well")->type_name("FILE");
  command->add_option("--model", request->options.model, "Name of an installed model, or a folder with a model.json")
      ->type_name("NAME|DIR");
  add_association_option(*command, request->options.association);
  add_device_options(*command, request->options);
  command->add_option("--limit", request->limit, "Only the first captures (default: all)")->check(CLI::PositiveNumber);
  command->add_flag("-q,--quiet", request->quiet, "No progress");
  command->footer(
      "Examples:\n"
      "  ahap synthesize --set test -o test_captures         the benchmark's captures\n"
      "  ahap evaluate --captures test_captures --json scores.json --markdown scores.md\n");
  command->callback([request] { evaluate(*request); });
}

}  // namespace ahap
