#pragma once

#include <filesystem>

#include "reconstruction/project/project.h"

namespace ahap {

// A folder that a reconstruction was exported to: it holds a reconstruction.json, and no photos or videos
// beside it, which would be a capture.
bool is_results_folder(const std::filesystem::path& folder);

// Such a folder as a project: the result as far as the folder tells it, and the files that it was made from.
// Points are there where points.ply is. Bodies have meshes where people/NN.ply are, or where the program's
// own body has the joints that are written. Throws a sentence that names the file and what is wrong in it.
Project read_results_project(const std::filesystem::path& folder);

}  // namespace ahap
