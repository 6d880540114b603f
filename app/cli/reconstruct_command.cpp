#include <CLI/CLI.hpp>
#include <iostream>
#include <regex>

#include "app/cli/commands.h"
#include "app/cli/option_choice.h"
#include "app/cli/reconstruct_options.h"

namespace ahap {
namespace {

struct Arguments : ReconstructArguments {
  std::vector<std::string> offsets;
  std::string picture_size;
};

// Of the result drawn as a picture or a film.
void add_picture_options(CLI::App& command, Arguments& arguments) {
  ReconstructRequest& request = arguments.request;
  PictureOptions& options = request.picture_options;
  command.add_option("--picture", request.picture, "Also draw the result into this picture")
      ->type_name("FILE.png");
  command
      .add_option("--picture-turntable", request.turntable,
                  "Also film one turn around the people; several frames play meanwhile")
      ->type_name("FILE.mp4");
  command
      .add_option("--picture-size", arguments.picture_size, "Pixels of picture and film (default: 1600x1000)")
      ->type_name("WxH");
  add_choice<Viewpoint>(command, "--picture-view", options.view,
                        "Where the picture is seen from; the front is the first camera's side",
                        {{"all", Viewpoint::all},
                         {"people", Viewpoint::people},
                         {"top", Viewpoint::top},
                         {"front", Viewpoint::front},
                         {"side", Viewpoint::side}});
  command.add_flag("--picture-transparent", options.transparent, "A picture without a background");
  command.add_flag("--picture-labels", options.labels, "With names of people and cameras");
  command
      .add_option("--picture-seconds", options.film_seconds,
                  "Length of the film (default: 8, of several frames as long as they last)")
      ->check(CLI::Range(0.1, 1200.0).description(""))
      ->type_name("SECONDS");
}

void read_picture_size(const std::string& text, PictureOptions& options) {
  static const std::regex pattern("(\\d{1,6})[xX](\\d{1,6})");
  std::smatch parts;
  if (text.empty()) return;
  if (!std::regex_match(text, parts, pattern))
    throw CLI::ValidationError("--picture-size", "'" + text + "' is not WxH, as 1920x1080");
  options.width = std::stoi(parts[1]);
  options.height = std::stoi(parts[2]);
}

void run(Arguments& arguments) {
  read_reconstruct_options(arguments);
  ReconstructRequest& request = arguments.request;
  read_picture_size(arguments.picture_size, request.picture_options);
  for (const std::string& offset : arguments.offsets) {
    try {
      request.offsets.push_back(parse_offset(offset));
    } catch (const std::invalid_argument& error) {
      throw CLI::ValidationError("--offsets", error.what());
    }
  }
  TerminalProgress terminal(detail_of(arguments));
  run_reconstruct(request, program_tools(request), terminal, std::cout);
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
  add_reconstruct_options(*command, *arguments);
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
      ->add_option("--dump-tensors", request.options.dump_tensors,
                   "Write the intermediate tensors to this file")
      ->type_name("FILE.safetensors");
  add_picture_options(*command, *arguments);
  command->add_flag("--json", request.json, "Print a summary as JSON on standard output");
  command->footer(
      "Examples:\n"
      "  ahap reconstruct photos/ -o result                       one frame seen by several cameras\n"
      "  ahap reconstruct cam1.mp4 cam2.mp4 -o result --frames 0:300:30\n"
      "  ahap reconstruct a.jpg b.jpg -o result --export glb,json\n"
      "  ahap reconstruct photos/ -o result --picture top.png --picture-view top --picture-turntable "
      "turn.mp4\n"
      "  ahap reconstruct photos/ -o result --scene pi3x --human multi-hmr\n"
      "  ahap reconstruct video.mp4 -o result --method human3r    one camera that moves\n"
      "  ahap reconstruct clip.mp4 -o result --method unish       one camera and one person\n"
      "  ahap reconstruct videos/ -o result --method chromm --frames 0:300:5\n"
      "  ahap reconstruct videos/ -o result --frames 0:300 --known-cameras Calib.toml\n");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace ahap
