#include <cmath>
#include <cstdio>

#include "app/gui/panels/panels.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"

namespace ahap {

using theme::px;

namespace {

float aspect_of(const Frame& frame, int index) {
  if (frame.reconstructed) {
    const Camera& camera = frame.result->views[index].camera(0);
    return float(camera.width) / float(std::max(1, camera.height));
  }
  const Image& picture = frame.session.pictures()[index].thumbnail;
  return picture.empty() ? 4.0f / 3 : float(picture.width) / float(picture.height);
}

int tile_count(const Frame& frame) {
  return int(frame.reconstructed ? frame.result->views.size() : frame.session.pictures().size());
}

void detections_of(Frame& frame, int view, ImVec2 low, ImVec2 size, ImDrawList* canvas) {
  const std::vector<Detection>& detections = frame.seen().detections;
  const Camera& camera = frame.result->views[view].camera(0);
  const auto on_screen = [&](double x, double y) {
    return ImVec2(low.x + float(x / camera.width) * size.x, low.y + float(y / camera.height) * size.y);
  };
  int under_mouse = -1;
  double smallest = 1e30;
  for (int n = 0; n < int(detections.size()); ++n) {
    const Detection& detection = detections[n];
    if (detection.view != view || detection.person_id == kNotAPerson) continue;
    const ImVec2 a = on_screen(detection.box.x0, detection.box.y0),
                 b = on_screen(detection.box.x1, detection.box.y1);
    const ImVec2 at = ImGui::GetIO().MousePos;
    const double area = double(b.x - a.x) * (b.y - a.y);
    if (ImGui::IsItemHovered() && at.x >= a.x && at.x < b.x && at.y >= a.y && at.y < b.y && area < smallest) {
      under_mouse = n;
      smallest = area;
    }
    const bool lit = frame.state.hovered.detection == n || frame.state.selected.detection == n ||
                     (detection.person_id > 0 && (frame.state.hovered.person == detection.person_id ||
                                                  frame.state.selected.person == detection.person_id));
    if (lit) canvas->AddRect(a, b, IM_COL32_WHITE, px(3), 0, px(3.5f));
    canvas->AddRect(a, b, theme::identity(detection.person_id), px(3), 0, px(lit ? 2.0f : 1.5f));
    const ImVec2 chip = widgets::identity_chip_size(detection.person_id);
    const float chip_y = a.y - chip.y >= low.y ? a.y - chip.y : a.y;
    const ImVec2 chip_at(std::round(std::max(low.x, a.x)), std::round(chip_y));
    widgets::identity_chip(canvas, chip_at, detection.person_id);
    if (detection.left_out)
      canvas->AddLine({a.x, b.y}, {b.x, a.y}, theme::identity(detection.person_id), px(1.5f));
    if (detection.locked) {
      const ImVec2 middle(chip_at.x + chip.x + px(10), chip_at.y + chip.y / 2);
      canvas->AddCircleFilled(middle, px(9), theme::kPlate);
      draw_icon(canvas, Icon::lock, middle, px(12), theme::kText);
    }
  }
  if (under_mouse >= 0) {
    hover_detection(frame, under_mouse);
    if (ImGui::IsMouseClicked(0)) select_detection(frame, under_mouse);
    if (ImGui::IsMouseReleased(1)) {
      select_detection(frame, under_mouse);
      ImGui::OpenPopup("detection menu");
    }
  }
  if (under_mouse < 0 && ImGui::IsItemHovered() && ImGui::IsMouseReleased(1)) {
    select_view(frame, view);
    ImGui::OpenPopup("view menu");
  }
  if (ImGui::BeginPopup("view menu")) {
    view_menu(frame, view);
    ImGui::EndPopup();
  }
  if (ImGui::BeginPopup("detection menu")) {
    const int selected = frame.state.selected.detection;
    if (selected >= 0 && detections[selected].view == view) detection_menu(frame, selected);
    ImGui::EndPopup();
  }
}

void tile(Frame& frame, int index, const std::string& name, float aspect, float height) {
  const ImVec2 size(std::floor(height * aspect), height);
  const ImVec2 low = ImGui::GetCursorScreenPos();
  const ImVec2 high(low.x + size.x, low.y + size.y);
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  ImGui::PushID(index);
  const bool pressed = ImGui::InvisibleButton("picture", size);
  const bool hovered = ImGui::IsItemHovered();
  const bool visible = ImGui::IsItemVisible();
  if (frame.reconstructed && visible) {
    const float scale = ImGui::GetIO().DisplayFramebufferScale.x;
    const Eigen::Vector2i pixels(int(size.x * scale), int(size.y * scale));
    const ImTextureID texture = frame.strip.view(frame.result->views[index].camera(0), index, pixels,
                                                 frame.state, scale * theme::scale());
    canvas->AddImageRounded(texture, low, high, {0, 1}, {1, 0}, IM_COL32_WHITE, px(3));
    if (frame.result->views[index].left_out) {
      canvas->AddRectFilled(low, high, IM_COL32(14, 15, 18, 150), px(3));
      draw_icon(canvas, Icon::leave_out, {high.x - px(18), low.y + px(18)}, px(20), theme::kText);
    }
    canvas->PushClipRect(low, high, true);
    if (hovered) hover_view(frame, index);
    if (pressed) {
      frame.state.selected.detection = -1;
      select_view(frame, index);
    }
    detections_of(frame, index, low, size, canvas);
    canvas->PopClipRect();
    if (hovered && ImGui::IsMouseDoubleClicked(0)) frame.actions.look_through = index;
    const bool lit = frame.state.hovered.view == index || frame.state.selected.view == index;
    if (lit)
      canvas->AddRect(low, high, frame.state.selected.view == index ? IM_COL32_WHITE : theme::kFaint, px(3),
                      0, px(2));
  } else if (visible) {
    if (const ImTextureID texture = frame.strip.thumbnail(index)) {
      canvas->AddImageRounded(texture, low, high, {0, 0}, {1, 1}, IM_COL32_WHITE, px(3));
    } else {
      canvas->AddRectFilled(low, high, theme::kRaised, px(3));
      const std::string& problem = frame.session.pictures()[index].problem;
      if (!problem.empty()) {
        draw_icon(canvas, Icon::warning, {(low.x + high.x) / 2, (low.y + high.y) / 2}, px(24),
                  theme::kWarning);
        if (hovered) widgets::hint(problem.c_str());
      }
    }
  }
  // The name on a dark foot, so that it reads on any picture.
  ImFont* font = theme::fonts().small;
  const ImVec2 extent = font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, name.c_str());
  const float plate_width = std::min(size.x, extent.x + px(16));
  canvas->PushClipRect(low, high, true);
  canvas->AddRectFilled({low.x, high.y - px(24)}, {low.x + plate_width, high.y}, IM_COL32(14, 15, 18, 190),
                        px(3), ImDrawFlags_RoundCornersTopRight | ImDrawFlags_RoundCornersBottomLeft);
  canvas->AddText(font, font->FontSize, {low.x + px(8), high.y - px(12) - extent.y / 2}, theme::kText,
                  name.c_str());
  canvas->PopClipRect();
  ImGui::PopID();
}

}  // namespace

