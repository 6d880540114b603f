#include "app/gui/fallback_fonts.h"

#include <fontconfig/fontconfig.h>

#include <memory>
#include <string_view>

namespace ahap {
namespace {

struct Release {
  void operator()(FcCharSet* set) const { FcCharSetDestroy(set); }
  void operator()(FcPattern* pattern) const { FcPatternDestroy(pattern); }
  void operator()(FcFontSet* fonts) const { FcFontSetDestroy(fonts); }
};
template <typename Thing>
using Owned = std::unique_ptr<Thing, Release>;

// Whether its letters are outlines of the kinds that Dear ImGui reads.
bool has_outlines(FcPattern* font) {
  FcBool scalable = FcFalse, color = FcFalse;
  FcChar8* format = nullptr;
  FcPatternGetBool(font, FC_SCALABLE, 0, &scalable);
  FcPatternGetBool(font, FC_COLOR, 0, &color);
  if (FcPatternGetString(font, FC_FONTFORMAT, 0, &format) != FcResultMatch) return false;
  const std::string_view name(reinterpret_cast<const char*>(format));
  return scalable && !color && (name == "TrueType" || name == "CFF");
}

Owned<FcFontSet> preferred(const std::set<char32_t>& letters) {
  const Owned<FcCharSet> wanted(FcCharSetCreate());
  for (const char32_t letter : letters) FcCharSetAddChar(wanted.get(), letter);
  const Owned<FcPattern> pattern(FcPatternCreate());
  FcPatternAddCharSet(pattern.get(), FC_CHARSET, wanted.get());
  FcPatternAddString(pattern.get(), FC_FAMILY, reinterpret_cast<const FcChar8*>("sans-serif"));
  FcConfigSubstitute(nullptr, pattern.get(), FcMatchPattern);
  FcDefaultSubstitute(pattern.get());
  FcResult result = FcResultNoMatch;
  return Owned<FcFontSet>(FcFontSort(nullptr, pattern.get(), FcTrue, nullptr, &result));
}

}  // namespace

std::vector<FallbackFont> fallback_fonts(const std::set<char32_t>& letters) {
  std::vector<FallbackFont> chosen;
  if (letters.empty() || !FcInit()) return chosen;
  const Owned<FcFontSet> fonts = preferred(letters);
  std::set<char32_t> left = letters;
  for (int i = 0; fonts && i < fonts->nfont && !left.empty(); ++i) {
    FcPattern* font = fonts->fonts[i];
    FcCharSet* has = nullptr;
    FcChar8* file = nullptr;
    if (!has_outlines(font) || FcPatternGetCharSet(font, FC_CHARSET, 0, &has) != FcResultMatch ||
        FcPatternGetString(font, FC_FILE, 0, &file) != FcResultMatch)
      continue;
    FallbackFont fallback{.file = reinterpret_cast<const char*>(file), .letters = {}};
    FcPatternGetInteger(font, FC_INDEX, 0, &fallback.face);
    if (fallback.face >> 16) continue;  // a named instance of a variable font
    for (const char32_t letter : left)
      if (FcCharSetHasChar(has, letter)) fallback.letters.push_back(letter);
    if (fallback.letters.empty()) continue;
    for (const char32_t letter : fallback.letters) left.erase(letter);
    chosen.push_back(std::move(fallback));
  }
  return chosen;
}

}  // namespace ahap
