#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "app/commands.h"
#include "app/evaluation_run.h"
#include "app/option_choice.h"
#include "app/run_inputs.h"
#include "app/program_options.h"
#include "reconstruction/evaluation/report.h"
#include "reconstruction/formats/safe_write.h"
#include "reconstruction/pipeline.h"

namespace ahap {
namespace {

struct EvaluateRequest {
  std::filesystem::path captures, json, markdown;
  Options options = program_options();
  int limit = 0, views = 0;
  bool quiet = false;
};

void evaluate(const EvaluateRequest& request) {
  const auto captures = captures_in(request.captures, request.limit);
  InputFiles inputs;
  for (const auto& capture : captures) inputs.add(capture);
  add_model(inputs, request.options.model);
  require_different({request.json, request.markdown});
  for (const auto& output : {request.json, request.markdown}) {
    inputs.require_kept(output);
    if (!output.empty()) require_writable(output);
  }
  const auto models = load_models(request.options.model, request.options.device, request.options.precision);
  TerminalProgress terminal(request.quiet ? TerminalProgress::Detail::quiet : TerminalProgress::Detail::normal);
  const EvaluationReport report = evaluate_captures(captures, *models, request.options, request.views, terminal);
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
  add_choice<CameraMethod>(*command, "--cameras", request->options.cameras, "Cameras from people",
                           {{"adjusted", CameraMethod::automatic}, {"closed-form", CameraMethod::closed_form}});
  add_choice<bool>(*command, "--edges", request->options.straight_edges, "Straight edges of rooms, for cameras",
                   {{"used", true}, {"ignored", false}});
  add_choice<bool>(*command, "--positions", request->options.triangulate, "People's places",
                   {{"triangulated", true}, {"single-view", false}});
  add_choice<bool>(*command, "--bodies", request->options.decode_every_view, "Views in which bodies are decoded",
                   {{"every-view", true}, {"one-view", false}});
  add_choice<DepthScale>(*command, "--depth-scale", request->options.depth_scale, "Depth scaled to the people",
                         {{"view", DepthScale::view}, {"scene", DepthScale::scene}, {"none", DepthScale::none}});
  add_refine_option(*command, request->options.refine);
  add_device_options(*command, request->options);
  command->add_option("--views", request->views, "Only the first pictures of each capture (default: all)")
      ->check(CLI::PositiveNumber);
  command->add_option("--limit", request->limit, "Only the first captures (default: all)")->check(CLI::PositiveNumber);
  command->add_flag("-q,--quiet", request->quiet, "No progress");
  command->footer(
      "Examples:\n"
      "  ahap synthesize --set test -o test_captures         the benchmark's captures\n"
      "  ahap evaluate --captures test_captures --json scores.json --markdown scores.md\n");
  command->callback([request] { evaluate(*request); });
}

}  // namespace ahap
