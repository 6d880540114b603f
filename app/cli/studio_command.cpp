#include <CLI/CLI.hpp>
#include <memory>

#include "app/cli/commands.h"
#include "app/gui/actions.h"
#include "app/gui/state_folder.h"
#include "app/gui/studio.h"
#include "app/run_inputs.h"
#include "reconstruction/project/project_file.h"
#include "reconstruction/project/results_project.h"
#include "reconstruction/reconstruct.h"

namespace ahap {

namespace {

// The capture is opened for this where there is a file that could belong to it.
void require_kept_inputs(const StudioOptions& studio) {
  if (!std::filesystem::exists(studio.screenshot)) return require_writable(studio.screenshot);
  InputFiles inputs;
  const bool saved = studio.inputs.size() == 1 &&
                     (is_named_like_a_project(studio.inputs[0]) || is_results_folder(studio.inputs[0]));
  if (saved) inputs.add(studio.inputs[0]);
  if (!saved && !studio.inputs.empty()) add_capture(inputs, open_capture(studio.inputs), studio.inputs);
  add_model(inputs, studio.options.load.model);
  inputs.require_kept(studio.screenshot);
  require_writable(studio.screenshot);
}

// The model of the run before, kept until one asks for another. One run at a time.
class KeptModel {
 public:
  Model& get(const LoadOptions& options, const Progress& progress) {
    if (!model_ || options != loaded_) {
      step(progress, "load model", 0);
      model_.reset();
      model_ = load_model(options);
      loaded_ = options;
    }
    return *model_;
  }

 private:
  std::shared_ptr<Model> model_;
  LoadOptions loaded_;
};

}  // namespace

void add_studio_command(CLI::App& program) {
  auto* command =
      program.add_subcommand("studio", "The desktop program: drop pictures, watch, look around, export");
  auto studio = std::make_shared<StudioOptions>();
  command->add_option("INPUT", studio->inputs,
                      "Pictures, videos, or folders of them, or a project (.ahap), opened at once");
  command->add_option("--model", studio->options.load.model,
                      "Name of an installed model, or a folder with a model.json");
  command->add_option("--width", studio->width, "Width of the window (default: as the last time)")
      ->check(CLI::Range(800, 20'000));
  command->add_option("--height", studio->height, "Height of the window (default: as the last time)")
      ->check(CLI::Range(560, 20'000));
  command->add_option("--screenshot", studio->screenshot,
                      "Write a picture of the window to this PNG and end");
  command->add_option("--screenshot-after", studio->screenshot_after,
                      "Seconds after the first frame (default: when the run has ended)");
  command->footer("Examples:\n  ahap studio\n  ahap studio photos/\n  ahap studio party.ahap\n");
  command->callback([studio] {
    studio->exit_after_screenshot = !studio->screenshot.empty();
    if (!studio->screenshot.empty()) require_kept_inputs(*studio);
    if (studio->screenshot.empty()) {
      studio->state_folder = default_state_folder();
      studio->keys_file = default_keys_file();
    }
    const auto kept = std::make_shared<KeptModel>();
    studio->reconstruct = [kept](const std::vector<View>& views, const Options& options,
                                 const Progress& progress) {
      return reconstruct(views, kept->get(options.load, progress), options, progress);
    };
    studio->reconstruct_range = [kept](const FrameSequence& frames, const Options& options,
                                       const Progress& progress) {
      return reconstruct_range(frames, kept->get(options.load, progress), options, progress);
    };
    if (run_studio(*studio) != 0) throw std::runtime_error("The studio ended with an error.");
  });
}

}  // namespace ahap
