#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "app/gui/frames_text.h"
#include "app/gui/panels/camera_offsets.h"
#include "app/gui/panels/panels.h"
#include "app/gui/panels/time_axis.h"
#include "app/gui/shown_frame.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"

namespace ahap {

using theme::px;

namespace {

// Heights and widths before scaling: the controls, the band with the ends of the range, the ruler, one
// person, and the names left of them.
constexpr float kControls = 34, kBand = 14, kRuler = 26, kLane = 26, kNames = 132;
constexpr float kHandle = 9;
constexpr int kMostLanes = 6;  // seen at once

std::string clock_text(double seconds) {
  char text[32];
  const int hundredths = int(std::lround(100 * seconds));
  std::snprintf(text, sizeof text, "%d:%02d.%02d", hundredths / 6000, hundredths / 100 % 60,
                hundredths % 100);
  return text;
}

// Right-aligned: which frames the next run takes.
void range_controls(Frame& frame) {
  Session& session = frame.session;
  if (!session.can_run_ranges()) return;
  const auto& range = session.range();
  const float right = ImGui::GetContentRegionMax().x;
  const std::string text =
      range ? "Range " + frames_text(range->first, range->last) : "I and O mark a range to reconstruct";
  const float text_width = ImGui::CalcTextSize(text.c_str()).x;
  const float step_width = px(96), button = px(26);
  ImGui::SameLine(right - text_width - (range ? px(12) + step_width + px(4) + button : 0));
  ImGui::AlignTextToFramePadding();
  ImGui::PushStyleColor(ImGuiCol_Text, range ? theme::colors().text : theme::colors().faint);
  ImGui::TextUnformatted(text.c_str());
  ImGui::PopStyleColor();
  if (!range) return;
  FrameRange chosen = *range;
  ImGui::SameLine(0, px(12));
  ImGui::SetNextItemWidth(step_width);
  if (ImGui::DragInt("##step", &chosen.step, 0.1f, 1, std::max(1, session.frame_count() - 1),
                     chosen.step == 1 ? "each frame" : "1 in %d", ImGuiSliderFlags_AlwaysClamp)) {
    session.choose_range(chosen);
  }
  widgets::hint("How many of the range's frames are reconstructed: drag to leave some out.");
  ImGui::SameLine(0, px(4));
  if (widgets::icon_button("##no range", Icon::close, "No range: reconstruct single frames  (X)", button))
    session.choose_range(std::nullopt);
}

void controls(Frame& frame) {
  Session& session = frame.session;
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(8), px(4)));
  const bool playing = frame.playback.playing();
  if (widgets::icon_button("##play", playing ? Icon::pause : Icon::play,
                           playing ? "Pause  (Space)" : "Play  (Space)", px(28), theme::colors().text))
    frame.actions.toggle_playing = true;
  ImGui::SameLine(0, px(2));
  const bool loop = frame.playback.loop();
  if (widgets::icon_button("##loop", Icon::loop,
                           loop ? "Begins again at the end  (L)" : "Stops at the end  (L)", px(28),
                           loop ? theme::colors().accent_hovered : theme::colors().faint))
    frame.playback.set_loop(!loop);
  ImGui::SameLine(px(16 + kNames));
  ImGui::AlignTextToFramePadding();
  ImGui::PushFont(theme::fonts().strong);
  ImGui::TextUnformatted(("Frame " + std::to_string(session.frame())).c_str());
  ImGui::PopFont();
  if (session.frames_per_second() > 0) {
    ImGui::SameLine(px(16 + kNames + 104));
    ImGui::AlignTextToFramePadding();
    ImGui::PushStyleColor(ImGuiCol_Text, theme::colors().muted);
    ImGui::TextUnformatted(clock_text(session.frame() / session.frames_per_second()).c_str());
    ImGui::PopStyleColor();
  }
  if (has_offset_rows(frame)) {
    ImGui::SameLine(px(16 + kNames + 196));
    offset_rows_toggle(frame);
  }
  range_controls(frame);
  ImGui::PopStyleVar();
}

