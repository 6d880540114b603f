#include <algorithm>
#include <cmath>

#include "app/gui/lengths.h"
#include "app/gui/panels/panels.h"
#include "app/gui/panels/photo_overlay.h"
#include "app/gui/panels/plate.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"

namespace ahap {

using theme::px;

namespace {

constexpr float kMostZoom = 12, kSharpestZoom = 2;  // beyond the latter, pixels become larger

// Where the picture lies: as large as there is room for, times the zoom, about the chosen middle.
ShownPhoto placed(const Frame& frame, ImVec2 origin, ImVec2 room) {
  const PhotoZoom& zoom = frame.inputs.photo_zoom;
  const Camera& camera = frame.result->views[frame.state.photo].camera(0);
  const float fitted =
      std::min(room.x / float(std::max(1, camera.width)), room.y / float(std::max(1, camera.height)));
  const ImVec2 size(std::floor(float(camera.width) * fitted * zoom.times),
                    std::floor(float(camera.height) * fitted * zoom.times));
  return {frame.state.photo,
          {std::floor(origin.x + room.x / 2 - zoom.middle.x() * size.x),
           std::floor(origin.y + room.y / 2 - zoom.middle.y() * size.y)},
          size,
          camera};
}

// The wheel zooms about the mouse, dragging moves; no edge of the picture comes further in than the middle.
void zoom_and_move(PhotoZoom& zoom, const ShownPhoto& photo, ImVec2 origin, ImVec2 room) {
  const ImGuiIO& io = ImGui::GetIO();
  if (ImGui::IsItemActive()) {
    zoom.middle.x() -= io.MouseDelta.x / photo.size.x;
    zoom.middle.y() -= io.MouseDelta.y / photo.size.y;
  }
  if (ImGui::IsItemHovered() && io.MouseWheel != 0) {
    const float times = std::clamp(zoom.times * std::pow(1.2f, io.MouseWheel), 1.0f, kMostZoom);
    const float smaller = 1 - zoom.times / times;
    zoom.middle.x() += (io.MousePos.x - origin.x - room.x / 2) / photo.size.x * smaller;
    zoom.middle.y() += (io.MousePos.y - origin.y - room.y / 2) / photo.size.y * smaller;
    zoom.times = times;
  }
  zoom.middle = zoom.times == 1 ? Eigen::Vector2f(0.5f, 0.5f)
                                : Eigen::Vector2f(zoom.middle.cwiseMax(0.0f).cwiseMin(1.0f));
}

void cover_choice(ViewState& state) {
  static constexpr const char* names[] = {"Photo", "Depth", "Confidence"};
  int cover = int(state.photo_cover);
  ImGui::SetNextItemWidth(px(136));
  if (ImGui::Combo("##cover", &cover, names, IM_ARRAYSIZE(names))) state.photo_cover = PhotoCover(cover);
  widgets::hint("What the photo gave: how far away each point is, or how sure it is");
}

// What the colours of the cover mean.
void cover_legend(const Frame& frame, ImVec2 origin) {
  const ViewState& state = frame.state;
  if (state.photo_cover == PhotoCover::none) return;
  const Plate plate("##legend", {origin.x + px(14), origin.y + px(14)});
  const auto range = frame.strip.cover_range();
  if (!range) {
    widgets::muted("  This photo gave no points.  ");
    return;
  }
  const bool depth = state.photo_cover == PhotoCover::depth;
  const std::string low = depth ? length_text(range->first) : "unsure",
                    high = depth ? length_text(range->second) : "sure";
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted(("  " + low).c_str());
  ImGui::SameLine(0, px(8));
  ImGui::Dummy({px(140), ImGui::GetFrameHeight()});
  const ImVec2 from = ImGui::GetItemRectMin(), to = ImGui::GetItemRectMax();
  constexpr int kSteps = 35;
  for (int i = 0; i < kSteps; ++i) {
    const float place = float(i) / float(kSteps - 1), step = (to.x - from.x) / float(kSteps);
    const Color color = depth ? depth_color(place) : confidence_color(place);
    ImGui::GetWindowDrawList()->AddRectFilled({from.x + step * float(i), from.y + px(7)},
                                              {from.x + step * float(i + 1) + 1, to.y - px(7)},
                                              IM_COL32(color[0], color[1], color[2], 255));
  }
  ImGui::SameLine(0, px(8));
  ImGui::TextUnformatted((high + "  ").c_str());
}

// What is shown over the picture, the next ones, the way back.
void photo_bar(Frame& frame, ImVec2 origin, ImVec2 size) {
  ViewState& state = frame.state;
  const int count = int(frame.result->views.size());
  const ReconstructedView& view = frame.result->views[state.photo];
  const Plate plate("##photo", {origin.x + size.x / 2, origin.y + size.y - px(14)}, {0.5f, 1});
  if (widgets::icon_button("##previous photo", Icon::previous, "Previous photo  ([)"))
    frame.actions.photo = (state.photo + count - 1) % count;
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  widgets::shortened(view.name, std::max(px(60), size.x - px(440)));
  ImGui::SameLine();
  if (widgets::icon_button("##next photo", Icon::next, "Next photo  (])"))
    frame.actions.photo = (state.photo + 1) % count;
  ImGui::SameLine(0, px(8));
  widgets::toggle("Bodies", Icon::body, &state.bodies, "Show the bodies", size.x > px(520));
  ImGui::SameLine();
  widgets::toggle("Joints", Icon::skeleton, &state.photo_joints,
                  "Joints as the photo shows them, with arrows to where the bodies have them  (J)",
                  size.x > px(520));
  ImGui::SameLine();
  cover_choice(state);
  ImGui::SameLine();
  ImGui::BeginDisabled(!view.camera_estimated);
  if (widgets::icon_button("##through", Icon::camera, "Look through this camera in the 3D view"))
    frame.actions.look_through = state.photo;
  ImGui::EndDisabled();
  ImGui::SameLine();
  if (widgets::icon_button("##back", Icon::close, "Back to the 3D view  (Esc, double click)"))
    frame.actions.photo = -1;
}

}  // namespace

void photo_panel(Frame& frame) {
  ViewState& state = frame.state;
  PhotoZoom& zoom = frame.inputs.photo_zoom;
  if (zoom.view != state.photo) zoom = {.view = state.photo};
  const ImVec2 origin = ImGui::GetCursorScreenPos(), size = ImGui::GetContentRegionAvail();
  const ImVec2 high(origin.x + size.x, origin.y + size.y);
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  canvas->AddRectFilled(origin, high, theme::colors().window);
  ImGui::InvisibleButton("photo", size);
  zoom_and_move(zoom, placed(frame, origin, size), origin, size);
  const ShownPhoto photo = placed(frame, origin, size);
  const float scale = ImGui::GetIO().DisplayFramebufferScale.x;
  const float sharpness = scale * std::min(1.0f, kSharpestZoom / zoom.times);
  const Eigen::Vector2i pixels(std::max(1, int(photo.size.x * sharpness)),
                               std::max(1, int(photo.size.y * sharpness)));
  const ImTextureID texture =
      frame.strip.large_view(photo.camera, photo.view, pixels, state, scale * theme::scale());
  canvas->PushClipRect(origin, high, true);
  canvas->AddImage(texture, photo.low, {photo.low.x + photo.size.x, photo.low.y + photo.size.y}, {0, 1},
                   {1, 0});
  const bool hovered = ImGui::IsItemHovered();
  if (hovered) hover_view(frame, photo.view);
  if (state.photo_joints) photo_joints(frame, photo, canvas, hovered);
  photo_boxes(frame, photo, canvas);
  canvas->PopClipRect();
  if (hovered && ImGui::IsMouseDoubleClicked(0)) frame.actions.photo = -1;
  cover_legend(frame, origin);
  photo_bar(frame, origin, size);
}

}  // namespace ahap
