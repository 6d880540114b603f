#include "app/gui/panels/camera_offsets.h"

#include <cstdio>

#include "app/gui/theme.h"
#include "app/gui/widgets.h"
#include "reconstruction/frame_sequence.h"

namespace ahap {

using theme::px;
using Source = CameraOffset::Source;

namespace {

constexpr float kRow = 22;      // height before scaling
constexpr int kMostRows = 4;    // seen at once
constexpr double kApart = 0.5;  // frames

int cameras_of(const Frame& frame) {
  return int(frame.session.capture()->cameras.size());
}

double frame_rate_of(const Frame& frame) {
  const double rate = frame.session.frames_per_second();
  return rate > 0 ? rate : kAssumedFrameRate;
}

// As somebody has said, else as the result has it.
CameraOffset offset_of(const Frame& frame, int camera) {
  if (const auto seconds = frame.session.offset(camera))
    return {.seconds = *seconds, .drift = 0, .sigma = 0, .source = Source::hand};
  const auto& result = frame.session.result();
  for (std::size_t v = 0; result && v < std::min(result->views.size(), frame.cameras_of_views.size()); ++v) {
    const CameraOffset& offset = result->views[v].time_offset;
    if (frame.cameras_of_views[v] == camera && offset.source != Source::hand) return offset;
  }
  return {};
}

double frames_of(const Frame& frame, const CameraOffset& offset) {
  return offset.source == Source::none ? 0 : offset.seconds * frame_rate_of(frame);
}

double most_frames_apart(const Frame& frame) {
  double least = 0, most = 0;
  for (int camera = 0; camera < cameras_of(frame); ++camera) {
    const double frames = frames_of(frame, offset_of(frame, camera));
    least = std::min(least, frames);
    most = std::max(most, frames);
  }
  return most - least;
}

bool is_unfolded(const Frame& frame) {
  return frame.state.show_offsets.value_or(most_frames_apart(frame) > kApart);
}

std::string value_text(const Frame& frame, const CameraOffset& offset) {
  const double frames = frames_of(frame, offset);
  if (offset.source == Source::none) return "not known";
  if (std::abs(frames) < 0.05) return "in step";
  char text[64];
  std::snprintf(text, sizeof text, "%+.0f ms   %+.1f frames", 1000 * offset.seconds, frames);
  return text;
}

std::string source_text(const CameraOffset& offset) {
  if (offset.source == Source::none) return "";
  if (offset.source == Source::hand) return "by hand";
  const std::string source = offset.source == Source::motion ? "motion" : "sound";
  if (offset.sigma <= 0) return source + ", the reference";
  char text[32];
  std::snprintf(text, sizeof text, " \xC2\xB1 %.0f ms", std::max(1.0, 1000 * offset.sigma));
  return source + text;
}

// The span of the camera's pictures, and what is known of it, on a row from `low` to `high`.
void draw_row(const Frame& frame, const TimeAxis& axis, int camera, const CameraOffset& offset, ImVec2 low,
              ImVec2 high, bool lit) {
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  canvas->AddRectFilled(low, high, lit ? theme::colors().hovered : theme::faded(theme::colors().raised, 150),
                        px(3));
  const double first = frames_of(frame, offset);
  const double end = first + frame.session.capture()->cameras[std::size_t(camera)].last_frame() + 1;
  const ImVec2 from(std::clamp(axis.x(first), low.x, high.x), low.y + px(3)),
      to(std::clamp(axis.x(end), low.x, high.x), high.y - px(3));
  const bool chosen = frame.state.offset_camera == camera;
  const ImU32 color = offset.source == Source::hand   ? theme::faded(theme::colors().accent, 150)
                      : offset.source == Source::none ? theme::faded(theme::colors().active, 120)
                                                      : theme::colors().active;
  canvas->AddRectFilled(from, to, color, px(3));
  if (chosen) canvas->AddRect(from, to, theme::colors().text, px(3), 0, px(1));
  ImFont* font = theme::fonts().small;
  const float size = font->FontSize, y = (low.y + high.y - size) / 2;
  const std::string value = value_text(frame, offset), source = source_text(offset);
  const float x = std::min(from.x, high.x - px(240)) + px(8);
  canvas->PushClipRect(low, high, true);
  canvas->AddText(font, size, {x, y},
                  offset.source == Source::none ? theme::colors().muted : theme::colors().text,
                  value.c_str());
  const float value_width = font->CalcTextSizeA(size, FLT_MAX, 0, value.c_str()).x;
  canvas->AddText(font, size, {x + value_width + px(14), y}, theme::colors().muted, source.c_str());
  canvas->PopClipRect();
}

void set_frames(Frame& frame, int camera, double frames) {
  frame.session.set_offset(camera, frames / frame_rate_of(frame));
}

// A row that has been drawn takes the mouse.
void handle_row(Frame& frame, const TimeAxis& axis, int camera, const CameraOffset& offset) {
  ImGuiStorage* storage = ImGui::GetStateStorage();
  const ImGuiID began = ImGui::GetID("began at");
  const ImGuiIO& io = ImGui::GetIO();
  if (ImGui::IsItemHovered() || ImGui::IsItemActive()) ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
  if (ImGui::IsItemActivated()) {
    storage->SetFloat(began, float(frames_of(frame, offset)));
    frame.state.offset_camera = camera;
  }
  if (ImGui::IsItemHovered() && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
    frame.session.set_offset(camera, std::nullopt);
    storage->SetFloat(began, float(frames_of(frame, offset_of(frame, camera))));
    return;
  }
  if (!ImGui::IsItemActive()) {
    widgets::hint(
        "When this camera filmed, beside the others. Drag, or Alt with Left and Right (Shift: ten frames), "
        "where "
        "it is wrong; double-click leaves it to the next run. The next run on the range takes it.");
    return;
  }
  const int moved = axis.frames(io.MousePos.x - io.MouseClickedPos[0].x);
  const double frames = storage->GetFloat(began) + moved;
  if (moved != 0 || std::abs(frames - frames_of(frame, offset)) > kApart) set_frames(frame, camera, frames);
}

void row(Frame& frame, const TimeAxis& axis, int camera, ImVec2 at, float names_width) {
  const CaptureCamera& shown = frame.session.capture()->cameras[std::size_t(camera)];
  const CameraOffset offset = offset_of(frame, camera);
  ImGui::PushID(camera);
  ImGui::SetCursorScreenPos({at.x, at.y + px(2)});
  ImGui::PushFont(theme::fonts().small);
  widgets::shortened(shown.name, names_width - px(8),
                     frame.state.offset_camera == camera ? theme::colors().text : theme::colors().muted);
  ImGui::PopFont();
  const ImVec2 low(axis.left, at.y + px(1)), high(axis.left + axis.width, at.y + px(kRow - 1));
  ImGui::SetCursorScreenPos(low);
  ImGui::InvisibleButton("offset", {high.x - low.x, high.y - low.y});
  draw_row(frame, axis, camera, offset, low, high, ImGui::IsItemHovered() || ImGui::IsItemActive());
  handle_row(frame, axis, camera, offset);
  ImGui::PopID();
}

}  // namespace

bool has_offset_rows(const Frame& frame) {
  return frame.session.can_run_ranges() && cameras_of(frame) > 1;
}

float offset_rows_height(const Frame& frame) {
  if (!has_offset_rows(frame) || !is_unfolded(frame)) return 0;
  return px(kRow) * float(std::min(cameras_of(frame), kMostRows)) + px(4);
}

void offset_rows_toggle(Frame& frame) {
  if (!has_offset_rows(frame)) return;
  const bool unfolded = is_unfolded(frame);
  const double apart = most_frames_apart(frame);
  char text[64] = "Cameras in step";
  if (apart > kApart)
    std::snprintf(text, sizeof text, "Cameras up to %.0f %s apart", apart, apart < 1.5 ? "frame" : "frames");
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float arrow = px(16), height = ImGui::GetFrameHeight();
  const ImVec2 size(arrow + ImGui::CalcTextSize(text).x, height);
  if (ImGui::InvisibleButton("##offsets", size)) frame.state.show_offsets = !unfolded;
  const ImU32 color = ImGui::IsItemHovered() ? theme::colors().text
                      : apart > kApart       ? theme::colors().muted
                                             : theme::colors().faint;
  widgets::hint("When each camera began: shows and hides a row for each.");
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  const ImVec2 middle(at.x + px(5), at.y + height / 2);
  const float reach = px(4);
  if (unfolded) {
    canvas->AddTriangleFilled({middle.x - reach, middle.y - reach / 2},
                              {middle.x + reach, middle.y - reach / 2}, {middle.x, middle.y + reach}, color);
  } else {
    canvas->AddTriangleFilled({middle.x - reach / 2, middle.y - reach}, {middle.x + reach, middle.y},
                              {middle.x - reach / 2, middle.y + reach}, color);
  }
  canvas->AddText({at.x + arrow, at.y + (height - ImGui::GetTextLineHeight()) / 2}, color, text);
}

void offset_rows(Frame& frame, const TimeAxis& axis, float names_width) {
  const float height = offset_rows_height(frame);
  if (height <= 0) return;
  ImGui::BeginChild("offsets", {0, height});
  const ImVec2 origin = ImGui::GetCursorScreenPos();
  for (int camera = 0; camera < cameras_of(frame); ++camera)
    row(frame, axis, camera, {origin.x, origin.y + px(kRow) * float(camera)}, names_width);
  ImGui::EndChild();
}

void move_offset(Frame& frame, int frames) {
  const int camera = frame.state.offset_camera;
  if (!has_offset_rows(frame) || !is_unfolded(frame) || camera < 0 || camera >= cameras_of(frame)) return;
  set_frames(frame, camera, frames_of(frame, offset_of(frame, camera)) + frames);
}

}  // namespace ahap