// One end of the range, drawn as a bracket; where it was dragged to, as an edge between frames.
std::optional<int> range_end(const char* id, const TimeAxis& axis, int edge, float y, bool begins,
                             bool chosen) {
  const float width = px(kHandle), height = px(kBand);
  const ImVec2 low(begins ? axis.x(edge) - width : axis.x(edge), y), high(low.x + width, y + height);
  ImGui::SetCursorScreenPos(low);
  ImGui::InvisibleButton(id, {width, height});
  const bool active = ImGui::IsItemActive(), lit = ImGui::IsItemHovered() || active;
  if (lit) ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
  if (!active) widgets::hint(begins ? "Begin of the range: drag, or I" : "End of the range: drag, or O");
  const ImU32 color = lit      ? theme::colors().accent_hovered
                      : chosen ? theme::colors().accent
                               : theme::colors().active;
  ImGui::GetWindowDrawList()->AddRectFilled(
      low, high, color, px(3), begins ? ImDrawFlags_RoundCornersLeft : ImDrawFlags_RoundCornersRight);
  if (!active || ImGui::GetIO().MouseDelta.x == 0) return std::nullopt;
  return axis.nearest_edge(ImGui::GetIO().MousePos.x);
}

// The frames that are reconstructed together, between two ends that can be dragged.
void range_band(Frame& frame, const TimeAxis& axis, float y) {
  Session& session = frame.session;
  const bool chosen = session.range().has_value();
  FrameRange range = session.range().value_or(FrameRange{.last = axis.count - 1});
  const float inset = px(4);
  ImGui::GetWindowDrawList()->AddRectFilled(
      {axis.x(range.first), y + inset}, {axis.x(range.last + 1), y + px(kBand) - inset},
      chosen ? theme::faded(theme::colors().accent, 150) : theme::colors().raised);
  const auto begin = range_end("##begin", axis, range.first, y, true, chosen);
  const auto end = range_end("##end", axis, range.last + 1, y, false, chosen);
  if (begin) range.first = std::min(*begin, range.last);
  if (end) range.last = std::max(*end - 1, range.first);
  if (begin || end) session.choose_range(range);
}

// An area whose drags move the shown frame; true when it was pressed just now.
bool scrubs(Frame& frame, const TimeAxis& axis, const char* id, ImVec2 at, ImVec2 size) {
  ImGui::SetCursorScreenPos(at);
  ImGui::InvisibleButton(id, size);
  if (ImGui::IsItemActive())
    frame.go_to(frame.session.reconstructed_before(axis.frame(ImGui::GetIO().MousePos.x)));
  return ImGui::IsItemActivated();
}

// Which frames are reconstructed, over those that the run under way takes.
void progress_strip(const Frame& frame, const TimeAxis& axis, float y, ImDrawList* canvas) {
  const auto strip = [&](int first, int beyond, ImU32 color) {
    canvas->AddRectFilled({axis.x(first), y - px(3)}, {std::max(axis.x(beyond), axis.x(first) + px(3)), y},
                          color);
  };
  if (const auto running = frame.session.running())
    strip(running->first, running->last + 1, theme::faded(theme::colors().accent, 110));
  const auto& result = frame.session.result();
  if (!result) return;
  const std::vector<ReconstructedFrame>& frames = result->frames;
  const int step = frame_step(*result);
  for (std::size_t first = 0, last = 0; first < frames.size(); first = ++last) {
    while (last + 1 < frames.size() && frames[last + 1].number <= frames[last].number + step) ++last;
    strip(frames[first].number, frames[last].number + step,
          result->partial ? theme::colors().accent_hovered : theme::colors().muted);
  }
}

// The first of 1, 2, 5, 10, 20, ... that is not less.
int round_step(double least) {
  for (int power = 1;; power *= 10) {
    for (const int step : {power, 2 * power, 5 * power}) {
      if (step >= least) return step;
    }
  }
}

