#include "app/gui/panels/palette.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <imgui.h>
// After imgui.h, which it needs.
#include <imgui_stdlib.h>

#include <algorithm>
#include <utility>

#include "app/gui/theme.h"
#include "app/gui/widgets.h"

namespace ahap {

using theme::px;

namespace {

constexpr float kWidth = 620, kRow = 32;  // before scaling
constexpr int kRows = 12;
constexpr int kPage = kRows - 1;

void row(const Action& action, bool chosen) {
  const ImVec2 low = ImGui::GetItemRectMin(), high = ImGui::GetItemRectMax();
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  const bool hovered = ImGui::IsItemHovered();
  if (chosen || hovered)
    canvas->AddRectFilled(low, high, chosen ? theme::colors().hovered : theme::colors().raised, px(4));
  const float text_top = (low.y + high.y - ImGui::GetFontSize()) / 2;
  const ImU32 shade = action.possible ? theme::colors().text : theme::colors().faint;
  canvas->AddText({low.x + px(10), text_top}, shade, action.text.c_str());
  ImFont* font = theme::fonts().small;
  const std::string right = action.keys.empty() ? action.group : text_of(action.keys.front());
  const ImVec2 size = font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, right.c_str());
  canvas->AddText(font, font->FontSize, {high.x - px(10) - size.x, (low.y + high.y - size.y) / 2},
                  action.keys.empty() ? theme::colors().faint : theme::colors().muted, right.c_str());
}

// Index of the row that was clicked, -1: none.
int rows(const std::vector<const Action*>& found, int chosen, bool moved) {
  int clicked = -1;
  for (int i = 0; i < int(found.size()); ++i) {
    ImGui::PushID(i);
    if (ImGui::InvisibleButton("row", {ImGui::GetContentRegionAvail().x, px(kRow)})) clicked = i;
    row(*found[std::size_t(i)], i == chosen);
    if (i == chosen && moved) ImGui::SetScrollHereY(0.5f);
    ImGui::PopID();
  }
  if (found.empty()) widgets::muted("Nothing like this.");
  return clicked;
}

}  // namespace

void Palette::take(const KeyPress& press) {
  if (press.key == GLFW_KEY_ESCAPE || press == KeyPress{GLFW_KEY_P, GLFW_MOD_CONTROL}) open = false;
  moved = true;
  if (press.key == GLFW_KEY_DOWN) ++chosen;
  if (press.key == GLFW_KEY_UP) --chosen;
  if (press.key == GLFW_KEY_PAGE_DOWN) chosen += kPage;
  if (press.key == GLFW_KEY_PAGE_UP) chosen -= kPage;
  if (press.key == GLFW_KEY_ENTER || press.key == GLFW_KEY_KP_ENTER) accepted = true;
}

const Action* palette_overlay(Palette& palette, const std::vector<Action>& actions) {
  constexpr const char* kName = "palette";
  if (!std::exchange(palette.drawn, true)) ImGui::OpenPopup(kName);
  const ImVec2 size = ImGui::GetMainViewport()->Size;
  const float width = std::min(px(kWidth), size.x - px(32));
  ImGui::SetNextWindowPos({size.x / 2, px(64)}, ImGuiCond_Always, {0.5f, 0});
  ImGui::SetNextWindowSize({width, 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(10), px(10)));
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(0, px(2)));
  const Action* run = nullptr;
  if (ImGui::BeginPopup(kName)) {
    if (ImGui::IsWindowAppearing()) ImGui::SetKeyboardFocusHere();
    ImGui::SetNextItemWidth(-1);
    if (ImGui::InputTextWithHint("##typed", "Find an action, a person, a camera", &palette.typed)) {
      palette.chosen = 0;
      palette.moved = true;
    }
    ImGui::Dummy({0, px(4)});
    const std::vector<const Action*> found = matching(actions, palette.typed);
    palette.chosen = std::clamp(palette.chosen, 0, std::max(0, int(found.size()) - 1));
    const float one = px(kRow + 2);
    const float height =
        std::min(one * float(std::clamp<std::size_t>(found.size(), 1, kRows)), size.y - px(160));
    ImGui::PushStyleColor(ImGuiCol_ChildBg, ImVec4(0, 0, 0, 0));
    ImGui::BeginChild("found", {0, height});
    const int clicked = rows(found, palette.chosen, std::exchange(palette.moved, false));
    ImGui::EndChild();
    ImGui::PopStyleColor();
    const int wanted = clicked >= 0 ? clicked : palette.accepted ? palette.chosen : -1;
    if (wanted >= 0 && wanted < int(found.size()) && found[std::size_t(wanted)]->possible)
      run = found[std::size_t(wanted)];
    palette.accepted = false;
    if (run) palette.open = false;
    if (!palette.open) ImGui::CloseCurrentPopup();
    ImGui::EndPopup();
  } else {
    palette.open = false;  // clicked elsewhere
  }
  ImGui::PopStyleVar(2);
  return run;
}

}  // namespace ahap
