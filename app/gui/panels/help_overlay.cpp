#include "app/gui/panels/help_overlay.h"

#include <imgui.h>
// After imgui.h, which it needs.
#include <imgui_stdlib.h>

#include <algorithm>
#include <array>
#include <utility>

#include "app/gui/theme.h"
#include "app/gui/widgets.h"

namespace ahap {

using theme::px;

namespace {

// A heading where it has no keys.
struct Line {
  std::string keys, text;
};

constexpr std::array<std::pair<const char*, const char*>, 18> kMouse = {
    {{"Left drag", "Turn around the scene"},
     {"Right, middle drag", "Move sideways (also Shift + left)"},
     {"Wheel", "Closer, towards the cursor"},
     {"Ctrl + wheel", "Size of the points"},
     {"Alt + wheel", "Size of the cameras"},
     {"W A S D, Q E", "Fly; Shift fast, Alt slow"},
     {"Click", "Choose a body or camera"},
     {"Double click", "Turn around this place; on nothing: see all"},
     {"Right click", "On a person or box: name, merge, say who it is"},
     {"", "On a camera's row: leave it out of the next run"},
     {"Drag a cell", "Of the matrix, to another row: it is that person"},
     {"Click a picture", "Choose its camera"},
     {"Double click it", "See it large, and back"},
     {"Click a distance", "Copy it, remove it, say how long it is"},
     {"Time line", "Drag: move through the frames"},
     {"", "Click a bar: choose this person, go to this frame"},
     {"", "Drag an end of the range: more or fewer frames"},
     {"Esc", "End measuring; leave the photo, the camera"}}};

constexpr std::array<std::pair<const char*, const char*>, 2> kDigits = {
    {{"1 to 9", "Choose person 1 to 9"}, {"Shift + 1 to 9, 0", "The chosen box is that person, a new one"}}};

std::string keys_of(const Action& action) {
  std::string text;
  for (const KeyPress& press : action.keys) text += (text.empty() ? "" : ", ") + text_of(press);
  return text;
}

// Keeps what matches, without headings that have nothing under them.
std::vector<Line> lines(const std::vector<Action>& actions, const std::string& typed) {
  std::vector<Line> all;
  std::string heading;
  const auto add = [&](const std::string& group, const std::string& keys, const std::string& text) {
    if (!matches(group + " " + keys + " " + text, typed)) return;
    if (std::exchange(heading, group) != group) all.push_back({"", group});
    all.push_back({keys.empty() ? " " : keys, text});
  };
  for (const auto& [keys, text] : kMouse) add("Mouse", keys, text);
  for (const Action& action : actions) {
    if (action.keys.empty()) continue;
    if (action.group == "People" && heading != "People")
      for (const auto& [keys, text] : kDigits) add("People", keys, text);
    add(action.group, keys_of(action), action.text);
  }
  return all;
}

void draw_line(const Line& line, float keys_width) {
  if (line.keys.empty()) {
    ImGui::PushFont(theme::fonts().strong);
    ImGui::TextUnformatted(line.text.c_str());
    ImGui::PopFont();
    return;
  }
  ImGui::PushFont(theme::fonts().small);
  const float left = ImGui::GetCursorPosX();
  ImGui::TextUnformatted(line.keys.c_str());
  ImGui::SameLine(0, px(10));
  ImGui::SetCursorPosX(std::max(ImGui::GetCursorPosX(), left + keys_width));
  ImGui::PopFont();
  widgets::small_muted(line.text);
}

// In columns that are equally long, none of which ends with a heading.
void draw_lines(const std::vector<Line>& all, int columns) {
  if (all.empty()) return widgets::muted("Nothing like this.");
  if (!ImGui::BeginTable("lines", columns, ImGuiTableFlags_SizingStretchSame)) return;
  const std::size_t each = (all.size() + std::size_t(columns) - 1) / std::size_t(columns);
  for (std::size_t i = 0, in_column = each; i < all.size(); ++i, ++in_column) {
    const bool heading_at_end = all[i].keys.empty() && in_column + 1 == each;
    if (in_column >= each || heading_at_end) {
      ImGui::TableNextColumn();
      in_column = 0;
    } else if (all[i].keys.empty()) {
      ImGui::Dummy({0, px(4)});
    }
    draw_line(all[i], px(128));
  }
  ImGui::EndTable();
}

}  // namespace

void help_overlay(Help& help, const std::vector<Action>& actions) {
  constexpr const char* kTitle = "Mouse and keys";
  if (!help.open) return;
  ImGui::OpenPopup(kTitle);
  const ImVec2 window = ImGui::GetMainViewport()->Size;
  const float width = std::min(px(1220), window.x - px(32));
  ImGui::SetNextWindowPos({window.x / 2, window.y / 2}, ImGuiCond_Always, {0.5f, 0.5f});
  ImGui::SetNextWindowSize({width, std::min(px(760), window.y - px(24))});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(24), px(18)));
  if (ImGui::BeginPopupModal(kTitle, nullptr, ImGuiWindowFlags_NoDecoration)) {
    ImGui::PushFont(theme::fonts().title);
    ImGui::TextUnformatted(kTitle);
    ImGui::PopFont();
    ImGui::SameLine(width - px(24 + 110 + 8 + 260));
    ImGui::SetNextItemWidth(px(260));
    if (ImGui::IsWindowAppearing()) {
      help.typed.clear();
      ImGui::SetKeyboardFocusHere();
    }
    ImGui::InputTextWithHint("##typed", "Search", &help.typed);
    ImGui::SameLine(0, px(8));
    const bool elsewhere =
        ImGui::IsMouseClicked(0) && !ImGui::IsWindowHovered(ImGuiHoveredFlags_ChildWindows);
    if (ImGui::Button("Close", {px(110), 0}) || elsewhere) help.open = false;
    ImGui::Dummy({0, px(4)});
    ImGui::PushStyleColor(ImGuiCol_ChildBg, ImVec4(0, 0, 0, 0));
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(8), px(3)));
    ImGui::BeginChild("all");
    draw_lines(lines(actions, help.typed), width > px(1100) ? 3 : width > px(720) ? 2 : 1);
    ImGui::EndChild();
    ImGui::PopStyleVar();
    ImGui::PopStyleColor();
    if (!help.open) ImGui::CloseCurrentPopup();
    ImGui::EndPopup();
  }
  ImGui::PopStyleVar();
}

}  // namespace ahap
