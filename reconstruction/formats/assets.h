#pragma once

#include <filesystem>

namespace ahap {

// The folder of what ships with the program, "assets" and "shaders" in it: ../share/ahap-studio beside the
// folder of an installed program, else the repository that a program in build/PRESET was built from. Throws a
// sentence where neither is there.
std::filesystem::path data_directory();

// Models, sample capture, fonts: $AHAP_ASSETS, else data_directory() / "assets".
std::filesystem::path asset_directory();

}  // namespace ahap
