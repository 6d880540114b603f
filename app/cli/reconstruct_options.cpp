#include "app/cli/reconstruct_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "app/cli/option_choice.h"
#include "app/gui/picture.h"
#include "reconstruction/models/model_choice.h"

namespace ahap {
namespace {

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

// An option whose value is one of a few names. It is empty where it is not given.
CLI::Option* add_name(CLI::App& command, const std::string& option, std::string& value,
                      const std::vector<std::string>& names, const std::string& what) {
  std::string choices;
  for (const std::string& name : names) choices += (choices.empty() ? "" : "|") + name;
  const auto complaint = [names, choices](const std::string& text) {
    return std::find(names.begin(), names.end(), text) != names.end()
               ? std::string()
               : "\"" + text + "\" is none of " + choices;
  };
  return command.add_option(option, value, what)->check(CLI::Validator(complaint, ""))->type_name(choices);
}

}  // namespace

void add_reconstruct_options(CLI::App& command, ReconstructArguments& arguments) {
  ReconstructRequest& request = arguments.request;
  auto* model = command
                    .add_option("--model", request.options.load.model,
                                "Name of an installed model, or a folder with a model.json")
                    ->type_name("NAME|DIR");
  auto* scene = add_name(command, "--scene", arguments.scene, scene_branch_names(),
                         "Published network for cameras and depth (default: the first that is there)");
  auto* human = add_name(command, "--human", arguments.human, human_branch_names(),
                         "Network for people (default: multi-hmr)");
  auto* method =
      add_name(command, "--method", arguments.method, method_names(),
               "Method of its own: for one camera that moves human3r, all frames, or unish, one person in 6 "
               "frames per second; for several views of people chromm");
  for (CLI::Option* branch : {scene, human}) branch->excludes(model)->excludes(method);
  method->excludes(model);
  add_association_option(command, request.options.association);
  add_refine_option(command, request.options.refine);
  command
      .add_option(
          "--known-cameras", request.known_cameras,
          "Calibration: COLMAP, transforms.json, EasyMocap, TOML (default: the one beside the pictures)")
      ->type_name("FILE|DIR");
  add_known_camera_options(command, request.options);
  add_device_options(command, request.options);
  command
      .add_option("--frames", arguments.frames,
                  "Frames of videos and sequences, counted from 0, B not included (default: the first)")
      ->type_name("A:B:STEP");
  add_cameras_option(command, request.options.range.cameras_move);
  command
      .add_option("--smoothing", request.smoothing,
                  "How much people's motion over several frames is smoothed; 0 leaves every frame as it is")
      ->check(CLI::Range(0.0, 10.0))
      ->capture_default_str();
  command
      .add_option("--export", arguments.exports, "What to write, separated by commas (default: everything)")
      ->delimiter(',')
      ->check(CLI::IsMember(format_names()).description(""))
      ->type_name(listed(format_names()));
  auto* quiet = command.add_flag("-q,--quiet", arguments.quiet, "No progress and no summary");
  command.add_flag("-v,--verbose", arguments.verbose, "Tell the time of every stage")->excludes(quiet);
}

void read_reconstruct_options(ReconstructArguments& arguments) {
  arguments.request.exports = export_selection(arguments.exports);
  std::string& model = arguments.request.options.load.model;
  if (!arguments.method.empty()) model = arguments.method;
  if (!arguments.scene.empty() || !arguments.human.empty())
    model = model_of_branches(arguments.scene, arguments.human);
  if (arguments.frames.empty()) return;
  try {
    arguments.request.frames = parse_frames(arguments.frames);
  } catch (const std::invalid_argument& error) {
    throw CLI::ValidationError("--frames", error.what());
  }
}

TerminalProgress::Detail detail_of(const ReconstructArguments& arguments) {
  using Detail = TerminalProgress::Detail;
  return arguments.quiet ? Detail::quiet : arguments.verbose ? Detail::verbose : Detail::normal;
}

ReconstructTools program_tools(const ReconstructRequest& request) {
  ReconstructTools tools;
  tools.has_ranges = [&request] { return describe_model(request.options.load.model).reconstructs_ranges(); };
  tools.takes_one_camera = [&request] {
    return describe_model(request.options.load.model).takes_one_camera();
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
  tools.draw = [&request](const Reconstruction& reconstruction, const std::filesystem::path& png) {
    write_drawing(render_picture(reconstruction, 0, request.picture_options), png);
  };
  tools.film = [&request](const Reconstruction& reconstruction, const std::filesystem::path& mp4,
                          const Progress& progress) {
    return render_turntable(reconstruction, request.picture_options, mp4, progress);
  };
  return tools;
}

}  // namespace ahap
