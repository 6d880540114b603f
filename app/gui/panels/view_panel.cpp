#include <cmath>
#include <cstdio>

#include "app/gui/frames_text.h"
#include "app/gui/panels/panels.h"
#include "app/gui/panels/plate.h"
#include "app/gui/panels/tape_panel.h"
#include "app/gui/panels/view_labels.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"

namespace ahap {

using theme::px;

namespace {

void display_options(ViewState& state, bool motion) {
  const float label = px(156);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(8), px(6)));
  ImGui::Dummy({px(356), 0});
  widgets::heading("Points");
  widgets::slider("Size", &state.point_size, 0.2f, 5, "%.1f", label);
  float percent = state.min_confidence * 100;
  if (widgets::slider("Confidence above", &percent, 0, 100, "%.0f %%", label))
    state.min_confidence = percent / 100;
  ImGui::AlignTextToFramePadding();
  ImGui::PushStyleColor(ImGuiCol_Text, theme::colors().muted);
  ImGui::TextUnformatted("Colour");
  ImGui::PopStyleColor();
  ImGui::SameLine(label);
  ImGui::SetNextItemWidth(-1);
  static constexpr const char* names[] = {"From the pictures", "Person", "View", "Confidence"};
  int by = int(state.point_colors);
  if (ImGui::Combo("##point colours", &by, names, IM_ARRAYSIZE(names))) state.point_colors = PointColors(by);
  ImGui::Checkbox("Hide surfaces seen from behind", &state.hide_backs);
  widgets::hint("Walls and ceilings between you and the people disappear.");
  ImGui::Checkbox("Also the points on people", &state.person_points);
  float depth_shading = state.depth_shading * 100;
  if (widgets::slider("Ambient shading (EDL)", &depth_shading, 0, 100, "%.0f %%", label)) {
    state.depth_shading = depth_shading / 100;
  }

  ImGui::Dummy({0, px(4)});
  widgets::heading("Cameras");
  widgets::slider("Size##cameras", &state.camera_size, 0.05f, 3, "%.2f m", label);
  float picture = state.picture_opacity * 100;
  if (widgets::slider("Picture opacity", &picture, 0, 100, "%.0f %%", label))
    state.picture_opacity = picture / 100;

  ImGui::Dummy({0, px(4)});
  widgets::heading("Bodies");
  float opacity = state.body_opacity * 100;
  if (widgets::slider("Opacity", &opacity, 5, 100, "%.0f %%", label)) state.body_opacity = opacity / 100;
  ImGui::Checkbox("Colour by identity", &state.identity_colors);
  ImGui::Checkbox("Joints and fit in the photos", &state.strip_joints);
  widgets::hint("Joints as the photos show them, with arrows to where the bodies have them.  (J)");

  if (motion) {
    ImGui::Dummy({0, px(4)});
    widgets::heading("Motion", "of the chosen person, else of all");
    widgets::slider("Trails, each way", &state.trail_seconds, 0.2f, 10, "%.1f s", label);
    ImGui::Checkbox("Pelvis", &state.trail_pelvis);
    ImGui::SameLine(0, px(20));
    ImGui::Checkbox("Wrists", &state.trail_wrists);
    ImGui::SameLine(0, px(20));
    ImGui::Checkbox("Ankles", &state.trail_ankles);
    widgets::slider("Ghosts every", &state.ghost_seconds, 0.1f, 5, "%.1f s", label);
  }
  ImGui::PopStyleVar();
}

// Where to look from.
void view_menu_button(Frame& frame) {
  if (widgets::icon_button("##views", Icon::eye, "Views: top, front, side, X-ray")) ImGui::OpenPopup("views");
  ImGui::SetNextWindowPos({ImGui::GetItemRectMax().x, ImGui::GetItemRectMax().y + px(8)}, ImGuiCond_Always,
                          {1, 0});
  if (ImGui::BeginPopup("views")) {
    if (ImGui::MenuItem("Top", "F2")) frame.actions.look_from = Viewpoint::top;
    if (ImGui::MenuItem("Front", "F3")) frame.actions.look_from = Viewpoint::front;
    if (ImGui::MenuItem("Side", "F4")) frame.actions.look_from = Viewpoint::side;
    ImGui::Separator();
    if (ImGui::MenuItem("X-ray", "F5")) frame.actions.toggle_x_ray = true;
    ImGui::EndPopup();
  }
  ImGui::SameLine();
}

