#pragma once

#include <string>

#include "reconstruction/capture/capture.h"
#include "reconstruction/results/output_file.h"

namespace ahap {

// The pictures and videos of a capture, and what was named to open it as far as these are files.
void add_capture(InputFiles& inputs, const Capture& capture, const std::vector<std::filesystem::path>& named);

// The description and the weights of a model, by its name or folder; nothing where there is none of that
// name.
void add_model(InputFiles& inputs, const std::string& name_or_directory);

}  // namespace ahap
