#pragma once

#include <filesystem>

namespace ahap {

// The folder of what ships with the program (models, sample capture, fonts): $AHAP_ASSETS, else the folder it
// was built from.
std::filesystem::path asset_directory();

}  // namespace ahap