void toolbar(Frame& frame, ImVec2 origin, float width) {
  ViewState& state = frame.state;
  const auto& result = frame.session.result();
  const bool motion = result && result->frames.size() > 1;
  const bool labels = width > px(motion ? 962 : 662), one_row = width > px(motion ? 552 : 432);
  {
    const Plate plate("##toolbar", {origin.x + px(12), origin.y + px(12)});
    widgets::toggle("Points", Icon::points, &state.points, "Show the point cloud", labels);
    ImGui::SameLine();
    widgets::toggle("Cameras", Icon::camera, &state.cameras, "Show the cameras with their pictures", labels);
    ImGui::SameLine();
    widgets::toggle("Bodies", Icon::body, &state.bodies, "Show the bodies", labels);
    ImGui::SameLine();
    widgets::toggle("Skeletons", Icon::skeleton, &state.skeletons,
                    "Show the skeletons, in front of everything", labels);
    ImGui::SameLine();
    widgets::toggle("Floor", Icon::grid, &state.grid, "Show the floor with a line every metre", labels);
    ImGui::SameLine();
    if (motion) {
      widgets::toggle("Trails", Icon::trail, &state.trails, "Show the way of pelvis, wrists and ankles",
                      labels);
      ImGui::SameLine();
      widgets::toggle("Ghosts", Icon::ghosts, &state.ghosts, "Show the bodies of other frames, translucent",
                      labels);
      ImGui::SameLine();
    }
    if (frame.session.can_switch_smoothing()) {
      bool smooth = frame.session.motion_is_smooth();
      if (widgets::toggle("Smooth", Icon::smooth, &smooth,
                          "Smooth motion with planted feet; off: every frame by itself", labels))
        frame.session.switch_smoothing();
      ImGui::SameLine();
    }
    if (widgets::icon_button("##display", Icon::sliders, "Sizes, confidence, opacity and colours")) {
      ImGui::OpenPopup("display options");
    }
    ImGui::SetNextWindowPos({ImGui::GetItemRectMin().x, ImGui::GetItemRectMax().y + px(8)});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(16), px(14)));
    if (ImGui::BeginPopup("display options")) {
      display_options(state, motion);
      ImGui::EndPopup();
    }
    ImGui::PopStyleVar();
  }
  const Plate plate("##framing", {origin.x + width - px(12), origin.y + px(one_row ? 12 : 58)}, {1, 0});
  if (frame.result) {
    if (widgets::toggle("##measure", Icon::tape, &frame.tape.on, "Measure distances  (M)", false))
      toggle_tape(frame);
    ImGui::SameLine();
  }
  if (widgets::icon_button("##frame", Icon::frame_all,
                           "See everything  (Shift + F); the selected person  (F)")) {
    frame.actions.frame_all = true;
  }
  ImGui::SameLine();
  if (frame.result) view_menu_button(frame);
  if (widgets::icon_button("##screenshot", Icon::pictures,
                           "Pictures and films of this view  (Shift + F12); a picture at once  (F12)")) {
    frame.actions.toggle_pictures = true;
  }
  ImGui::SameLine();
  if (widgets::icon_button("##help", Icon::help, "Mouse and keys  (F1)")) frame.actions.toggle_help = true;
}

