#pragma once

#include <cstdio>
#include <string>

namespace ahap {

// A number as printf writes it, of up to 63 characters.
inline std::string formatted(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace ahap
