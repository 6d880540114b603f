#pragma once

#include <string>

namespace ahap {

// Frames as people read them: "12", "0–99".
inline std::string frames_text(int first, int last) {
  const std::string text = std::to_string(first);
  return first == last ? text : text + "\xE2\x80\x93" + std::to_string(last);
}

}  // namespace ahap
