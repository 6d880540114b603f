#include <imgui.h>
// After imgui.h, which it needs.
#include <imgui_stdlib.h>

#include "app/assets.h"
#include "app/gui/panels/panels.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"

namespace ahap {

using theme::px;

namespace {

void centred(const char* text, float width, ImU32 color) {
  ImGui::SetCursorPosX((width - ImGui::CalcTextSize(text).x) / 2);
  ImGui::PushStyleColor(ImGuiCol_Text, color);
  ImGui::TextUnformatted(text);
  ImGui::PopStyleColor();
}

void dashed_rectangle(ImDrawList* canvas, ImVec2 low, ImVec2 high, ImU32 color) {
  const float dash = px(8), gap = px(7), width = px(1.5f);
  for (float x = low.x; x < high.x; x += dash + gap) {
    const float end = std::min(x + dash, high.x);
    canvas->AddLine({x, low.y}, {end, low.y}, color, width);
    canvas->AddLine({x, high.y}, {end, high.y}, color, width);
  }
  for (float y = low.y; y < high.y; y += dash + gap) {
    const float end = std::min(y + dash, high.y);
    canvas->AddLine({low.x, y}, {low.x, end}, color, width);
    canvas->AddLine({high.x, y}, {high.x, end}, color, width);
  }
}

}  // namespace

void empty_panel(Frame& frame) {
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  const ImVec2 origin = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
  const float card_width = std::min(px(640), size.x - px(64)), card_height = px(400);
  const ImVec2 low(origin.x + (size.x - card_width) / 2, origin.y + (size.y - card_height) / 2);
  const ImVec2 high(low.x + card_width, low.y + card_height);
  canvas->AddRectFilled(low, high, theme::kPanel, px(8));
  dashed_rectangle(canvas, {low.x + px(16), low.y + px(16)}, {high.x - px(16), high.y - px(16)},
                   IM_COL32(74, 79, 94, 255));

  ImGui::SetCursorScreenPos(low);
  ImGui::PushStyleColor(ImGuiCol_ChildBg, IM_COL32(0, 0, 0, 0));
  ImGui::BeginChild("empty", {card_width, card_height}, false, ImGuiWindowFlags_NoScrollbar);
  draw_icon(ImGui::GetWindowDrawList(), Icon::pictures, {low.x + card_width / 2, low.y + px(80)}, px(52),
            theme::kAccentHovered);
  ImGui::SetCursorPosY(px(126));
  ImGui::PushFont(theme::fonts().title);
  centred(frame.session.opening() ? "Opening\xE2\x80\xA6" : "Drop photos or videos here", card_width,
          theme::kText);
  ImGui::PopFont();
  ImGui::SetCursorPosY(px(170));
  centred("A folder of photos, several photos, or videos", card_width, theme::kMuted);
  ImGui::SetCursorPosY(px(194));
  centred("of one instant, taken from different sides.", card_width, theme::kMuted);

  std::string& path = frame.inputs.path;
  const bool has_sample = std::filesystem::exists(sample_capture());
  const float field_width = px(380);
  ImGui::SetCursorPos({(card_width - field_width) / 2, px(246)});
  ImGui::SetNextItemWidth(field_width - px(84));
  const bool entered =
      ImGui::InputTextWithHint("##path", "or paste a path", &path, ImGuiInputTextFlags_EnterReturnsTrue);
  ImGui::SameLine(0, px(8));
  const bool pressed = ImGui::Button("Open", {px(76), 0});
  if ((entered || pressed) && !path.empty()) frame.session.open({path});
  if (has_sample) {
    const float button_width = px(220);
    ImGui::SetCursorPos({(card_width - button_width) / 2, px(308)});
    if (widgets::primary_button("Open sample capture", button_width)) frame.session.open({sample_capture()});
  }
  ImGui::EndChild();
  ImGui::PopStyleColor();
}

}  // namespace ahap
