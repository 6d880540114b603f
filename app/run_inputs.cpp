#include "app/run_inputs.h"

#include <stdexcept>

#include "reconstruction/models/model_choice.h"

namespace ahap {

void add_capture(InputFiles& inputs, const Capture& capture,
                 const std::vector<std::filesystem::path>& named) {
  for (const CaptureCamera& camera : capture.cameras) {
    for (const auto& file : camera.paths) inputs.add(file);
  }
  if (!capture.calibration.empty()) inputs.add(capture.calibration);
  for (const auto& path : named) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) inputs.add(path);
  }
}

void add_model(InputFiles& inputs, const std::string& name_or_directory) {
  try {
    const ModelDescription model = describe_model(name_or_directory);
    inputs.add(model.directory / "model.json");
    for (const auto& [part, file] : model.files) inputs.add(file);
  } catch (const std::runtime_error&) {
    // Loading the model says what is wrong with it.
  }
}

}  // namespace ahap
