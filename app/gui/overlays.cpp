#include <array>

#include "app/gui/panels/panels.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"

namespace ahap {

using theme::px;

void notices_panel(Frame& frame, float width) {
  std::vector<Notice>& notices = frame.session.notices();
  std::size_t dismissed = notices.size();
  const float text_width = width - px(100);
  for (std::size_t i = 0; i < notices.size(); ++i) {
    const Notice& notice = notices[i];
    const ImU32 color = notice.kind == Notice::Kind::error     ? theme::kError
                        : notice.kind == Notice::Kind::warning ? theme::kWarning
                                                               : theme::kSuccess;
    const float text_height = ImGui::CalcTextSize(notice.text.c_str(), nullptr, false, text_width).y;
    const float height = std::max(px(44), text_height + px(24));
    const ImVec2 low = ImGui::GetCursorScreenPos(), high(low.x + width, low.y + height);
    ImDrawList* canvas = ImGui::GetWindowDrawList();
    canvas->AddRectFilled(low, high, IM_COL32(36, 39, 47, 250), px(6));
    canvas->AddRectFilled(low, {low.x + px(4), high.y}, color, px(6), ImDrawFlags_RoundCornersLeft);
    draw_icon(canvas, notice.kind == Notice::Kind::info ? Icon::check : Icon::warning,
              {low.x + px(26), low.y + px(22)}, px(18), color);
    ImGui::SetCursorScreenPos({low.x + px(48), low.y + (height - text_height) / 2});
    ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + text_width);
    ImGui::TextUnformatted(notice.text.c_str());
    ImGui::PopTextWrapPos();
    ImGui::SetCursorScreenPos({high.x - px(38), low.y + px(7)});
    ImGui::PushID(int(i));
    if (widgets::icon_button("##dismiss", Icon::close, "Dismiss")) dismissed = i;
    ImGui::PopID();
    ImGui::SetCursorScreenPos({low.x, high.y + px(8)});
  }
  if (dismissed < notices.size()) notices.erase(notices.begin() + std::ptrdiff_t(dismissed));
}

