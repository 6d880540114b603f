#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace ahap {

// "5.4 GB", "39 MB", "12 kB": powers of ten, as pages and file managers give sizes.
inline std::string bytes_text(std::uint64_t bytes) {
  char text[32];
  if (bytes >= 999'500'000) {
    std::snprintf(text, sizeof text, "%.1f GB", double(bytes) / 1e9);
  } else if (bytes >= 999'500) {
    std::snprintf(text, sizeof text, "%.0f MB", double(bytes) / 1e6);
  } else {
    std::snprintf(text, sizeof text, "%.0f kB", double(bytes) / 1e3);
  }
  return text;
}

}  // namespace ahap
