#include "app/gui/panels/photo_overlay.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>

#include "app/gui/theme.h"
#include "app/gui/widgets.h"
#include "reconstruction/photo_fit.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {

using theme::px;

namespace {

constexpr ImU32 kShadow = IM_COL32(10, 11, 14, 200);

bool is_lit(const Frame& frame, int n) {
  const auto& [hovered, selected] = std::tie(frame.state.hovered, frame.state.selected);
  const int id = frame.seen().detections[n].person_id;
  return hovered.detection == n || selected.detection == n ||
         (id > 0 && (hovered.person == id || selected.person == id));
}

void draw_box(const Frame& frame, const ShownPhoto& photo, int n, ImDrawList* canvas) {
  const Detection& detection = frame.seen().detections[n];
  const ImU32 color = theme::identity(detection.person_id);
  const ImVec2 a = photo.on_screen({detection.box.x0, detection.box.y0}),
               b = photo.on_screen({detection.box.x1, detection.box.y1});
  const bool lit = is_lit(frame, n);
  if (lit) canvas->AddRect(a, b, IM_COL32_WHITE, px(3), 0, px(3.5f));
  canvas->AddRect(a, b, color, px(3), 0, px(lit ? 2.0f : 1.5f));
  if (detection.left_out) canvas->AddLine({a.x, b.y}, {b.x, a.y}, color, px(1.5f));
  const ImVec2 chip = widgets::identity_chip_size(detection.person_id);
  const float y = a.y - chip.y >= photo.low.y ? a.y - chip.y : a.y;
  const ImVec2 at(std::round(std::max(photo.low.x, a.x)), std::round(y));
  widgets::identity_chip(canvas, at, detection.person_id);
  if (!detection.locked) return;
  const bool room = at.x + chip.x + px(20) < photo.low.x + photo.size.x;  // beside the number, else below it
  const ImVec2 middle = room ? ImVec2(at.x + chip.x + px(10), at.y + chip.y / 2)
                             : ImVec2(at.x + chip.x / 2, at.y + chip.y + px(10));
  canvas->AddCircleFilled(middle, px(9), theme::colors().plate);
  draw_icon(canvas, Icon::lock, middle, px(12), theme::colors().text);
}

// The smallest box under the mouse, -1: none.
int box_under_mouse(const Frame& frame, const ShownPhoto& photo) {
  if (!ImGui::IsItemHovered()) return -1;
  const ImVec2 at = ImGui::GetIO().MousePos;
  int found = -1;
  float smallest = FLT_MAX;
  for (int n = 0; n < int(frame.seen().detections.size()); ++n) {
    const Detection& detection = frame.seen().detections[n];
    if (detection.view != photo.view || detection.person_id == kNotAPerson) continue;
    const ImVec2 a = photo.on_screen({detection.box.x0, detection.box.y0}),
                 b = photo.on_screen({detection.box.x1, detection.box.y1});
    const float area = (b.x - a.x) * (b.y - a.y);
    const bool inside = at.x >= a.x && at.x < b.x && at.y >= a.y && at.y < b.y;
    if (!inside || area >= smallest) continue;
    found = n;
    smallest = area;
  }
  return found;
}

// From one place to another, with a head at the end; without one where it would be longer than the arrow.
void arrow(ImDrawList* canvas, ImVec2 from, ImVec2 to, ImU32 color, float width) {
  const float dx = to.x - from.x, dy = to.y - from.y, length = std::hypot(dx, dy), head = px(6);
  canvas->AddLine(from, to, kShadow, width + px(2));
  canvas->AddLine(from, to, color, width);
  if (length < head) return;
  const ImVec2 along(dx / length * head, dy / length * head), across(-along.y * 0.5f, along.x * 0.5f);
  canvas->AddTriangleFilled(to, {to.x - along.x + across.x, to.y - along.y + across.y},
                            {to.x - along.x - across.x, to.y - along.y - across.y}, color);
}

// Between the joints that a picture shows.
void bones(ImDrawList* canvas, const ShownPhoto& photo, const std::vector<JointFit>& fits, ImU32 color) {
  // SMPL's hips, knees, ankles, shoulders, elbows and wrists, left then right.
  constexpr std::array<std::pair<int, int>, 12> kBones = {{{1, 4},
                                                           {4, 7},
                                                           {2, 5},
                                                           {5, 8},
                                                           {16, 18},
                                                           {18, 20},
                                                           {17, 19},
                                                           {19, 21},
                                                           {16, 17},
                                                           {1, 2},
                                                           {16, 1},
                                                           {17, 2}}};
  std::map<int, ImVec2> seen;
  for (const JointFit& fit : fits) seen[fit.joint] = photo.on_screen(fit.seen);
  for (const auto& [a, b] : kBones) {
    if (seen.contains(a) && seen.contains(b)) canvas->AddLine(seen[a], seen[b], color, px(1.5f));
  }
}

}  // namespace

