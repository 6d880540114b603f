#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "app/cli/option_choice.h"
#include "app/lab/commands.h"
#include "app/lab/evaluation_run.h"
#include "app/lab/photo_evaluation_run.h"
#include "app/program_options.h"
#include "app/run_inputs.h"
#include "reconstruction/evaluation/report.h"
#include "reconstruction/formats/safe_write.h"
#include "reconstruction/motion/smoothing.h"
#include "reconstruction/reconstruct.h"

namespace ahap {
namespace {

struct EvaluateRequest {
  std::filesystem::path captures, json, markdown, results;
  Options options = program_options();
  std::vector<std::string> items;
  int limit = 0, views = 0, frames = 0;
  bool subsets = false, quiet = false;
};

// Before anything is computed: no output takes the place of an input, and each can be written.
void check_outputs(const EvaluateRequest& request, InputFiles inputs) {
  add_model(inputs, request.options.load.model);
  require_different({request.json, request.markdown});
  for (const auto& output : {request.json, request.markdown}) {
    inputs.require_kept(output);
    if (!output.empty()) require_writable(output);
  }
}

TerminalProgress terminal_for(const EvaluateRequest& request) {
  return TerminalProgress(request.quiet ? TerminalProgress::Detail::quiet : TerminalProgress::Detail::normal);
}

void evaluate_rendered(const EvaluateRequest& request) {
  if (!request.results.empty() || request.subsets || !request.items.empty()) {
    throw CLI::ValidationError(
        "--results, --items and --subsets",
        "are for labelled photographs, and " + request.captures.string() + " holds none");
  }
  const auto captures = captures_in(request.captures, request.limit);
  InputFiles inputs;
  for (const auto& capture : captures) inputs.add(capture);
  check_outputs(request, std::move(inputs));
  const auto model = load_model(request.options.load);
  TerminalProgress terminal = terminal_for(request);
  CaptureEvaluation evaluation{.views = request.views, .range_run = {}, .frames = request.frames};
  if (reconstructs_ranges(*model)) {
    evaluation.range_run = [&](const FrameSequence& frames, const Progress& progress) {
      const auto raw = reconstruct_range(frames, *model, request.options, progress);
      return std::make_shared<Reconstruction>(with_smooth_motion(*raw));
    };
  }
  const EvaluationReport report = evaluate_captures(captures, *model, request.options, evaluation, terminal);
  const std::string tables = report_markdown(report);
  if (!request.json.empty()) write_report_json(report, request.json);
  if (!request.markdown.empty()) safe_write(request.markdown, [&](std::ostream& out) { out << tables; });
  std::cout << tables;
}

void evaluate_photographs(const EvaluateRequest& request) {
  if (request.views > 0)
    throw CLI::ValidationError("--views", "is for captures; --subsets takes some of the photographs");
  if (request.subsets && !request.results.empty())
    throw CLI::ValidationError("--subsets", "needs runs of its own; leave out --results");
  const PhotoEvaluation evaluation{request.captures, request.results, request.items, request.limit,
                                   request.subsets};
  InputFiles inputs;
  inputs.add(request.captures / "truth.json");
  for (const LabelledItem& item : chosen_items(evaluation)) {
    inputs.add(item.path);
    if (!request.results.empty()) inputs.add(request.results / item.name / "reconstruction.json");
  }
  check_outputs(request, std::move(inputs));
  const PhotoReport report = [&] {
    if (!request.results.empty()) return score_results(evaluation);
    const auto model = load_model(request.options.load);
    TerminalProgress terminal = terminal_for(request);
    return evaluate_photographs(evaluation, *model, request.options, terminal);
  }();
  const std::string tables = photo_report_text(report);
  if (!request.json.empty()) write_photo_report_json(report, request.json);
  if (!request.markdown.empty())
    safe_write(request.markdown, [&](std::ostream& out) { out << "```\n" << tables << "```\n"; });
  std::cout << tables;
}

}  // namespace

void add_evaluate_command(CLI::App& program) {
  auto* command =
      program.add_subcommand("evaluate", "Reconstruct captures whose truth is known and score the results.");
  auto request = std::make_shared<EvaluateRequest>();
  command
      ->add_option("--captures", request->captures,
                   "A capture with ground truth (pictures or videos), a folder of them, or labelled "
                   "photographs (a folder "
                   "with truth.json)")
      ->required()
      ->type_name("DIR");
  command->add_option("--json", request->json, "Write all scores, also per capture, to this file")
      ->type_name("FILE");
  command->add_option("--markdown", request->markdown, "Write the tables to this file as well")
      ->type_name("FILE");
  command
      ->add_option("--model", request->options.load.model,
                   "Name of an installed model, or a folder with a model.json")
      ->type_name("NAME|DIR");
  add_association_option(*command, request->options.association);
  add_choice<CameraMethod>(
      *command, "--cameras", request->options.study.cameras, "Cameras from people",
      {{"adjusted", CameraMethod::automatic}, {"closed-form", CameraMethod::closed_form}});
  add_choice<bool>(*command, "--edges", request->options.study.straight_edges,
                   "Straight edges of rooms, for cameras", {{"used", true}, {"ignored", false}});
  add_choice<bool>(*command, "--positions", request->options.study.triangulate, "People's places",
                   {{"triangulated", true}, {"single-view", false}});
  add_choice<bool>(*command, "--bodies", request->options.study.decode_every_view,
                   "Views in which bodies are decoded", {{"every-view", true}, {"one-view", false}});
  add_choice<DepthScale>(
      *command, "--depth-scale", request->options.study.depth_scale, "Depth scaled to the people",
      {{"view", DepthScale::view}, {"scene", DepthScale::scene}, {"none", DepthScale::none}});
  add_refine_option(*command, request->options.refine);
  add_device_options(*command, request->options);
  command->add_option("--views", request->views, "Only the first pictures of each capture (default: all)")
      ->check(CLI::PositiveNumber);
  command->add_option("--frames", request->frames, "Only the first frames of each video (default: all)")
      ->check(CLI::PositiveNumber);
  command->add_option("--limit", request->limit, "Only the first captures or photographs (default: all)")
      ->check(CLI::PositiveNumber);
  command
      ->add_option(
          "--results", request->results,
          "Photographs: score earlier results, DIR/ITEM/reconstruction.json, instead of reconstructing")
      ->type_name("DIR");
  command->add_option("--items", request->items, "Photographs: only these items")
      ->delimiter(',')
      ->type_name("NAME,...");
  command->add_flag("--subsets", request->subsets,
                    "Photographs: also every two and every three pictures whose cameras are known");
  command->add_flag("-q,--quiet", request->quiet, "No progress");
  command->footer(
      "Examples:\n"
      "  ahap-lab synthesize --set test -o test_captures         the benchmark's captures\n"
      "  ahap-lab evaluate --captures test_captures --json scores.json --markdown scores.md\n"
      "  ahap-lab evaluate --captures photographs --subsets      labelled photographs, as they are and a few "
      "at a time\n"
      "  ahap-lab evaluate --captures photographs --results DIR  what earlier runs wrote\n");
  command->callback([request] {
    if (is_photo_benchmark(request->captures))
      evaluate_photographs(*request);
    else
      evaluate_rendered(*request);
  });
}

}  // namespace ahap
