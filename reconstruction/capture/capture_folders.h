#pragma once

#include <filesystem>
#include <vector>

#include "reconstruction/capture/capture.h"

namespace ahap {

struct CaptureFolders {
  std::vector<std::filesystem::path> captures;  // never empty
  std::vector<Problem> problems;                // what else lies beside the captures
};

// The captures that a folder holds: itself, where pictures or videos lie in it, all its folders are
// cameras (holds_frames), it was rendered, or nothing in it can be used, which opening it will tell; else
// each of the folders in it that may hold pictures or videos, in natural order.
CaptureFolders capture_folders(const std::filesystem::path& folder);

}  // namespace ahap
