#pragma once

#include <filesystem>
#include <vector>

#include "reconstruction/capture/left_out.h"

namespace ahap {

// What of a folder may be part of a capture.
struct FolderContents {
  std::filesystem::path path;
  std::vector<std::filesystem::path> pictures, videos, folders;  // each in natural order
  std::vector<std::filesystem::path> calibrations;  // of cameras, in it or in folders without pictures
  bool is_rendered = false;                         // by `ahap-lab synthesize`: its folders are cameras

  bool has_media() const { return !pictures.empty() || !videos.empty(); }
};

// Everything else goes to `left_out`, but for the truth of a rendered capture, which is passed over. Throws
// std::filesystem::filesystem_error when the folder cannot be read.
FolderContents read_folder(const std::filesystem::path& folder, LeftOut& left_out);

// Whether it, or folders in it, may hold pictures or videos. Also true for an empty folder, which is a camera
// or a capture without pictures, and for one whose reading will say what is wrong.
bool may_hold_media(const std::filesystem::path& folder);

// How many views of one frame a folder may hold.
inline constexpr std::size_t kMaxViews = 100;

// True for a folder that is one camera: it holds more pictures than there are views, or names that only
// frames have. Throws as read_folder does.
bool holds_frames(const std::filesystem::path& folder);

// The calibrations alone, without a look into pictures and videos; none where the folder cannot be read.
std::vector<std::filesystem::path> calibrations_beside(const std::filesystem::path& folder);

}  // namespace ahap