void picture_panel(Frame& frame) {
  ImGui::BeginChild("pictures", {0, 0}, false, ImGuiWindowFlags_HorizontalScrollbar);
  // The wheel moves the strip sideways, there is nothing above or below.
  if (ImGui::IsWindowHovered() && ImGui::GetIO().MouseWheel != 0) {
    ImGui::SetScrollX(ImGui::GetScrollX() - ImGui::GetIO().MouseWheel * px(80));
  }
  const float height = std::floor(ImGui::GetContentRegionAvail().y);
  for (int i = 0; i < tile_count(frame); ++i) {
    if (i > 0) ImGui::SameLine();
    const std::string& name =
        frame.reconstructed ? frame.result->views[i].name : frame.session.capture()->cameras[i].name;
    tile(frame, i, name, aspect_of(frame, i), height);
  }
  ImGui::EndChild();
}

float picture_panel_height(const Frame& frame, float width) {
  float aspects = 0;
  const int count = tile_count(frame);
  for (int i = 0; i < count; ++i) aspects += aspect_of(frame, i);
  const float gaps =
      ImGui::GetStyle().ItemSpacing.x * float(std::max(0, count - 1)) + 2 * px(kPicturePadding);
  const float fitting =
      std::floor((width - gaps) / std::max(0.1f, aspects)) - 1;  // a scroll bar for a rounded pixel is ugly
  return fitting + 2 * px(kPicturePadding);
}

}  // namespace ahap
