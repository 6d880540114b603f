#include <cmath>
#include <cstdio>

#include "app/gui/panels/panels.h"
#include "app/gui/panels/photo_overlay.h"
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
      canvas->AddRectFilled(low, high, theme::kPhotoPlate, px(3));
      draw_icon(canvas, Icon::leave_out, {high.x - px(18), low.y + px(18)}, px(20), theme::kPhotoText);
    }
    canvas->PushClipRect(low, high, true);
    if (hovered) hover_view(frame, index);
    const ShownPhoto photo{index, low, size, frame.result->views[index].camera(0)};
    if (frame.state.strip_joints) photo_joints(frame, photo, canvas, hovered);
    const bool on_box = photo_boxes(frame, photo, canvas);
    if (pressed && !on_box) {
      frame.state.selected.detection = -1;
      select_view(frame, index);
    }
    canvas->PopClipRect();
    if (hovered && ImGui::IsMouseDoubleClicked(0)) frame.actions.photo = index;
    const bool lit = frame.state.hovered.view == index || frame.state.selected.view == index;
    if (lit)
      canvas->AddRect(low, high, frame.state.selected.view == index ? IM_COL32_WHITE : theme::kPhotoMuted,
                      px(3), 0, px(2));
  } else if (visible) {
    if (const ImTextureID texture = frame.strip.thumbnail(index)) {
      canvas->AddImageRounded(texture, low, high, {0, 0}, {1, 1}, IM_COL32_WHITE, px(3));
    } else {
      canvas->AddRectFilled(low, high, theme::colors().raised, px(3));
      const std::string& problem = frame.session.pictures()[index].problem;
      if (!problem.empty()) {
        draw_icon(canvas, Icon::warning, {(low.x + high.x) / 2, (low.y + high.y) / 2}, px(24),
                  theme::colors().warning);
        if (hovered) widgets::hint(problem.c_str());
      }
    }
  }
  // The name on a dark foot, so that it reads on any picture.
  ImFont* font = theme::fonts().small;
  const ImVec2 extent = font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, name.c_str());
  const float plate_width = std::min(size.x, extent.x + px(16));
  canvas->PushClipRect(low, high, true);
  canvas->AddRectFilled({low.x, high.y - px(24)}, {low.x + plate_width, high.y}, theme::kPhotoPlate, px(3),
                        ImDrawFlags_RoundCornersTopRight | ImDrawFlags_RoundCornersBottomLeft);
  canvas->AddText(font, font->FontSize, {low.x + px(8), high.y - px(12) - extent.y / 2}, theme::kPhotoText,
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