// Frame numbers at round distances.
void ruler(const Frame& frame, const TimeAxis& axis, float y, ImDrawList* canvas) {
  const int step = round_step(double(px(64)) * axis.count / axis.width);
  ImFont* font = theme::fonts().small;
  const float bottom = y + px(kRuler);
  canvas->AddRectFilled({axis.left, bottom - px(3)}, {axis.left + axis.width, bottom},
                        theme::colors().raised);
  for (int number = 0; number < axis.count; number += step) {
    const float x = std::round(axis.x(number));
    canvas->AddLine({x, y + px(9)}, {x, bottom - px(3)}, theme::colors().active);
    const std::string text = std::to_string(number);
    canvas->AddText(font, px(14), {x + px(4), y + px(5)}, theme::colors().muted, text.c_str());
  }
  progress_strip(frame, axis, bottom, canvas);
}

void bar(const TrackSpan& span, int person_id, bool hidden, ImVec2 low, ImVec2 high, ImDrawList* canvas) {
  const int opacity = (span.support == BodySupport::filled ? 60 : 235) / (hidden ? 3 : 1);
  const float thin = span.support == BodySupport::one_view ? (high.y - low.y) / 3 : 0;
  canvas->AddRectFilled({low.x, low.y + thin}, {high.x, high.y - thin}, theme::identity(person_id, opacity),
                        px(3));
  if (span.support != BodySupport::filled) return;
  canvas->PushClipRect(low, high, true);
  const float height = high.y - low.y;
  for (float x = low.x - height; x < high.x; x += px(7))
    canvas->AddLine({x, high.y}, {x + height, low.y}, theme::identity(person_id, 2 * opacity), px(1.5f));
  canvas->PopClipRect();
}

const TrackSpan* span_at(const PersonTrack& track, int number, int step) {
  for (const TrackSpan& span : track.spans) {
    if (number >= span.first && number < span.last + step) return &span;
  }
  return nullptr;
}

void explain(const PersonTrack& track, const TrackSpan& span) {
  const char* support = span.support == BodySupport::seen ? ""
                        : span.support == BodySupport::one_view
                            ? "\nSeen by one camera only: the distance is an estimate."
                            : "\nNot seen: filled in between frames that show the person.";
  widgets::hint((track.label + ", frames " + frames_text(span.first, span.last) + support).c_str());
}

void name(Frame& frame, const PersonTrack& track, ImVec2 at) {
  const int id = track.person_id;
  ImGui::SetCursorScreenPos(at);
  ImGui::PushID(id);
  if (ImGui::InvisibleButton("name", {px(kNames - 8), px(kLane)}))
    select_person(frame, frame.state.selected.person == id ? 0 : id);
  if (ImGui::IsItemHovered()) hover_person(frame, id);
  if (ImGui::BeginPopupContextItem("person menu")) {
    person_menu(frame, id);
    ImGui::EndPopup();
  }
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  const bool selected = frame.state.selected.person == id;
  const ImVec2 chip = widgets::identity_chip(canvas, at, id, selected);
  ImGui::SetCursorScreenPos({at.x + chip.x + px(8), at.y + px(1)});
  ImGui::PushFont(theme::fonts().small);
  widgets::shortened(track.label, px(kNames - 20) - chip.x,
                     selected ? theme::colors().text : theme::colors().muted);
  ImGui::PopFont();
  ImGui::PopID();
}

void play_head(const Frame& frame, const TimeAxis& axis, float top, float bottom, ImDrawList* canvas) {
  const float x = std::round(axis.x(frame.session.frame() + 0.5)) + 0.5f;
  canvas->AddLine({x, top}, {x, bottom}, theme::colors().text, px(1.5f));
}

