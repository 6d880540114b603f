#pragma once

#include <imgui.h>

#include <set>
#include <string_view>

#include "reconstruction/mesh.h"
#include "renderer/viewport.h"

// The studio's look: one scale of greys, dark or light, one accent colour, an eight-pixel grid. Identity
// colours come from reconstruction/palette.h and are the only other colours, apart from warnings and errors.
namespace ahap::theme {

struct Colors {
  Backdrop backdrop;  // of the 3D view
  ImU32 window, panel, popup;
  ImU32 plate;  // over the 3D view
  ImU32 raised, hovered, active;
  ImU32 line, border;
  ImU32 text, muted, faint;
  ImU32 accent, accent_hovered, accent_active;
  ImU32 warning, error, success;
};
const Colors& colors();

// Over photos, whatever the window's colours are.
constexpr ImU32 kPhotoPlate = IM_COL32(14, 15, 18, 180), kPhotoText = IM_COL32(230, 232, 237, 255),
                kPhotoMuted = IM_COL32(178, 183, 195, 255);

enum class Shade { dark, light };

struct Fonts {
  ImFont* body = nullptr;
  ImFont* strong = nullptr;
  ImFont* small = nullptr;
  ImFont* title = nullptr;
};

// Sets colours, spacing and fonts for a display scale (1 = 96 dpi). `letters`: beyond the program's own font,
// found in the system's. Call again when one of them changes, outside a frame.
void apply(float scale, Shade shade, const std::set<char32_t>& letters = {});
// Adds the letters of this text that the program's own font lacks.
void collect_letters(std::string_view text, std::set<char32_t>& letters);
const Fonts& fonts();
float scale();

// What apply() has set beside the style, which belongs to Dear ImGui's current context.
struct Applied {
  Fonts fonts;
  float scale = 1;
  Shade shade = Shade::dark;
  std::set<char32_t> letters;
};
Applied applied();
void use(const Applied& theme);  // in that context

// A length of the design in pixels of the display.
inline float px(float length) {
  return length * scale();
}

ImU32 identity(int person_id, int opacity = 255);
// Black or white, whichever reads better on this colour.
ImU32 text_on(ImU32 background);
// The same colour at another opacity, 0..255.
ImU32 faded(ImU32 color, int opacity);

}  // namespace ahap::theme
