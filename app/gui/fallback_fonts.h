#pragma once

#include <filesystem>
#include <set>
#include <vector>

namespace ahap {

// A font of the system, for letters that the program's own font does not have.
struct FallbackFont {
  std::filesystem::path file;
  int face = 0;                   // in a file with several
  std::vector<char32_t> letters;  // of those that were asked for
};

// Fonts that together have as many of these letters as the system can show, by fontconfig's order of
// preference; outlines only, as pictures of letters (coloured emoji) cannot be drawn.
std::vector<FallbackFont> fallback_fonts(const std::set<char32_t>& letters);

}  // namespace ahap
