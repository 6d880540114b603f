#include <CLI/CLI.hpp>
#include <memory>

#include "app/commands.h"
#include "app/studio.h"
#include "reconstruction/pipeline.h"

namespace ahap {

void add_studio_command(CLI::App& program) {
  struct Arguments {
    StudioOptions studio;
    std::string model;
  };
  auto* command = program.add_subcommand("studio", "The desktop program: drop pictures, watch, look around, export");
  auto arguments = std::make_shared<Arguments>();
  StudioOptions& studio = arguments->studio;
  command->add_option("INPUT", studio.inputs, "Pictures, videos, or folders of them, opened at once");
  command->add_option("--model", arguments->model, "Name of an installed model, or a folder with a model.json");
  command->add_option("--width", studio.width, "Width of the window")->capture_default_str();
  command->add_option("--height", studio.height, "Height of the window")->capture_default_str();
  command->add_option("--screenshot", studio.screenshot, "Write a picture of the window to this PNG and end");
  command->add_option("--screenshot-after", studio.screenshot_after, "Seconds after the first frame (default: when the run has ended)");
  command->footer("Examples:\n  ahap studio\n  ahap studio photos/\n");
  command->callback([arguments] {
    arguments->studio.exit_after_screenshot = !arguments->studio.screenshot.empty();
    // The model is loaded by the first run, on its worker, and kept.
    arguments->studio.reconstruct = [name = arguments->model, models = std::shared_ptr<Models>()](
                                        const std::vector<View>& views, const Options& options,
                                        const Progress& progress) mutable {
      if (!models) {
        step(progress, "load model", 0);
        models = load_models(name, options.device, options.precision);
      }
      return reconstruct(views, *models, options, progress);
    };
    if (run_studio(arguments->studio) != 0) throw std::runtime_error("The studio ended with an error.");
  });
}

}  // namespace ahap
