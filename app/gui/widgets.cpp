#include "app/gui/widgets.h"

#include <imgui_internal.h>

#include <algorithm>
#include <cstdio>

#include "app/gui/theme.h"

namespace ahap::widgets {

using theme::px;

void heading(const char* text, const std::string& note) {
  ImGui::PushFont(theme::fonts().strong);
  ImGui::TextUnformatted(text);
  ImGui::PopFont();
  if (note.empty()) return;
  ImGui::PushFont(theme::fonts().small);
  ImGui::SameLine(ImGui::GetContentRegionMax().x - ImGui::CalcTextSize(note.c_str()).x);
  ImGui::PushStyleColor(ImGuiCol_Text, theme::colors().muted);
  ImGui::TextUnformatted(note.c_str());
  ImGui::PopStyleColor();
  ImGui::PopFont();
}

void muted(const std::string& text) {
  ImGui::PushStyleColor(ImGuiCol_Text, theme::colors().muted);
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(text.c_str());
  ImGui::PopTextWrapPos();
  ImGui::PopStyleColor();
}

void small_muted(const std::string& text, ImU32 color) {
  ImGui::PushFont(theme::fonts().small);
  ImGui::PushStyleColor(ImGuiCol_Text, color ? color : theme::colors().muted);
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(text.c_str());
  ImGui::PopTextWrapPos();
  ImGui::PopStyleColor();
  ImGui::PopFont();
}

void shortened(const std::string& text, float width, ImU32 color) {
  std::string shown = text;
  if (ImGui::CalcTextSize(text.c_str()).x > width) {
    // Whole UTF-8 characters are taken out around the middle until the rest fits.
    std::size_t left = text.size() / 2, right = left;
    const auto inside_character = [&](std::size_t i) { return i < text.size() && (text[i] & 0xC0) == 0x80; };
    do {
      if (left > 0) --left;
      while (left > 0 && inside_character(left)) --left;
      if (right < text.size()) ++right;
      while (inside_character(right)) ++right;
      shown = text.substr(0, left) + "\xE2\x80\xA6" + text.substr(right);
    } while (left > 0 && ImGui::CalcTextSize(shown.c_str()).x > width);
  }
  ImGui::PushStyleColor(ImGuiCol_Text, color ? color : ImGui::GetColorU32(ImGuiCol_Text));
  ImGui::TextUnformatted(shown.c_str());
  ImGui::PopStyleColor();
  if (shown != text) hint(text.c_str());
}

void hint(const char* text) {
  if (!ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) return;
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(10), px(8)));
  ImGui::BeginTooltip();
  ImGui::PushFont(theme::fonts().small);
  ImGui::PushTextWrapPos(px(320));
  ImGui::TextUnformatted(text);
  ImGui::PopTextWrapPos();
  ImGui::PopFont();
  ImGui::EndTooltip();
  ImGui::PopStyleVar();
}

bool primary_button(const char* label, float width) {
  ImGui::PushFont(theme::fonts().strong);
  ImGui::PushStyleColor(ImGuiCol_Button, theme::colors().accent);
  ImGui::PushStyleColor(ImGuiCol_ButtonHovered, theme::colors().accent_hovered);
  ImGui::PushStyleColor(ImGuiCol_ButtonActive, theme::colors().accent_active);
  ImGui::PushStyleColor(ImGuiCol_Text, IM_COL32_WHITE);
  const bool pressed = ImGui::Button(label, ImVec2(width, px(36)));
  ImGui::PopStyleColor(4);
  ImGui::PopFont();
  return pressed;
}

bool icon_button(const char* id, Icon icon, const char* hint_text, float side, ImU32 color) {
  if (side == 0) side = px(30);
  ImGui::PushStyleColor(ImGuiCol_Button, IM_COL32(0, 0, 0, 0));
  const bool pressed = ImGui::Button(id, ImVec2(side, side));
  ImGui::PopStyleColor();
  const ImVec2 low = ImGui::GetItemRectMin(), high = ImGui::GetItemRectMax();
  const ImU32 shade = color ? color : (ImGui::IsItemHovered() ? theme::colors().text : theme::colors().muted);
  draw_icon(ImGui::GetWindowDrawList(), icon, {(low.x + high.x) / 2, (low.y + high.y) / 2}, px(16), shade);
  if (hint_text) hint(hint_text);
  return pressed;
}

