#include "app/gui/theme.h"

#include <fstream>
#include <stdexcept>
#include <vector>

#include "app/assets.h"
#include "app/gui/fallback_fonts.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/palette.h"

namespace ahap::theme {

namespace {

Applied current;

constexpr Colors kDark = {.backdrop = {{38, 42, 50}, {17, 19, 23}},
                          .window = IM_COL32(18, 20, 24, 255),
                          .panel = IM_COL32(26, 28, 34, 255),
                          .popup = IM_COL32(32, 35, 42, 252),
                          .plate = IM_COL32(24, 26, 32, 236),
                          .raised = IM_COL32(38, 41, 50, 255),
                          .hovered = IM_COL32(50, 54, 65, 255),
                          .active = IM_COL32(62, 67, 80, 255),
                          .line = IM_COL32(44, 47, 57, 255),
                          .border = IM_COL32(58, 62, 74, 255),
                          .text = IM_COL32(230, 232, 237, 255),
                          .muted = IM_COL32(158, 164, 178, 255),
                          .faint = IM_COL32(132, 138, 153, 255),
                          .accent = IM_COL32(108, 96, 242, 255),
                          .accent_hovered = IM_COL32(133, 122, 252, 255),
                          .accent_active = IM_COL32(98, 87, 226, 255),
                          .warning = IM_COL32(232, 170, 72, 255),
                          .error = IM_COL32(240, 106, 106, 255),
                          .success = IM_COL32(92, 190, 140, 255)};

constexpr Colors kLight = {.backdrop = {{240, 242, 246}, {206, 211, 221}},
                           .window = IM_COL32(222, 225, 232, 255),
                           .panel = IM_COL32(246, 247, 250, 255),
                           .popup = IM_COL32(252, 252, 254, 254),
                           .plate = IM_COL32(250, 251, 253, 240),
                           .raised = IM_COL32(228, 231, 238, 255),
                           .hovered = IM_COL32(212, 217, 227, 255),
                           .active = IM_COL32(196, 202, 216, 255),
                           .line = IM_COL32(212, 216, 225, 255),
                           .border = IM_COL32(194, 199, 211, 255),
                           .text = IM_COL32(26, 29, 36, 255),
                           .muted = IM_COL32(80, 86, 101, 255),
                           .faint = IM_COL32(96, 102, 118, 255),
                           .accent = IM_COL32(100, 87, 235, 255),
                           .accent_hovered = IM_COL32(88, 74, 222, 255),
                           .accent_active = IM_COL32(78, 65, 204, 255),
                           .warning = IM_COL32(146, 88, 0, 255),
                           .error = IM_COL32(184, 40, 40, 255),
                           .success = IM_COL32(16, 108, 62, 255)};

// Latin, Greek, Cyrillic, punctuation, arrows and mathematical signs: what most names and our own texts need.
constexpr ImWchar kOwnLetters[] = {0x0020, 0x024F, 0x0370, 0x052F, 0x2010, 0x2044, 0x2190, 0x2193, 0x2212,
                                   0x2212, 0x2248, 0x2248, 0x2264, 0x2265, 0x2713, 0x2713, 0};

// Fonts of the system, and the ranges of letters that are taken from each, which have to live as long as the
// atlas is not built.
struct Fallbacks {
  std::vector<FallbackFont> fonts;
  std::vector<std::vector<ImWchar>> ranges;
};

Fallbacks fallbacks_for(const std::set<char32_t>& letters) {
  Fallbacks found{.fonts = fallback_fonts(letters), .ranges = {}};
  for (const FallbackFont& font : found.fonts) {
    std::vector<ImWchar>& ranges = found.ranges.emplace_back();
    for (const char32_t letter : font.letters) ranges.insert(ranges.end(), 2, ImWchar(letter));
    ranges.push_back(0);
  }
  return found;
}

ImFont* load(const std::string& file, float size, const Fallbacks& fallbacks) {
  ImFontConfig config;
  config.OversampleH = 2;
  config.OversampleV = 1;
  const std::string path = (asset_directory() / "fonts" / file).string();
  ImFont* font = ImGui::GetIO().Fonts->AddFontFromFileTTF(path.c_str(), size, &config, kOwnLetters);
  if (!font) {
    throw std::runtime_error(
        "The font " + path +
        " cannot be read; set AHAP_ASSETS to the folder that holds the program's assets.");
  }
  config.MergeMode = true;
  for (std::size_t i = 0; i < fallbacks.fonts.size(); ++i) {
    const FallbackFont& fallback = fallbacks.fonts[i];
    if (!std::ifstream(fallback.file)) continue;
    config.FontNo = fallback.face;
    ImGui::GetIO().Fonts->AddFontFromFileTTF(fallback.file.c_str(), size, &config,
                                             fallbacks.ranges[i].data());
  }
  return font;
}

ImVec4 color(ImU32 packed) {
  return ImGui::ColorConvertU32ToFloat4(packed);
}

}  // namespace

void collect_letters(std::string_view text, std::set<char32_t>& letters) {
  for (std::size_t at = 0; at < text.size();) {
    const auto letter = next_code_point(text, at);
    if (!letter || *letter < 0x0250 || *letter > IM_UNICODE_CODEPOINT_MAX) continue;
    bool own = false;
    for (const ImWchar* range = kOwnLetters; *range; range += 2)
      own = own || (*letter >= range[0] && *letter <= range[1]);
    if (!own) letters.insert(*letter);
  }
}

void apply(float scale, Shade shade, const std::set<char32_t>& letters) {
  current.scale = scale;
  current.shade = shade;
  current.letters = letters;

  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  atlas.Clear();
  atlas.Flags |= ImFontAtlasFlags_NoPowerOfTwoHeight;
  const Fallbacks fallbacks = fallbacks_for(letters);
  current.fonts.body = load("Inter-Regular.otf", px(18), fallbacks);
  current.fonts.strong = load("Inter-SemiBold.otf", px(18), fallbacks);
  current.fonts.small = load("Inter-Regular.otf", px(15.5f), fallbacks);
  current.fonts.title = load("Inter-SemiBold.otf", px(28), fallbacks);
  atlas.Build();

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

  const Colors& c = colors();
  ImVec4* of = style.Colors;
  of[ImGuiCol_Text] = color(c.text);
  of[ImGuiCol_TextDisabled] = color(c.muted);
  of[ImGuiCol_WindowBg] = color(c.window);
  of[ImGuiCol_ChildBg] = color(c.panel);
  of[ImGuiCol_PopupBg] = color(c.popup);
  of[ImGuiCol_Border] = color(c.border);
  of[ImGuiCol_FrameBg] = color(c.raised);
  of[ImGuiCol_FrameBgHovered] = color(c.hovered);
  of[ImGuiCol_FrameBgActive] = color(c.active);
  of[ImGuiCol_Button] = color(c.raised);
  of[ImGuiCol_ButtonHovered] = color(c.hovered);
  of[ImGuiCol_ButtonActive] = color(c.active);
  of[ImGuiCol_Header] = color(c.raised);
  of[ImGuiCol_HeaderHovered] = color(c.hovered);
  of[ImGuiCol_HeaderActive] = color(c.active);
  of[ImGuiCol_Separator] = color(c.line);
  of[ImGuiCol_CheckMark] = color(c.accent_hovered);
  of[ImGuiCol_SliderGrab] = color(c.accent);
  of[ImGuiCol_SliderGrabActive] = color(c.accent_hovered);
  of[ImGuiCol_ScrollbarBg] = color(IM_COL32(0, 0, 0, 0));
  of[ImGuiCol_ScrollbarGrab] = color(c.raised);
  of[ImGuiCol_ScrollbarGrabHovered] = color(c.hovered);
  of[ImGuiCol_ScrollbarGrabActive] = color(c.active);
  of[ImGuiCol_TextSelectedBg] = color(faded(c.accent, 110));
  of[ImGuiCol_NavHighlight] = color(c.accent_hovered);
  of[ImGuiCol_ModalWindowDimBg] = color(IM_COL32(8, 9, 11, 160));
  of[ImGuiCol_TableRowBgAlt] = color(faded(c.text, 6));
  ImGui::GetStyle() = style;
}

const Colors& colors() {
  return current.shade == Shade::light ? kLight : kDark;
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
