#pragma once

#include <filesystem>

#include "reconstruction/formats/assets.h"

namespace ahap {

// The capture that ships with the program.
inline std::filesystem::path sample_capture() {
  return asset_directory() / "sample";
}

}  // namespace ahap