bool toggle(const char* label, Icon icon, bool* on, const char* hint_text, bool room) {
  ImGui::PushFont(theme::fonts().small);
  const float height = px(30);
  const ImVec2 text = ImGui::CalcTextSize(label, nullptr, true);
  const ImVec2 size(px(8) + px(16) + (room ? px(6) + text.x : 0) + px(8), height);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const bool pressed = ImGui::InvisibleButton(label, size);
  if (pressed) *on = !*on;
  const bool hovered = ImGui::IsItemHovered();
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  const ImU32 background = *on ? (hovered ? theme::colors().active : theme::colors().hovered)
                               : (hovered ? theme::colors().raised : 0);
  if (background) canvas->AddRectFilled(at, {at.x + size.x, at.y + size.y}, background, px(4));
  const ImU32 shade = *on ? theme::colors().text : theme::colors().faint;
  draw_icon(canvas, icon, {at.x + px(8 + 8), at.y + height / 2}, px(16), shade);
  if (room) {
    canvas->AddText({at.x + px(8 + 16 + 6), at.y + (height - text.y) / 2}, shade, label,
                    ImGui::FindRenderedTextEnd(label));
  }
  ImGui::PopFont();
  hint(hint_text);
  return pressed;
}

bool slider(const char* label, float* value, float low, float high, const char* format, float label_width) {
  ImGui::AlignTextToFramePadding();
  ImGui::PushStyleColor(ImGuiCol_Text, theme::colors().muted);
  ImGui::TextUnformatted(label, ImGui::FindRenderedTextEnd(label));
  ImGui::PopStyleColor();
  ImGui::SameLine(label_width);
  ImGui::SetNextItemWidth(-1);
  ImGui::PushID(label);
  const bool changed = ImGui::SliderFloat("##value", value, low, high, format, ImGuiSliderFlags_AlwaysClamp);
  ImGui::PopID();
  return changed;
}

void progress_bar(float fraction, float width, float height, ImU32 color) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  canvas->AddRectFilled(at, {at.x + width, at.y + height}, theme::colors().raised, height / 2);
  const float done = std::clamp(fraction, 0.0f, 1.0f) * width;
  if (done > 0) canvas->AddRectFilled(at, {at.x + std::max(done, height), at.y + height}, color, height / 2);
  ImGui::Dummy({width, height});
}

ImVec2 identity_chip_size(int person_id) {
  char text[16];
  std::snprintf(text, sizeof text, "%d", person_id);
  ImGui::PushFont(theme::fonts().strong);
  const float width = ImGui::CalcTextSize(text).x;
  ImGui::PopFont();
  return {std::max(px(22), width + px(12)), px(22)};
}

ImVec2 identity_chip(ImDrawList* canvas, ImVec2 top_left, int person_id, bool outlined) {
  char text[16];
  std::snprintf(text, sizeof text, person_id > 0 ? "%d" : "?", person_id);
  const ImVec2 size = identity_chip_size(person_id);
  const ImVec2 end(top_left.x + size.x, top_left.y + size.y);
  const ImU32 color = theme::identity(person_id);
  canvas->AddRectFilled(top_left, end, color, px(4));
  if (outlined) canvas->AddRect(top_left, end, IM_COL32_WHITE, px(4), 0, px(2));
  ImFont* font = theme::fonts().strong;
  const ImVec2 text_size = font->CalcTextSizeA(font->FontSize * 0.9f, FLT_MAX, 0, text);
  canvas->AddText(font, font->FontSize * 0.9f,
                  {top_left.x + (size.x - text_size.x) / 2, top_left.y + (size.y - text_size.y) / 2},
                  theme::text_on(color), text);
  return size;
}

void splitter(const char* id, ImVec2 position, ImVec2 size, float* value, float direction, float least,
              float most) {
  const bool vertical_strip = size.y > size.x;
  ImGui::SetCursorScreenPos(position);
  ImGui::InvisibleButton(id, size);
  const bool active = ImGui::IsItemActive();
  if (ImGui::IsItemHovered() || active) {
    ImGui::SetMouseCursor(vertical_strip ? ImGuiMouseCursor_ResizeEW : ImGuiMouseCursor_ResizeNS);
  }
  if (active) {
    const ImVec2 drag = ImGui::GetIO().MouseDelta;
    *value =
        std::clamp(*value + direction * (vertical_strip ? drag.x : drag.y) / theme::scale(), least, most);
  }
  const ImU32 color = active ? theme::colors().accent
                             : (ImGui::IsItemHovered() ? theme::colors().hovered : theme::colors().window);
  ImGui::GetWindowDrawList()->AddRectFilled(position, {position.x + size.x, position.y + size.y}, color);
}

}  // namespace ahap::widgets