// Which camera is the eye, how to leave it, and how much of its picture is seen.
void look_through_bar(Frame& frame, ImVec2 origin, ImVec2 size) {
  const int view = frame.state.look_through;
  if (view < 0 || !frame.result) return;
  const Plate plate("##through", {origin.x + size.x / 2, origin.y + size.y - px(54)}, {0.5f, 0});
  const int count = int(frame.result->views.size());
  if (widgets::icon_button("##previous camera", Icon::previous, "Previous camera  ([)")) {
    frame.actions.look_through = (view + count - 1) % count;
  }
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted(("Through " + frame.result->views[view].name).c_str());
  ImGui::SameLine();
  if (widgets::icon_button("##next camera", Icon::next, "Next camera  (])")) {
    frame.actions.look_through = (view + 1) % count;
  }
  ImGui::SameLine(0, px(8));
  ViewState& state = frame.state;
  widgets::toggle("Points##through", Icon::points, &state.points_through,
                  "Show the point cloud over the picture", false);
  ImGui::SameLine();
  widgets::toggle("Skeletons##through", Icon::skeleton, &state.skeletons_through,
                  "Show the skeletons over the picture", false);
  const auto percent = [](const char* id, float& share, float least, const char* format) {
    ImGui::SameLine(0, px(4));
    ImGui::SetNextItemWidth(px(124));
    float shown = share * 100;
    if (ImGui::SliderFloat(id, &shown, least, 100, format, ImGuiSliderFlags_AlwaysClamp)) share = shown / 100;
  };
  percent("##backdrop", state.backdrop_opacity, 0, "Picture %.0f %%");
  percent("##bodies", state.body_opacity_through, 5, "Bodies %.0f %%");
  ImGui::SameLine(0, px(8));
  if (widgets::icon_button("##leave", Icon::close, "Leave the camera  (Esc)"))
    frame.actions.look_through = -1;
}

// Why there are no bodies, and what helps. A range would be lost to the frame.
void not_reconstructed(Frame& frame, ImVec2 origin, ImVec2 size) {
  if (!frame.result || frame.reconstructed || frame.session.run_state().active()) return;
  const bool above_camera_bar = frame.state.look_through >= 0;
  const Plate plate("##not reconstructed",
                    {origin.x + size.x / 2, origin.y + size.y - px(above_camera_bar ? 100 : 54)}, {0.5f, 0});
  const std::vector<ReconstructedFrame>& frames = frame.session.result()->frames;
  std::string text = "  Frame " + std::to_string(frame.session.frame()) + " is not reconstructed";
  if (frames.size() > 1) text += ", " + frames_text(frames.front().number, frames.back().number) + " are";
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted((text + "  ").c_str());
  if (frames.size() > 1) return;
  ImGui::SameLine();
  if (ImGui::Button("Reconstruct it")) frame.session.run_shown();
}

// X, Y and Z as the eye sees them, in the lower left corner.
void axes(ImDrawList* canvas, ImVec2 origin, ImVec2 size, const ViewTransform& view) {
  const ImVec2 centre(origin.x + px(52), origin.y + size.y - px(52));
  canvas->AddCircleFilled(centre, px(38), theme::faded(theme::colors().plate, 170));
  const Eigen::Matrix3f rotation = view.camera_from_world.linear();
  constexpr ImU32 colors[] = {IM_COL32(222, 96, 96, 255), IM_COL32(110, 190, 110, 255),
                              IM_COL32(98, 142, 232, 255)};
  constexpr const char* names[] = {"X", "Y", "Z"};
  int order[] = {0, 1, 2};
  std::sort(order, order + 3, [&](int a, int b) { return rotation(2, a) > rotation(2, b); });
  for (const int axis : order) {
    const ImVec2 end(centre.x + rotation(0, axis) * px(18), centre.y + rotation(1, axis) * px(18));
    canvas->AddLine(centre, end, colors[axis], px(2));
    const ImVec2 label(centre.x + rotation(0, axis) * px(27), centre.y + rotation(1, axis) * px(27));
    ImFont* font = theme::fonts().small;
    const ImVec2 extent = font->CalcTextSizeA(px(13), FLT_MAX, 0, names[axis]);
    canvas->AddText(font, px(13), {label.x - extent.x / 2, label.y - extent.y / 2}, colors[axis],
                    names[axis]);
  }
}

