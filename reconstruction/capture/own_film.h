#pragma once

#include <string_view>

namespace ahap {

// What the header of this program's films names as their maker (MP4's "handler name").
inline constexpr const char* kOwnFilmMark = "Drawn by AHAP Studio";

// Whether a video that begins with these bytes, a thousand, is a film that this program has drawn.
inline bool is_own_film(std::string_view beginning) {
  return beginning.substr(0, 1024).find(kOwnFilmMark) != std::string_view::npos;
}

}  // namespace ahap
