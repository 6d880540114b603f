#include <imgui.h>
// After imgui.h, which it needs.
#include <imgui_stdlib.h>

#include <algorithm>

#include "app/assets.h"
#include "app/gui/panels/panels.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"

namespace ahap {

using theme::px;

namespace {

constexpr float kGap = 20, kOfferHeight = 88;  // before scaling
constexpr float kTileWidth = 148, kTileHeight = 92, kTileText = 50;

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

// The middle of an offer's picture, cut to the box.
void draw_picture(const StartScreen::Offer& offer, ImVec2 low, ImVec2 high) {
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  if (!offer.texture) {
    canvas->AddRectFilled(low, high, theme::colors().raised, px(4));
    draw_icon(canvas, Icon::body, {(low.x + high.x) / 2, (low.y + high.y) / 2}, px(28),
              theme::colors().faint);
    return;
  }
  const float aspect =
      float(offer.picture.width) / float(offer.picture.height) / ((high.x - low.x) / (high.y - low.y));
  const float u = aspect > 1 ? 0.5f / aspect : 0.5f, v = aspect > 1 ? 0.5f : 0.5f * aspect;
  canvas->AddImageRounded(texture_id(*offer.texture), low, high, {0.5f - u, 0.5f - v}, {0.5f + u, 0.5f + v},
                          IM_COL32_WHITE, px(4));
}

// The work of a program that ended without saving it.
void lost_offer(Frame& frame, ImVec2 low, float width) {
  const StartScreen::Offer& lost = *frame.start.lost();
  const ImVec2 high(low.x + width, low.y + px(kOfferHeight));
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  canvas->AddRectFilled(low, high, theme::colors().panel, px(8));
  draw_picture(lost, {low.x + px(12), low.y + px(12)}, {low.x + px(116), high.y - px(12)});
  const float text_width = width - px(116 + 16 + 2 * 110 + 8 + 32);
  ImGui::SetCursorScreenPos({low.x + px(132), low.y + px(18)});
  ImGui::PushFont(theme::fonts().strong);
  widgets::shortened("Restore last session?", text_width);
  ImGui::PopFont();
  ImGui::SetCursorScreenPos({low.x + px(132), low.y + px(44)});
  ImGui::PushFont(theme::fonts().small);
  widgets::shortened(lost.name + ": " + lost.content + ", " + lost.age, text_width, theme::colors().muted);
  ImGui::PopFont();
  ImGui::SetCursorScreenPos({high.x - px(16 + 110 + 8 + 110), low.y + px(26)});
  if (widgets::primary_button("Restore", px(110))) frame.actions.restore = true;
  ImGui::SetCursorScreenPos({high.x - px(16 + 110), low.y + px(26)});
  if (ImGui::Button("Discard", {px(110), px(36)})) frame.start.discard_lost();
}

void recent_tile(Frame& frame, const StartScreen::Offer& offer) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::PushID(offer.file.c_str());
  const bool pressed = ImGui::InvisibleButton("recent", {px(kTileWidth), px(kTileHeight + kTileText)});
  if (ImGui::IsItemHovered()) {
    ImGui::GetWindowDrawList()->AddRectFilled({at.x - px(6), at.y - px(6)},
                                              {at.x + px(kTileWidth + 6), at.y + px(kTileHeight + kTileText)},
                                              theme::colors().raised, px(6));
    widgets::hint(offer.file.c_str());
  }
  draw_picture(offer, at, {at.x + px(kTileWidth), at.y + px(kTileHeight)});
  ImGui::SetCursorScreenPos({at.x, at.y + px(kTileHeight + 4)});
  widgets::shortened(offer.name, px(kTileWidth));
  ImGui::SetCursorScreenPos({at.x, at.y + px(kTileHeight + 26)});
  ImGui::PushFont(theme::fonts().small);
  widgets::shortened(offer.content, px(kTileWidth), theme::colors().muted);
  ImGui::PopFont();
  ImGui::PopID();
  if (pressed) frame.session.open({offer.file});
}

void recents(Frame& frame, ImVec2 low, float width) {
  const std::vector<StartScreen::Offer>& offers = frame.start.recents();
  const float step = (width + px(kGap / 2)) / 4;
  for (std::size_t i = 0; i < offers.size(); ++i) {
    ImGui::SetCursorScreenPos({low.x + float(i) * step, low.y});
    recent_tile(frame, offers[i]);
  }
}

void drop_card(Frame& frame, ImVec2 low, float card_width, float card_height) {
  const ImVec2 high(low.x + card_width, low.y + card_height);
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  canvas->AddRectFilled(low, high, theme::colors().panel, px(8));
  dashed_rectangle(canvas, {low.x + px(16), low.y + px(16)}, {high.x - px(16), high.y - px(16)},
                   theme::colors().border);

  ImGui::SetCursorScreenPos(low);
  ImGui::PushStyleColor(ImGuiCol_ChildBg, IM_COL32(0, 0, 0, 0));
  ImGui::BeginChild("empty", {card_width, card_height}, false, ImGuiWindowFlags_NoScrollbar);
  const float top = (card_height - px(400)) / 2;  // of the card as it is alone
  draw_icon(ImGui::GetWindowDrawList(), Icon::pictures, {low.x + card_width / 2, low.y + top + px(80)},
            px(52), theme::colors().accent_hovered);
  ImGui::SetCursorPosY(top + px(126));
  ImGui::PushFont(theme::fonts().title);
  centred(frame.session.opening() ? "Opening\xE2\x80\xA6" : "Drop photos or videos here", card_width,
          theme::colors().text);
  ImGui::PopFont();
  ImGui::SetCursorPosY(top + px(170));
  centred("A folder of photos, several photos, or videos", card_width, theme::colors().muted);
  ImGui::SetCursorPosY(top + px(194));
  centred("of one instant, taken from different sides.", card_width, theme::colors().muted);

  std::string& path = frame.inputs.path;
  const bool has_sample = std::filesystem::exists(sample_capture());
  const float field_width = px(380);
  ImGui::SetCursorPos({(card_width - field_width) / 2, top + px(246)});
  ImGui::SetNextItemWidth(field_width - px(84));
  const bool entered =
      ImGui::InputTextWithHint("##path", "or paste a path", &path, ImGuiInputTextFlags_EnterReturnsTrue);
  ImGui::SameLine(0, px(8));
  const bool pressed = ImGui::Button("Open", {px(76), 0});
  if ((entered || pressed) && !path.empty()) frame.session.open({path});
  if (has_sample) {
    const float button_width = px(220);
    ImGui::SetCursorPos({(card_width - button_width) / 2, top + px(308)});
    if (widgets::primary_button("Open sample capture", button_width)) frame.session.open({sample_capture()});
  }
  ImGui::EndChild();
  ImGui::PopStyleColor();
}

}  // namespace

void empty_panel(Frame& frame) {
  const ImVec2 origin = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
  const bool lost = frame.start.lost().has_value(), projects = !frame.start.recents().empty();
  const float width = std::min(px(640), size.x - px(64));
  const float above = lost ? px(kOfferHeight + kGap) : 0;
  const float below = projects ? px(kGap + 8 + kTileHeight + kTileText) : 0;
  const float card_height = std::clamp(size.y - above - below - px(32), px(340), px(400));
  ImVec2 low(origin.x + (size.x - width) / 2,
             origin.y + std::max(px(8), (size.y - above - card_height - below) / 2));
  if (lost) lost_offer(frame, low, width);
  low.y += above;
  drop_card(frame, low, width, card_height);
  if (projects) recents(frame, {low.x, low.y + card_height + px(kGap + 8)}, width);
}

}  // namespace ahap
