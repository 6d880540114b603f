#include "app/gui/panels/tape_panel.h"

// After imgui.h, which it needs.
#include <imgui_stdlib.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "app/gui/formatted.h"
#include "app/gui/lengths.h"
#include "app/gui/panels/plate.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"

namespace ahap {

using theme::px;

namespace {

constexpr ImU32 kLine = IM_COL32(255, 255, 255, 255), kShadow = IM_COL32(10, 11, 14, 190);

// Draws places of the world on the screen.
class Sketch {
 public:
  Sketch(ImDrawList* canvas, ImVec2 origin, ImVec2 size, const ViewTransform& view, float pixels_per_unit)
      : canvas_(canvas), origin_(origin), size_(size), view_(view), pixels_per_unit_(pixels_per_unit) {}

  // Nothing for a place behind the eye.
  std::optional<ImVec2> on_screen(const Eigen::Vector3f& place) const {
    const Eigen::Vector3f pixel = view_.project(place);
    if (!(pixel.z() > view_.near_plane)) return std::nullopt;
    return ImVec2(origin_.x + pixel.x() / pixels_per_unit_, origin_.y + pixel.y() / pixels_per_unit_);
  }
  // The line, as far as it is before the eye, and where its middle is on the screen; nothing: it is behind.
  std::optional<ImVec2> line(Eigen::Vector3f from, Eigen::Vector3f to, ImU32 color) const {
    const float near = 1.01f * view_.near_plane;
    const float z0 = (view_.camera_from_world * from).z(), z1 = (view_.camera_from_world * to).z();
    if (z0 < near && z1 < near) return std::nullopt;
    if (z0 < near) from += (near - z0) / (z1 - z0) * (to - from);
    if (z1 < near) to += (near - z1) / (z0 - z1) * (from - to);
    const auto a = on_screen(from), b = on_screen(to);
    if (!a || !b) return std::nullopt;
    canvas_->AddLine(*a, *b, kShadow, px(5));
    canvas_->AddLine(*a, *b, color, px(2));
    return ImVec2((a->x + b->x) / 2, (a->y + b->y) / 2);
  }
  void end(const Eigen::Vector3f& place, ImU32 color) const {
    const auto at = on_screen(place);
    if (!at) return;
    canvas_->AddCircleFilled(*at, px(5), kShadow);
    canvas_->AddCircleFilled(*at, px(3.5f), color);
  }
  void ring(const Eigen::Vector3f& place) const {
    const auto at = on_screen(place);
    if (!at) return;
    canvas_->AddCircle(*at, px(9), kShadow, 0, px(5));
    canvas_->AddCircle(*at, px(9), theme::colors().accent_hovered, 0, px(2.5f));
    canvas_->AddCircleFilled(*at, px(2), kLine);
  }

  // A text on a plate inside the view, at `centre` or as near above or below it as nothing else is.
  TapeTool::Box label(ImVec2 centre, const std::string& text, ImU32 background, ImU32 border,
                      const std::vector<TapeTool::Box>& taken) const {
    ImFont* font = theme::fonts().strong;
    const float height = font->FontSize * 0.9f;
    const ImVec2 extent = font->CalcTextSizeA(height, FLT_MAX, 0, text.c_str());
    const ImVec2 box(extent.x + px(14), px(24));
    centre.x = std::clamp(centre.x, origin_.x + box.x / 2 + px(8), origin_.x + size_.x - box.x / 2 - px(8));
    const auto placed = [&](int step) {
      const float away = float((step + 1) / 2) * px(14) * (step % 2 ? -1.0f : 1.0f);
      const ImVec2 low(std::round(centre.x - box.x / 2), std::round(centre.y + away - box.y / 2));
      return TapeTool::Box{low, {low.x + box.x, low.y + box.y}};
    };
    const auto is_free = [&](const TapeTool::Box& place) {
      return std::none_of(taken.begin(), taken.end(),
                          [&](const auto& other) { return place.overlaps(other); });
    };
    TapeTool::Box place = placed(0);
    for (int step = 1; step < 24 && !is_free(place); ++step) place = placed(step);
    canvas_->AddRectFilled(place.low, place.high, background, px(5));
    canvas_->AddRect(place.low, place.high, border, px(5), 0, px(1.5f));
    canvas_->AddText(font, height, {place.low.x + px(7), place.low.y + (box.y - height) / 2},
                     theme::colors().text, text.c_str());
    return place;
  }
  bool shows(ImVec2 place) const {
    return place.x >= origin_.x && place.x < origin_.x + size_.x && place.y >= origin_.y &&
           place.y < origin_.y + size_.y;
  }

