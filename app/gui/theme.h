#pragma once

#include <imgui.h>

#include "reconstruction/mesh.h"
#include "renderer/viewport.h"

// The studio's look: one dark scale of greys, one accent colour, an eight-pixel grid. Identity colours come
// from reconstruction/palette.h and are the only other colours, apart from warnings and errors.
namespace ahap::theme {

constexpr Backdrop kBackdrop = {{38, 42, 50}, {17, 19, 23}};

constexpr ImU32 kWindow = IM_COL32(18, 20, 24, 255);
constexpr ImU32 kPanel = IM_COL32(26, 28, 34, 255);
constexpr ImU32 kPlate = IM_COL32(24, 26, 32, 236);  // over the 3D view
constexpr ImU32 kRaised = IM_COL32(38, 41, 50, 255);
constexpr ImU32 kHovered = IM_COL32(50, 54, 65, 255);
constexpr ImU32 kActive = IM_COL32(62, 67, 80, 255);
constexpr ImU32 kLine = IM_COL32(44, 47, 57, 255);
constexpr ImU32 kText = IM_COL32(230, 232, 237, 255);
constexpr ImU32 kMuted = IM_COL32(158, 164, 178, 255);
constexpr ImU32 kFaint = IM_COL32(116, 122, 137, 255);
constexpr ImU32 kAccent = IM_COL32(116, 104, 246, 255);
constexpr ImU32 kAccentHovered = IM_COL32(133, 122, 252, 255);
constexpr ImU32 kAccentActive = IM_COL32(98, 87, 226, 255);
constexpr ImU32 kWarning = IM_COL32(232, 170, 72, 255);
constexpr ImU32 kError = IM_COL32(240, 106, 106, 255);
constexpr ImU32 kSuccess = IM_COL32(92, 190, 140, 255);

struct Fonts {
  ImFont* body = nullptr;
  ImFont* strong = nullptr;
  ImFont* small = nullptr;
  ImFont* title = nullptr;
};

// Sets colours, spacing and fonts for a display scale (1 = 96 dpi). Call again when the scale changes,
// outside a frame.
void apply(float scale);
const Fonts& fonts();
float scale();

// What apply() has set beside the style, which belongs to Dear ImGui's current context.
struct Applied {
  Fonts fonts;
  float scale = 1;
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