void mouse(Frame& frame, ImVec2 origin, const Eigen::Vector2f& viewport, float pixels_per_unit) {
  const ImGuiIO& io = ImGui::GetIO();
  const Eigen::Vector2f cursor((io.MousePos.x - origin.x) * pixels_per_unit,
                               (io.MousePos.y - origin.y) * pixels_per_unit);
  const Eigen::Vector2f drag(io.MouseDelta.x, io.MouseDelta.y);
  if (ImGui::IsItemActive() && (drag.x() != 0 || drag.y() != 0)) {
    const bool pans = io.KeyShift || ImGui::IsMouseDown(1) || ImGui::IsMouseDown(2);
    const ImVec2 moved = ImGui::GetMouseDragDelta(0, 0);
    const bool beyond_a_click = std::hypot(moved.x, moved.y) > px(3);
    if (pans) {
      frame.camera.pan(drag * pixels_per_unit, viewport);
    } else if (beyond_a_click) {
      frame.camera.orbit(drag / theme::scale());
    }
  }
  if (ImGui::IsItemDeactivated() && ImGui::IsMouseReleased(0)) {
    const ImVec2 moved = ImGui::GetMouseDragDelta(0, 0);
    if (std::hypot(moved.x, moved.y) <= px(3)) {
      const int label = frame.tape.label_at(io.MousePos);
      label < 0 ? void(frame.actions.choose_at = cursor) : void(frame.tape.selected = label);
    }
  }
  if (!ImGui::IsItemHovered()) return;
  const bool on_label = frame.tape.label_at(io.MousePos) >= 0;
  if (!ImGui::IsItemActive() && !on_label) frame.actions.point_at = cursor;
  if (io.MouseWheel != 0) {
    if (io.KeyCtrl) {
      frame.state.point_size = std::clamp(frame.state.point_size * std::pow(1.1f, io.MouseWheel), 0.2f, 5.0f);
    } else if (io.KeyAlt) {
      frame.state.camera_size =
          std::clamp(frame.state.camera_size * std::pow(1.1f, io.MouseWheel), 0.05f, 3.0f);
    } else {
      frame.camera.zoom(io.MouseWheel, cursor, viewport);
    }
  }
  if (ImGui::IsMouseDoubleClicked(0) && !on_label && !frame.tape.on) frame.actions.pivot_at = cursor;
}

}  // namespace

void view_panel(Frame& frame) {
  const ImVec2 origin = ImGui::GetCursorScreenPos(), size = ImGui::GetContentRegionAvail();
  const float pixels_per_unit = ImGui::GetIO().DisplayFramebufferScale.x;
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  canvas->AddImage(frame.scene, origin, {origin.x + size.x, origin.y + size.y}, {0, 1}, {1, 0});
  ImGui::InvisibleButton("scene", size,
                         ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight |
                             ImGuiButtonFlags_MouseButtonMiddle);
  const Eigen::Vector2f viewport(std::floor(size.x * pixels_per_unit), std::floor(size.y * pixels_per_unit));
  mouse(frame, origin, viewport, pixels_per_unit);
  const ViewTransform view = frame.camera.view(viewport);
  std::vector<TapeTool::Box> taken;
  if (frame.result)
    person_numbers(*frame.result, frame.state, canvas, origin, origin.y + px(60), view, pixels_per_unit,
                   taken);
  tape_overlay(frame, canvas, origin, size, view, pixels_per_unit, taken);
  axes(canvas, origin, size, view);
  toolbar(frame, origin, size.x);
  look_through_bar(frame, origin, size);
  run_plate(frame, origin, size);
  not_reconstructed(frame, origin, size);
  const bool one_bar = frame.session.run_state().active() || (frame.result && !frame.reconstructed);
  const int bars = int(one_bar) + int(frame.state.look_through >= 0);
  tape_bar(frame, origin, size, origin.y + size.y - px(14 + 46 * float(bars)));
}

}  // namespace ahap
