#pragma once

#include <filesystem>

namespace ahap {

enum class FileKind {
  picture,         // of any format, readable here or not
  video,           // likewise
  own_picture,     // drawn by this program, a picture or film: a result, not a view
  camera_preview,  // a small copy that a camera puts beside its video
  other
};

// What a file is: its content decides, and where that is unknown or cannot be read, its name's ending. Never
// throws.
FileKind kind_of_file(const std::filesystem::path& file);
// What its name's ending says: picture, video or other.
FileKind kind_by_name(const std::filesystem::path& file);

}  // namespace ahap
