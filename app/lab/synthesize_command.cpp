#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

#include "app/interrupt.h"
#include "app/lab/commands.h"
#include "reconstruction/results/results_folder.h"
#include "reconstruction/synthetic/render_capture.h"
#include "reconstruction/synthetic/write_capture.h"

namespace ahap {
namespace {

struct SynthesizeOptions {
  std::filesystem::path output;
  int scenes = 1;
  std::uint64_t seed = 1;
  std::string set = "train", views = "4", people = "2-5", fov = "45-75", format = "png";
  bool video = false, moving = false;
  VideoTiming timing;
  CaptureFiles files;
  WorldOptions world;
};

// "3" or "2-5".
template <typename Number>
void parse_range(const std::string& option, const std::string& text, Number& low, Number& high) {
  const auto number = [&](const std::string& part) {
    std::size_t used = 0;
    double value = 0;
    try {
      value = std::stod(part, &used);
    } catch (const std::exception&) {
    }
    if (part.empty() || used != part.size() || Number(value) != value)
      throw CLI::ValidationError(option, "\"" + text + "\" is neither a number nor a range like 2-5");
    return Number(value);
  };
  const std::size_t dash = text.find('-');
  low = number(text.substr(0, dash));
  high = dash == std::string::npos ? low : number(text.substr(dash + 1));
  if (high < low) throw CLI::ValidationError(option, "\"" + text + "\" has its larger number first");
}

// The benchmark's captures: many, and drawn from wider ranges than those of training.
void default_to_benchmark(SynthesizeOptions& options, const CLI::App& command) {
  const auto unless_given = [&](const char* name, auto& value, auto benchmark) {
    if (command.count(name) == 0) value = benchmark;
  };
  unless_given("--scenes", options.scenes, 200);
  unless_given("--people", options.people, "2-6");
  unless_given("--fov", options.fov, "40-80");
  unless_given("--difficulty", options.world.difficulty, 1.25);
  unless_given("--width", options.world.width, 640);
  unless_given("--height", options.world.height, 480);
  unless_given("--format", options.format, "jpg");
}

void synthesize(SynthesizeOptions options) {
  WorldOptions& world = options.world;
  parse_range("--views", options.views, world.min_views, world.max_views);
  parse_range("--people", options.people, world.min_people, world.max_people);
  parse_range("--fov", options.fov, world.min_fov, world.max_fov);
  try {
    check(world);
  } catch (const std::runtime_error& error) {
    throw CLI::ValidationError(error.what());
  }
  options.files.jpeg = options.format == "jpg";
  world.walking = options.video;

  const ResultsFolder place(options.output);
  std::error_code error;
  const auto folder = [&](int scene) {
    char name[16];
    std::snprintf(name, sizeof name, "%04d", scene);
    return options.output / name;
  };
  for (int scene = 0; scene < options.scenes; ++scene)  // before hours of work, not after
    if (std::filesystem::exists(folder(scene), error))
      throw std::runtime_error(folder(scene).string() +
                               " already exists; remove it or choose another output folder");

  for (int scene = 0; scene < options.scenes; ++scene) {
    Progress progress;
    progress.stop_requested = interrupted;
    progress.report = [&](const std::string& stage, double fraction) {
      std::fprintf(stderr, "\rcapture %d of %d: %s %3.0f %%  ", scene + 1, options.scenes, stage.c_str(),
                   100 * fraction);
    };
    const std::uint64_t seed =
        scene_seed(options.set == "test" ? SeedSet::test : SeedSet::train, options.seed + scene);
    if (options.video)
      write_video_capture(
          make_moving_world(seed, world, options.timing.frames / options.timing.fps, options.moving),
          options.timing, options.files, folder(scene), progress);
    else
      write_capture(make_world(seed, world), options.files, folder(scene), progress);
    std::fprintf(stderr, "\r%60s\r", "");
    std::cout << folder(scene).string() << std::endl;
  }
}

}  // namespace

void add_synthesize_command(CLI::App& program) {
  auto* command = program.add_subcommand("synthesize",
                                         "Render captures of people in rooms with exact ground truth "
                                         "(cameras, depth, masks, SMPL, identities).");
  auto options = std::make_shared<SynthesizeOptions>();
  WorldOptions& world = options->world;
  world.width = 960, world.height = 720;
  world.samples = 3;
  world.detail = BodyDetail::full;
  options->files.camera_noise = 0.5;
  command->add_option("-o,--output", options->output, "Folder that receives the captures 0000, 0001, ...")
      ->required();
  command->add_option("--scenes", options->scenes, "Number of captures")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Seed of the first capture; the next ones count on")
      ->capture_default_str();
  command
      ->add_option(
          "--set", options->set,
          "Which worlds: those of training, or others that training never sees (then the defaults are those "
          "of the benchmark: 200 captures of 2-6 people at 640 x 480, wider ranges)")
      ->check(CLI::IsMember({"train", "test"}))
      ->capture_default_str();
  command->add_option("--views", options->views, "Cameras: a number or a range A-B")->capture_default_str();
  command->add_option("--people", options->people, "People: a number or a range A-B")->capture_default_str();
  command
      ->add_option("--fov", options->fov, "Field of view along the longer side, degrees: a number or a range")
      ->capture_default_str();
  command->add_option("--width", world.width, "Width of the pictures, pixels")->capture_default_str();
  command->add_option("--height", world.height, "Height of the pictures, pixels")->capture_default_str();
  command->add_flag("--vary-aspect", world.vary_aspect, "Pictures of different shapes, also upright ones");
  command
      ->add_option("--samples", world.samples,
                   "Samples per pixel and axis (odd): more is smoother and slower")
      ->capture_default_str();
  command
      ->add_option("--noise", options->files.camera_noise,
                   "Camera noise, blur and colour cast; 0 = none, 1 = strong")
      ->check(CLI::Range(0.0, 3.0))
      ->capture_default_str();
  command->add_option("--difficulty", world.difficulty, "0 = mild, 1 = as in training, more = wider")
      ->check(CLI::Range(0.0, 3.0))
      ->capture_default_str();
  command->add_flag("--same-clothes", world.same_clothes, "Everybody in a capture is dressed alike");
  command->add_flag("--passing", world.passing, "Everybody walks, in pairs that pass each other closely");
  command->add_option("--format", options->format, "Format of the pictures")
      ->check(CLI::IsMember({"png", "jpg"}))
      ->capture_default_str();
  auto* video = command->add_flag(
      "--video", options->video,
      "People who walk, pass each other, stop and come back: one video (Motion JPEG) per camera");
  command->add_option("--frames", options->timing.frames, "Length of a video, frames")
      ->check(CLI::Range(1, 36000))
      ->needs(video)
      ->capture_default_str();
  command->add_option("--fps", options->timing.fps, "Frames per second of a video")
      ->check(CLI::Range(0.5, 120.0))
      ->needs(video)
      ->capture_default_str();
  command->add_flag("--moving", options->moving, "Cameras move, too, as if held by hand")->needs(video);
  command->footer(
      "Examples:\n"
      "  ahap-lab synthesize -o captures --scenes 10 --seed 7\n"
      "  ahap-lab synthesize -o test --set test\n"
      "  ahap-lab synthesize -o passing --set test --passing --scenes 100\n"
      "  ahap-lab synthesize -o walk --video --frames 60 --fps 15 --views 3\n"
      "The folders are inputs of `ahap reconstruct`; their `truth` is what `ahap-lab evaluate` compares "
      "with.");
  command->callback([options, command] {
    if (options->set == "test") default_to_benchmark(*options, *command);
    synthesize(*options);
  });
}

}  // namespace ahap