// Who is there when.
void lanes(Frame& frame, const TimeAxis& axis, ImVec2 origin) {
  const float lane = px(kLane);
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  const float height = std::max(lane * float(frame.tracks.size()), ImGui::GetContentRegionAvail().y);
  const int step = frame.session.result() ? frame_step(*frame.session.result()) : 1;
  const float top = ImGui::GetCursorScreenPos().y;
  const bool pressed = scrubs(frame, axis, "##lanes", {axis.left, top}, {axis.width, height});
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const bool hovered = ImGui::IsItemHovered();
  for (std::size_t i = 0; i < frame.tracks.size(); ++i) {
    const PersonTrack& track = frame.tracks[i];
    const int id = track.person_id;
    const float y = top + lane * float(i);
    const bool lit = frame.state.selected.person == id || frame.state.hovered.person == id;
    canvas->AddRectFilled({axis.left, y + px(2)}, {axis.left + axis.width, y + lane - px(2)},
                          lit ? theme::colors().hovered : theme::faded(theme::colors().raised, 150), px(3));
    for (const TrackSpan& span : track.spans) {
      const float x = axis.x(span.first);
      bar(span, id, !frame.state.shows_person(id), {x, y + px(3)},
          {std::max(axis.x(std::min(span.last + step, axis.count)), x + px(3)), y + lane - px(3)}, canvas);
    }
    if (hovered && mouse.y >= y && mouse.y < y + lane) {
      const TrackSpan* span = span_at(track, axis.frame(mouse.x), step);
      if (span) hover_person(frame, id);
      if (span && pressed) select_person(frame, id);
      if (span && !ImGui::IsItemActive()) explain(track, *span);
    }
  }
  if (frame.tracks.empty()) {
    const char* text = frame.session.result_is_complete()
                           ? "Nobody was found."
                           : "People appear here when frames are reconstructed.";
    canvas->AddText(theme::fonts().small, theme::fonts().small->FontSize, {axis.left, top + px(2)},
                    theme::colors().faint, text);
  }
  play_head(frame, axis, top, top + height, canvas);
  for (std::size_t i = 0; i < frame.tracks.size(); ++i)
    name(frame, frame.tracks[i], {origin.x, top + lane * float(i) + px(2)});
  ImGui::SetCursorScreenPos({origin.x, top + height});
  ImGui::Dummy({0, 0});
}

int lanes_seen(const Frame& frame) {
  return std::clamp(int(frame.tracks.size()), 1, kMostLanes);
}

}  // namespace

void time_line_panel(Frame& frame) {
  const ImVec2 origin = ImGui::GetCursorScreenPos();
  const float width =
      ImGui::GetContentRegionAvail().x - px(kNames + kHandle);  // with room for the range's end
  const TimeAxis axis = {origin.x + px(kNames), width, frame.session.frame_count()};
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(8), 0));
  controls(frame);
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  float y = origin.y + px(kControls);
  if (frame.session.can_run_ranges()) {
    range_band(frame, axis, y);
    y += px(kBand);
  }
  scrubs(frame, axis, "##ruler", {axis.left, y}, {axis.width, px(kRuler)});
  ruler(frame, axis, y, canvas);
  play_head(frame, axis, y + px(4), y + px(kRuler), canvas);
  const float x = std::round(axis.x(frame.session.frame() + 0.5)) + 0.5f;
  canvas->AddTriangleFilled({x - px(6), y}, {x + px(6), y}, {x, y + px(8)}, theme::colors().text);
  y += px(kRuler);
  ImGui::SetCursorScreenPos({origin.x, y + px(4)});
  offset_rows(frame, axis, px(kNames));
  y += offset_rows_height(frame);
  ImGui::SetCursorScreenPos({origin.x, y + px(4)});
  ImGui::BeginChild("lanes", {0, px(kLane) * float(lanes_seen(frame))});
  lanes(frame, axis, origin);
  ImGui::EndChild();
  ImGui::PopStyleVar();
}

float time_line_height(const Frame& frame) {
  return px(kControls + (frame.session.can_run_ranges() ? kBand : 0) + kRuler + 4 + 2 * kTimeLinePadding) +
         offset_rows_height(frame) + px(kLane) * float(lanes_seen(frame));
}

}  // namespace ahap
