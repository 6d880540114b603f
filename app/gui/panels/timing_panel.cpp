#include <algorithm>
#include <cstdio>

#include "app/gui/panels/panels.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"

namespace ahap {

using theme::px;

void timing_panel(Frame& frame) {
  const Reconstruction& result = *frame.result;
  double total = 0, longest = 1e-9;
  for (const StageTiming& timing : result.timings) {
    total += timing.seconds;
    longest = std::max(longest, timing.seconds);
  }
  char text[64];
  std::snprintf(text, sizeof text, "%.2f s", total);
  widgets::heading("Time", text);
  ImGui::PushFont(theme::fonts().small);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(8), px(2)));
  float name_width = px(116);
  for (const StageTiming& timing : result.timings)
    name_width = std::max(name_width, ImGui::CalcTextSize(timing.stage.c_str()).x + px(12));
  const float number_width = px(56);
  const float bar_width = ImGui::GetContentRegionAvail().x - name_width - number_width;
  for (const StageTiming& timing : result.timings) {
    ImGui::PushID(&timing);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float line = ImGui::GetTextLineHeight() + px(4);
    ImGui::InvisibleButton("stage", {ImGui::GetContentRegionAvail().x, line});
    std::snprintf(text, sizeof text, "%.0f %% of the run", 100 * timing.seconds / std::max(total, 1e-9));
    widgets::hint(text);
    ImDrawList* canvas = ImGui::GetWindowDrawList();
    const ImU32 shade = ImGui::IsItemHovered() ? theme::colors().text : theme::colors().muted;
    canvas->AddText({at.x, at.y + px(2)}, shade, timing.stage.c_str());
    const float middle = at.y + line / 2;
    const float length = std::max(px(2), bar_width * float(timing.seconds / longest));
    canvas->AddRectFilled({at.x + name_width, middle - px(3)}, {at.x + name_width + length, middle + px(3)},
                          theme::colors().accent, px(3));
    std::snprintf(text, sizeof text, "%.2f s", timing.seconds);
    const float width = ImGui::CalcTextSize(text).x;
    canvas->AddText({at.x + name_width + bar_width + number_width - width, at.y + px(2)}, shade, text);
    ImGui::PopID();
  }
  ImGui::PopStyleVar();
  ImGui::PopFont();

  if (result.partial) return;
  ImGui::Dummy({0, px(8)});
  widgets::heading("About this result");
  const char* up = result.up_source == UpSource::people_and_floor ? "Upright by the people and the floor."
                   : result.up_source == UpSource::gravity_estimate
                       ? "Upright by the estimated gravity."
                       : "Up is the first camera's up: no gravity was found.";
  widgets::small_muted(
      up, result.up_source == UpSource::reference_camera ? theme::colors().warning : theme::colors().muted);
  for (const std::string& message : result.messages) widgets::small_muted(message);
  widgets::small_muted(std::to_string(frame.seen().points->size()) + " points, model " + result.model_name +
                           ", version " + result.program_version,
                       theme::colors().faint);
}

}  // namespace ahap
