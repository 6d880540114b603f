#include "app/gui/theme.h"

#include <stdexcept>

#include "app/assets.h"
#include "reconstruction/palette.h"

namespace ahap::theme {

namespace {

Applied current;

ImFont* load(const std::string& file, float size) {
  // Latin, Greek, Cyrillic, punctuation, arrows and mathematical signs: what file names and our own texts
  // need.
  static constexpr ImWchar ranges[] = {0x0020, 0x024F, 0x0370, 0x052F, 0x2010, 0x2044, 0x2190, 0x2193, 0x2212,
                                       0x2212, 0x2248, 0x2248, 0x2264, 0x2265, 0x2713, 0x2713, 0};
  ImFontConfig config;
  config.OversampleH = 2;
  config.OversampleV = 1;
  const std::string path = (asset_directory() / "fonts" / file).string();
  ImFont* font = ImGui::GetIO().Fonts->AddFontFromFileTTF(path.c_str(), size, &config, ranges);
  if (!font) {
    throw std::runtime_error(
        "The font " + path +
        " cannot be read; set AHAP_ASSETS to the folder that holds the program's assets.");
  }
  return font;
}

ImVec4 color(ImU32 packed) {
  return ImGui::ColorConvertU32ToFloat4(packed);
}

}  // namespace

void apply(float scale) {
  current.scale = scale;

  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  atlas.Clear();
  atlas.Flags |= ImFontAtlasFlags_NoPowerOfTwoHeight;
  current.fonts.body = load("Inter-Regular.otf", px(18));
  current.fonts.strong = load("Inter-SemiBold.otf", px(18));
  current.fonts.small = load("Inter-Regular.otf", px(15.5f));
  current.fonts.title = load("Inter-SemiBold.otf", px(28));

  ImGuiStyle style;
  style.WindowPadding = {16, 16};
  style.FramePadding = {10, 6};
  style.ItemSpacing = {8, 8};
  style.ItemInnerSpacing = {8, 6};
  style.CellPadding = {8, 4};
  style.ScrollbarSize = 8;
  style.GrabMinSize = 12;
  style.IndentSpacing = 16;
  style.WindowRounding = 0;
  style.ChildRounding = 0;
  style.FrameRounding = style.PopupRounding = style.GrabRounding = style.ScrollbarRounding =
      style.TabRounding = 4;
  style.WindowBorderSize = style.FrameBorderSize = 0;
  style.ChildBorderSize = 0;
  style.PopupBorderSize = 1;
  style.DisabledAlpha = 0.45f;
  style.ScaleAllSizes(scale);
  style.PopupBorderSize = 1;

  ImVec4* colors = style.Colors;
  colors[ImGuiCol_Text] = color(kText);
  colors[ImGuiCol_TextDisabled] = color(kMuted);
  colors[ImGuiCol_WindowBg] = color(kWindow);
  colors[ImGuiCol_ChildBg] = color(kPanel);
  colors[ImGuiCol_PopupBg] = color(IM_COL32(32, 35, 42, 252));
  colors[ImGuiCol_Border] = color(IM_COL32(58, 62, 74, 255));
  colors[ImGuiCol_FrameBg] = color(kRaised);
  colors[ImGuiCol_FrameBgHovered] = color(kHovered);
  colors[ImGuiCol_FrameBgActive] = color(kActive);
  colors[ImGuiCol_Button] = color(kRaised);
  colors[ImGuiCol_ButtonHovered] = color(kHovered);
  colors[ImGuiCol_ButtonActive] = color(kActive);
  colors[ImGuiCol_Header] = color(kRaised);
  colors[ImGuiCol_HeaderHovered] = color(kHovered);
  colors[ImGuiCol_HeaderActive] = color(kActive);
  colors[ImGuiCol_Separator] = color(kLine);
  colors[ImGuiCol_CheckMark] = color(kAccentHovered);
  colors[ImGuiCol_SliderGrab] = color(kAccent);
  colors[ImGuiCol_SliderGrabActive] = color(kAccentHovered);
  colors[ImGuiCol_ScrollbarBg] = color(IM_COL32(0, 0, 0, 0));
  colors[ImGuiCol_ScrollbarGrab] = color(kRaised);
  colors[ImGuiCol_ScrollbarGrabHovered] = color(kHovered);
  colors[ImGuiCol_ScrollbarGrabActive] = color(kActive);
  colors[ImGuiCol_TextSelectedBg] = color(faded(kAccent, 110));
  colors[ImGuiCol_NavHighlight] = color(kAccentHovered);
  colors[ImGuiCol_ModalWindowDimBg] = color(IM_COL32(8, 9, 11, 160));
  colors[ImGuiCol_TableRowBgAlt] = color(IM_COL32(255, 255, 255, 6));
  ImGui::GetStyle() = style;
}

const Fonts& fonts() {
  return current.fonts;
}
float scale() {
  return current.scale;
}

Applied applied() {
  return current;
}
void use(const Applied& theme) {
  current = theme;
}

ImU32 identity(int person_id, int opacity) {
  const Color color = person_color(person_id);
  return IM_COL32(color[0], color[1], color[2], opacity);
}

ImU32 text_on(ImU32 background) {
  const ImVec4 c = color(background);
  return 0.299f * c.x + 0.587f * c.y + 0.114f * c.z > 0.5f ? IM_COL32(12, 13, 16, 255)
                                                           : IM_COL32(255, 255, 255, 255);
}

ImU32 faded(ImU32 color, int opacity) {
  return (color & ~IM_COL32_A_MASK) | (ImU32(opacity) << IM_COL32_A_SHIFT);
}

}  // namespace ahap::theme