void help_overlay(bool* open) {
  if (*open) ImGui::OpenPopup("Mouse and keys");
  const ImGuiViewport* window = ImGui::GetMainViewport();
  ImGui::SetNextWindowPos({window->Size.x / 2, window->Size.y / 2}, ImGuiCond_Always, {0.5f, 0.5f});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(28), px(24)));
  if (ImGui::BeginPopupModal("Mouse and keys", nullptr,
                             ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_AlwaysAutoResize)) {
    struct Line {
      const char* keys;
      const char* action;
    };
    constexpr std::array<Line, 24> mouse = {
        {{"Left drag", "turn around the scene"},
         {"Right or middle drag", "move sideways (also Shift + left)"},
         {"Wheel", "closer, towards the cursor"},
         {"Ctrl + wheel", "size of the points"},
         {"Alt + wheel", "size of the cameras"},
         {"Click", "choose a body or camera"},
         {"Double click", "turn around this place; on nothing: see all"},
         {"W A S D, Q E", "fly; Shift fast, Alt slow"},
         {"Right click a person or box", "name, merge, say who it is"},
         {"Drag a cell of the matrix", "to another row: it is that person"},
         {"Click a picture", "choose its camera"},
         {"Right click a camera's row", "leave it out of the next run"},
         {"Double click a picture", "see it large, and back"},
         {"Drag in the time line", "move through the frames"},
         {"Click a bar there", "choose this person and go to this frame"},
         {"Click a measured distance", "copy it, remove it, say how long it is"},
         {"Drag an end of the range", "more or fewer frames are reconstructed"},
         {"F2, F3, F4", "look from the top, the front, the side"},
         {"F5", "X-ray: skeletons through the bodies"},
         {"Shift + F12", "pictures and films of the view"},
         {"", ""},
         {"", ""},
         {"", ""},
         {"", ""}}};
    constexpr std::array<Line, 24> keys = {{{"Shift + F", "see everything"},
                                            {"F", "see the chosen person"},
                                            {"[  ]", "look through the previous, next camera"},
                                            {"J", "joints and how far bodies lie beside them"},
                                            {"Esc", "end measuring; leave the photo, the camera"},
                                            {"1 to 9", "choose person 1 to 9"},
                                            {"H", "hide or show the chosen person"},
                                            {"M", "measure distances"},
                                            {"N", "next decision in doubt; with Shift the one before"},
                                            {"Shift + 1 to 9, 0", "the chosen box is that person, a new one"},
                                            {"K", "lock who the chosen box or person is"},
                                            {"U", "leave the chosen box or photo out"},
                                            {"Delete", "no person; of a tape: remove it"},
                                            {"Ctrl + Z", "undo; with Shift redo"},
                                            {"Space", "play, pause; L in a loop or once"},
                                            {"Left, right", "one frame back, on; with Shift ten"},
                                            {"Home, End", "first, last frame"},
                                            {"I, O, X", "the range begins, ends here; no range"},
                                            {"Alt + Left, right", "that camera began earlier, later"},
                                            {"Ctrl + R", "reconstruct, cancel"},
                                            {"Ctrl + S", "save; with Shift under another name"},
                                            {"Ctrl + O", "open; with Shift add photos or videos"},
                                            {"Tab", "hide and show the panels"},
                                            {"F12", "save the view as a picture at once"}}};
    ImGui::PushFont(theme::fonts().title);
    ImGui::TextUnformatted("Mouse and keys");
    ImGui::PopFont();
    ImGui::Dummy({0, px(8)});
    if (ImGui::BeginTable("keys", 4)) {
      ImGui::TableSetupColumn("mouse", ImGuiTableColumnFlags_WidthFixed, px(190));
      ImGui::TableSetupColumn("mouse action", ImGuiTableColumnFlags_WidthFixed, px(340));
      ImGui::TableSetupColumn("key", ImGuiTableColumnFlags_WidthFixed, px(130));
      ImGui::TableSetupColumn("key action", ImGuiTableColumnFlags_WidthFixed, px(290));
      for (std::size_t i = 0; i < mouse.size(); ++i) {
        for (const Line& line : {mouse[i], keys[i]}) {
          ImGui::TableNextColumn();
          ImGui::TextUnformatted(line.keys);
          ImGui::TableNextColumn();
          widgets::muted(line.action);
        }
      }
      ImGui::EndTable();
    }
    ImGui::Dummy({0, px(8)});
    const bool elsewhere = ImGui::IsMouseClicked(0) && !ImGui::IsWindowHovered();
    if (ImGui::Button("Close", {px(110), px(34)}) || elsewhere) *open = false;
    if (!*open) ImGui::CloseCurrentPopup();
    ImGui::EndPopup();
  }
  ImGui::PopStyleVar();
}

ClosingChoice closing_overlay(bool* open) {
  constexpr const char* kTitle = "Save your work?";
  ImGui::OpenPopup(kTitle);
  const ImGuiViewport* window = ImGui::GetMainViewport();
  ImGui::SetNextWindowPos({window->Size.x / 2, window->Size.y / 2}, ImGuiCond_Always, {0.5f, 0.5f});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(28), px(24)));
  ClosingChoice choice = ClosingChoice::none;
  if (ImGui::BeginPopupModal(kTitle, nullptr,
                             ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_AlwaysAutoResize)) {
    ImGui::PushFont(theme::fonts().title);
    ImGui::TextUnformatted(kTitle);
    ImGui::PopFont();
    ImGui::Dummy({0, px(8)});
    ImGui::TextUnformatted("The result has changes that are in no project file.");
    ImGui::Dummy({0, px(12)});
    if (widgets::primary_button("Save", px(130))) choice = ClosingChoice::save;
    ImGui::SameLine();
    if (ImGui::Button("Don't save", {px(130), px(36)})) choice = ClosingChoice::discard;
    ImGui::SameLine();
    const bool stay = ImGui::Button("Keep open", {px(130), px(36)});
    if (stay || choice != ClosingChoice::none) {
      *open = false;
      ImGui::CloseCurrentPopup();
    }
    ImGui::EndPopup();
  }
  ImGui::PopStyleVar();
  return choice;
}

}  // namespace ahap
