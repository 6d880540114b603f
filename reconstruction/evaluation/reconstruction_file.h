#pragma once

#include <filesystem>

#include "reconstruction/reconstruction.h"

namespace ahap {

// What an evaluation needs of a reconstruction.json (export/exporters.h): the views' names and cameras; the
// detections' view, person, box and joints; the people's ids, heights and joints. The rest stays as a
// Reconstruction begins. Throws a sentence that names the file and what is wrong in it.
Reconstruction read_reconstruction_file(const std::filesystem::path& file);

}  // namespace ahap
