#include <algorithm>
#include <utility>

#include "app/gui/panels/panels.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"
#include "reconstruction/doubts.h"

namespace ahap {

using theme::px;

namespace {

constexpr float kRow = 40;      // height of a line of the list, before scaling
constexpr int kRowsInView = 4;  // more are scrolled

void doubt_row(Frame& frame, const Doubt& doubt) {
  const int n = doubt.detection;
  const Detection& detection = frame.seen().detections[n];
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x, height = px(kRow);
  ImGui::PushID(n);
  const bool pressed = ImGui::InvisibleButton("doubt", {width, height});
  const bool hovered = ImGui::IsItemHovered();
  const bool selected = frame.state.selected.detection == n;
  if (ImGui::BeginPopupContextItem("detection menu")) {
    detection_menu(frame, n);
    ImGui::EndPopup();
  }
  if (hovered) hover_detection(frame, n);
  if (pressed) select_detection(frame, n);
  if (selected || frame.state.hovered.detection == n)
    canvas->AddRectFilled(at, {at.x + width, at.y + height},
                          selected ? theme::colors().hovered : theme::colors().raised, px(4));
  if (selected && std::exchange(frame.inputs.listed_doubt, n) != n) ImGui::SetScrollHereY();
  widgets::identity_chip(canvas, {at.x + px(4), at.y + (height - px(22)) / 2}, detection.person_id, selected);
  ImGui::PushFont(theme::fonts().small);
  const float line = ImGui::GetTextLineHeight(), text_x = at.x + px(38);
  ImGui::SetCursorScreenPos({text_x, at.y + height / 2 - line});
  widgets::shortened("in " + frame.result->views[detection.view].name, width - px(44));
  const bool bad = doubt.fit && doubt.fit->metres > kBadFit;
  ImGui::SetCursorScreenPos({text_x, at.y + height / 2});
  widgets::shortened(doubt_text(*frame.result, doubt), width - px(44),
                     bad ? theme::colors().error : theme::colors().warning);
  ImGui::PopFont();
  ImGui::SetCursorScreenPos({at.x, at.y + height});
  ImGui::Dummy({0, 0});
  ImGui::PopID();
}

}  // namespace

void doubts_panel(Frame& frame) {
  if (frame.result->partial || frame.seen().detections.empty()) return;
  const std::vector<Doubt> all = doubts(*frame.result, 0);
  widgets::heading("In doubt", all.empty() ? "nothing" : std::to_string(all.size()));
  widgets::hint(
      "Decisions worth a look, the worst first. N and Shift + N step through them. Shift + a digit says who "
      "it "
      "is, K that it is right as it is.");
  if (all.empty()) return ImGui::Dummy({0, px(12)});
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(8), 0));
  ImGui::BeginChild("doubts", {0, px(kRow) * float(std::min(int(all.size()), kRowsInView))});
  for (const Doubt& doubt : all) doubt_row(frame, doubt);
  ImGui::EndChild();
  ImGui::PopStyleVar();
  ImGui::Dummy({0, px(12)});
}

}  // namespace ahap