ImU32 fit_color(double metres) {
  return metres > kBadFit    ? theme::colors().error
         : metres > kPoorFit ? theme::colors().warning
                             : theme::colors().success;
}

std::string readable_joint(int joint) {
  std::string name(kSmplJointNames[std::size_t(joint)]);
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

bool photo_boxes(Frame& frame, const ShownPhoto& photo, ImDrawList* canvas) {
  const std::vector<Detection>& detections = frame.seen().detections;
  for (int n = 0; n < int(detections.size()); ++n) {
    if (detections[n].view == photo.view && detections[n].person_id != kNotAPerson)
      draw_box(frame, photo, n, canvas);
  }
  const int under_mouse = box_under_mouse(frame, photo);
  const bool menu = ImGui::IsItemHovered() && ImGui::IsMouseReleased(1) &&
                    ImGui::GetIO().MouseDragMaxDistanceSqr[1] < px(3) * px(3);
  if (under_mouse >= 0) {
    hover_detection(frame, under_mouse);
    if (ImGui::IsMouseClicked(0)) select_detection(frame, under_mouse);
    if (menu) select_detection(frame, under_mouse);
    if (menu) ImGui::OpenPopup("detection menu");
  } else if (menu) {
    select_view(frame, photo.view);
    ImGui::OpenPopup("view menu");
  }
  if (ImGui::BeginPopup("view menu")) {
    view_menu(frame, photo.view);
    ImGui::EndPopup();
  }
  if (ImGui::BeginPopup("detection menu")) {
    const int selected = frame.state.selected.detection;
    if (selected >= 0 && detections[selected].view == photo.view) detection_menu(frame, selected);
    ImGui::EndPopup();
  }
  return under_mouse >= 0;
}

void photo_joints(Frame& frame, const ShownPhoto& photo, ImDrawList* canvas, bool hovered) {
  const std::vector<Detection>& detections = frame.seen().detections;
  const int one = frame.state.hovered.person > 0 ? frame.state.hovered.person : frame.state.selected.person;
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  for (int n = 0; n < int(detections.size()); ++n) {
    const Detection& detection = detections[n];
    const bool shown = detection.view == photo.view && detection.person_id > 0 &&
                       (one <= 0 || one == detection.person_id) &&
                       frame.state.shows_person(detection.person_id);
    if (!shown) continue;
    const std::vector<JointFit> fits = joint_fits(*frame.result, 0, n, detection.person_id);
    bones(canvas, photo, fits, theme::identity(detection.person_id, 200));
    for (const JointFit& fit : fits) {
      const ImVec2 seen = photo.on_screen(fit.seen), body = photo.on_screen(fit.body);
      const ImU32 color = fit_color(fit.metres);
      arrow(canvas, seen, body, color, px(1.8f));
      canvas->AddCircleFilled(seen, px(3.6f), kShadow);
      canvas->AddCircleFilled(seen, px(2.6f), color);
      if (hovered && std::hypot(seen.x - mouse.x, seen.y - mouse.y) < px(7))
        ImGui::SetTooltip("%s: the body's is %.0f cm beside it", readable_joint(fit.joint).c_str(),
                          100 * fit.metres);
    }
  }
}

}  // namespace ahap
