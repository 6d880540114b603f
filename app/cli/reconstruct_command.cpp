#include <CLI/CLI.hpp>
#include <iostream>

#include "app/cli/commands.h"
#include "app/cli/option_choice.h"
#include "app/cli/reconstruct_run.h"
#include "app/gui/picture.h"
#include "reconstruction/models/model_directory.h"

namespace ahap {
namespace {

struct Arguments {
  ReconstructRequest request;
  std::string frames;
  std::vector<std::string> exports, offsets;
  bool quiet = false, verbose = false;
};

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const ExportFormat& format : export_formats()) names.push_back(format.name);
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ",") + name;
  return list;
}

ReconstructTools tools_for(const ReconstructRequest& request) {
  ReconstructTools tools;
  tools.has_ranges = [&request] {
    return read_model_description(find_model(request.options.load.model)).kind == "photo";
  };
  tools.load = [&request] {
    const std::shared_ptr<Model> model = load_model(request.options.load);
    ReconstructTools::Runs runs;
    runs.frame = [model](const std::vector<View>& views, const Options& options, const Progress& progress) {
      return reconstruct(views, *model, options, progress);
    };
    runs.range = [model](const FrameSequence& frames, const Options& options, const Progress& progress) {
      return reconstruct_range(frames, *model, options, progress);
    };
    return runs;
  };
  tools.draw = [](const Reconstruction& reconstruction, const std::filesystem::path& png) {
    write_drawing(render_picture(reconstruction, 0, 1600, 1000), png);
  };
  return tools;
}

void run(Arguments& arguments) {
  ReconstructRequest& request = arguments.request;
  request.exports = export_selection(arguments.exports);
  if (!arguments.frames.empty()) {
    try {
      request.frames = parse_frames(arguments.frames);
    } catch (const std::invalid_argument& error) {
      throw CLI::ValidationError("--frames", error.what());
    }
  }
  for (const std::string& offset : arguments.offsets) {
    try {
      request.offsets.push_back(parse_offset(offset));
    } catch (const std::invalid_argument& error) {
      throw CLI::ValidationError("--offsets", error.what());
    }
  }
  using Detail = TerminalProgress::Detail;
  TerminalProgress terminal(arguments.quiet     ? Detail::quiet
                            : arguments.verbose ? Detail::verbose
                                                : Detail::normal);
  run_reconstruct(request, tools_for(request), terminal, std::cout);
}

}  // namespace

void add_reconstruct_command(CLI::App& program) {
  auto arguments = std::make_shared<Arguments>();
  ReconstructRequest& request = arguments->request;
  CLI::App* command =
      program.add_subcommand("reconstruct", "Cameras, points and people of a capture, written into a folder");
  command
      ->add_option("INPUT", request.inputs,
                   "Pictures, videos, or folders of them: the views of one frame or the cameras")
      ->required();
  command
      ->add_option("-o,--output", request.output,
                   "Folder for the results; those of an earlier run are replaced")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--model", request.options.load.model,
                   "Name of an installed model, or a folder with a model.json")
      ->type_name("NAME|DIR");
  add_association_option(*command, request.options.association);
  add_refine_option(*command, request.options.refine);
  command
      ->add_option(
          "--known-cameras", request.known_cameras,
          "Calibration: COLMAP, transforms.json, EasyMocap, TOML (default: the one beside the pictures)")
      ->type_name("FILE|DIR");
  add_known_camera_options(*command, request.options);
  add_device_options(*command, request.options);
  command
      ->add_option("--frames", arguments->frames,
                   "Frames of videos and sequences, counted from 0, B not included (default: the first)")
      ->type_name("A:B:STEP");
  command->add_flag("--each-frame", request.each_frame,
                    "Reconstruct several frames one by one, each into a folder of its own");
  command
      ->add_option(
          "--offsets", arguments->offsets,
          "By how much cameras began later than the others, in seconds or frames (cam3=-4f), where it "
          "is not to be found from people's motion and sound")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("CAMERA=SECONDS");
  command->add_flag("--resume", request.resume,
                    "Go on with what a run on the same frames had observed when it was stopped");
  command
      ->add_option("--smoothing", request.smoothing,
                   "How much people's motion over several frames is smoothed; 0 leaves every frame as it is")
      ->check(CLI::Range(0.0, 10.0))
      ->capture_default_str();
  command
      ->add_option("--export", arguments->exports, "What to write, separated by commas (default: everything)")
      ->delimiter(',')
      ->check(CLI::IsMember(format_names()).description(""))
      ->type_name(listed(format_names()));
  command
      ->add_option("--dump-tensors", request.options.dump_tensors,
                   "Write the intermediate tensors to this file")
      ->type_name("FILE.safetensors");
  auto* quiet = command->add_flag("-q,--quiet", arguments->quiet, "No progress and no summary");
  command->add_flag("-v,--verbose", arguments->verbose, "Tell the time of every stage")->excludes(quiet);
  command->add_option("--picture", request.picture, "Also draw the result into this picture")
      ->type_name("FILE.png");
  command->add_flag("--json", request.json, "Print a summary as JSON on standard output");
  command->footer(
      "Examples:\n"
      "  ahap reconstruct photos/ -o result                       one frame seen by several cameras\n"
      "  ahap reconstruct cam1.mp4 cam2.mp4 -o result --frames 0:300:30\n"
      "  ahap reconstruct a.jpg b.jpg -o result --export glb,json\n"
      "  ahap reconstruct videos/ -o result --frames 0:300 --known-cameras Calib.toml\n");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace ahap
