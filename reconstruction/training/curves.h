#pragma once

#include <filesystem>

namespace ahap {

// Draws what a run measured (log.csv and validation.csv of its directory) over its steps, one small chart per
// measure, into a PNG. Throws a sentence when the directory holds neither.
void draw_curves(const std::filesystem::path& run, const std::filesystem::path& png);

}  // namespace ahap