 private:
  ImDrawList* canvas_;
  ImVec2 origin_, size_;
  const ViewTransform& view_;
  float pixels_per_unit_;
};

struct TapeLook {
  ImU32 line = kLine, background = theme::colors().plate, border = theme::colors().faint;
};

// Tapes with their lengths; where those stand, which joins `taken`. An empty box: it is not shown.
std::vector<TapeTool::Box> draw(const Sketch& sketch, const std::vector<Tape>& tapes,
                                const Reconstruction& result, const std::function<TapeLook(int)>& look,
                                std::vector<TapeTool::Box>& taken) {
  std::vector<std::optional<ImVec2>> middles;
  for (int i = 0; i < int(tapes.size()); ++i) {
    const ImU32 color = look(i).line;
    const auto from = place_of(tapes[std::size_t(i)].from, result, 0);
    const auto to = place_of(tapes[std::size_t(i)].to, result, 0);
    middles.push_back(from && to ? sketch.line(*from, *to, color) : std::nullopt);
    if (!middles.back()) continue;
    sketch.end(*from, color);
    sketch.end(*to, color);
  }
  std::vector<TapeTool::Box> labels(tapes.size());
  for (int i = 0; i < int(tapes.size()); ++i) {
    const auto& middle = middles[std::size_t(i)];
    if (!middle || !sketch.shows(*middle)) continue;
    const double length = *length_of(tapes[std::size_t(i)], result, 0);
    labels[std::size_t(i)] =
        sketch.label(*middle, length_text(length), look(i).background, look(i).border, taken);
    taken.push_back(labels[std::size_t(i)]);
  }
  return labels;
}

// What is being measured: from the first end to what is under the cursor.
void draw_new_tape(const Frame& frame, const Sketch& sketch, std::vector<TapeTool::Box> taken) {
  const TapeTool& tool = frame.tape;
  const auto first = tool.first ? place_of(*tool.first, *frame.result, 0) : std::nullopt;
  std::optional<Eigen::Vector3f> before;
  for (const TapeEnd& end : tool.floor) {
    const auto place = place_of(end, *frame.result, 0);
    if (!place) continue;
    if (before) sketch.line(*before, *place, theme::colors().accent_hovered);
    sketch.end(*place, kLine);
    before = place;
  }
  if (first && tool.target) sketch.line(*first, tool.target->place, theme::colors().accent_hovered);
  if (first) sketch.end(*first, kLine);
  if (!tool.target) return;
  sketch.ring(tool.target->place);
  const auto at = sketch.on_screen(tool.target->place);
  if (!at) return;
  std::string text = end_label(tool.target->end, *frame.result);
  if (first) text = length_text(double((tool.target->place - *first).norm())) + "  to " + text;
  taken.push_back({{at->x - px(11), at->y - px(11)}, {at->x + px(11), at->y + px(11)}});
  sketch.label({at->x, at->y - px(30)}, text, theme::colors().plate, theme::colors().line, taken);
}

// Steep enough to be meant as vertical.
bool is_steep(const Tape& tape, const Reconstruction& result) {
  constexpr float kSteep = 0.8f;  // sine of the slope
  const auto from = place_of(tape.from, result, 0), to = place_of(tape.to, result, 0);
  return from && to && std::abs(to->y() - from->y()) > kSteep * (*to - *from).norm();
}

void selected_tape_bar(Frame& frame, const Tape& tape, float room) {
  TapeTool& tool = frame.tape;
  const auto length = length_of(tape, *frame.result, 0);
  ImGui::AlignTextToFramePadding();
  ImGui::Dummy({px(6), 0});
  ImGui::SameLine();
  ImGui::PushFont(theme::fonts().strong);
  ImGui::TextUnformatted(length ? length_text(*length).c_str() : "not in this frame");
  ImGui::PopFont();
  ImGui::SameLine(0, px(10));
  widgets::shortened(
      end_label(tape.from, *frame.result) + " \xE2\x80\x93 " + end_label(tape.to, *frame.result),
      std::min(px(300), room - px(200)), theme::colors().muted);
  ImGui::SameLine(0, px(10));
  ImGui::BeginDisabled(!length);
  if (widgets::icon_button("##copy", Icon::copy, "Copy the length in metres") && length)
    ImGui::SetClipboardText(formatted("%.3f", *length).c_str());
  ImGui::EndDisabled();
  ImGui::SameLine();
  if (widgets::icon_button("##remove", Icon::trash, "Remove this tape  (Delete)")) remove_tape(frame);
  if (!length) return;

  ImGui::AlignTextToFramePadding();
  ImGui::Dummy({px(6), 0});
  ImGui::SameLine();
  ImGui::TextUnformatted("This distance is");
  ImGui::SameLine(0, px(8));
  ImGui::SetNextItemWidth(px(76));
  ImGui::BeginDisabled(!frame.session.can_edit());
  bool entered = ImGui::InputTextWithHint("##length", formatted("%.2f", *length).c_str(), &tool.length,
                                          ImGuiInputTextFlags_EnterReturnsTrue);
  ImGui::SameLine(0, px(6));
  ImGui::TextUnformatted("m");
  ImGui::SameLine(0, px(10));
  entered = ImGui::Button("Set scale") || entered;
  ImGui::EndDisabled();
  widgets::hint("Multiplies everything, so that this distance has that length.");
  if (entered) set_length(frame, tape, tool.length);
  if (!is_steep(tape, *frame.result)) return;
  ImGui::SameLine(0, px(6));
  ImGui::BeginDisabled(!frame.session.can_edit());
  if (ImGui::Button("Upright")) set_upright(frame, tape);
  ImGui::EndDisabled();
  widgets::hint("Turns everything, so that this line is vertical.");
}

std::string what_to_click(const TapeTool& tool) {
  if (tool.use == TapeTool::Use::origin) return "Click the place of the origin";
  if (tool.use == TapeTool::Use::floor)
    return "Click three places on the floor, far apart: " + std::to_string(tool.floor.size() + 1) + " of 3";
  return tool.first ? "Click the other end" : "Click a joint, a body or a point";
}

const char* what_escape_does(const TapeTool& tool) {
  if (tool.use != TapeTool::Use::measure) return tool.floor.empty() ? "Esc: measure  " : "Esc: begin again  ";
  return tool.first ? "Esc: another first end  " : "Esc ends measuring  ";
}

}  // namespace

void draw_tapes(const std::vector<Tape>& tapes, const Reconstruction& result, ImDrawList* canvas, ImVec2 size,
                const ViewTransform& view, float pixels_per_unit) {
  const Sketch sketch(canvas, {0, 0}, size, view, pixels_per_unit);
  std::vector<TapeTool::Box> taken;
  draw(
      sketch, tapes, result, [](int) { return TapeLook(); }, taken);
}

void tape_overlay(Frame& frame, ImDrawList* canvas, ImVec2 origin, ImVec2 size, const ViewTransform& view,
                  float pixels_per_unit, std::vector<TapeTool::Box>& taken) {
  TapeTool& tool = frame.tape;
  const std::vector<Tape>& tapes = frame.session.tapes();
  if (tool.selected >= int(tapes.size())) tool.selected = -1;
  const int hovered = ImGui::IsItemHovered() ? tool.label_at(ImGui::GetIO().MousePos) : -1;
  tool.labels.assign(tapes.size(), {});
  if (!frame.result || frame.result->partial) return;
  const Sketch sketch(canvas, origin, size, view, pixels_per_unit);
  canvas->PushClipRect(origin, {origin.x + size.x, origin.y + size.y}, true);
  const auto look = [&](int i) {
    TapeLook look;
    if (i == tool.selected) look.line = look.border = theme::colors().accent_hovered;
    if (i == hovered) look.background = theme::colors().active;
    return look;
  };
  tool.labels = draw(sketch, tapes, *frame.result, look, taken);
  if (hovered >= 0) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  if (tool.on) draw_new_tape(frame, sketch, taken);
  canvas->PopClipRect();
}

void tape_bar(Frame& frame, ImVec2 origin, ImVec2 size, float bottom) {
  TapeTool& tool = frame.tape;
  if (tool.selected < 0) tool.length_of = -1;
  if (!frame.result || frame.result->partial || (!tool.on && tool.selected < 0)) return;
  const Plate plate("##tape", {origin.x + size.x / 2, bottom}, {0.5f, 1});
  if (tool.selected >= 0) {
    const Tape tape = frame.session.tapes()[std::size_t(tool.selected)];
    if (tool.length_of != tool.selected) tool.length.clear();
    tool.length_of = tool.selected;
    selected_tape_bar(frame, tape, size.x - px(24));
    return;
  }
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted(("  " + what_to_click(tool)).c_str());
  ImGui::SameLine(0, px(10));
  ImGui::PushStyleColor(ImGuiCol_Text, theme::colors().muted);
  ImGui::TextUnformatted(what_escape_does(tool));
  ImGui::PopStyleColor();
  if (tool.use != TapeTool::Use::measure || tool.first) return;
  const bool one_row = size.x > px(580);
  one_row ? ImGui::SameLine(0, px(10)) : ImGui::Dummy({px(2), 0});
  if (!one_row) ImGui::SameLine();
  if (ImGui::Button("Floor\xE2\x80\xA6")) tool.use = TapeTool::Use::floor;
  widgets::hint("Three places that lie on the floor put everything upright on it.");
  ImGui::SameLine(0, px(6));
  if (ImGui::Button("Origin\xE2\x80\xA6")) tool.use = TapeTool::Use::origin;
  widgets::hint("One place, to which distances along the floor are counted from then on.");
}

}  // namespace ahap
