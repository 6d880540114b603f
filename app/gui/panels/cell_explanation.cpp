#include <algorithm>
#include <cmath>

#include "app/gui/formatted.h"
#include "app/gui/identity_evidence.h"
#include "app/gui/panels/panels.h"
#include "app/gui/panels/photo_overlay.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"
#include "reconstruction/corrections.h"
#include "reconstruction/doubt.h"

namespace ahap {

using theme::px;

namespace {

constexpr float kCropWidth = 168, kCropHeight = 196;  // before scaling

// The part of a view's picture around a detection, where the cursor is. Returns the whole picture as it lies
// behind the part.
ShownPhoto crop(const Frame& frame, const Detection& detection, ImDrawList* canvas) {
  constexpr double kMargin = 1.25;  // around the box
  const Camera& camera = frame.result->views[detection.view].camera(0);
  const Box& box = detection.box;
  const ImVec2 low = ImGui::GetCursorScreenPos(), size(px(kCropWidth), px(kCropHeight));
  const ImVec2 high(low.x + size.x, low.y + size.y);
  const float scale = float(std::min(size.x / (kMargin * std::max(1.0, box.x1 - box.x0)),
                                     size.y / (kMargin * std::max(1.0, box.y1 - box.y0))));
  const ImVec2 whole(float(camera.width) * scale, float(camera.height) * scale);
  const ShownPhoto photo{detection.view,
                         {low.x + size.x / 2 - float(box.x0 + box.x1) / 2 * scale,
                          low.y + size.y / 2 - float(box.y0 + box.y1) / 2 * scale},
                         whole,
                         camera};
  canvas->AddRectFilled(low, high, theme::colors().window, px(3));
  canvas->PushClipRect(low, high, true);
  if (const ImTextureID texture = frame.strip.picture(detection.view))
    canvas->AddImage(texture, photo.low, {photo.low.x + whole.x, photo.low.y + whole.y});
  canvas->AddRect(photo.on_screen({box.x0, box.y0}), photo.on_screen({box.x1, box.y1}),
                  theme::identity(detection.person_id), px(3), 0, px(1.5f));
  canvas->PopClipRect();
  ImGui::Dummy(size);
  return photo;
}

void mark(ImDrawList* canvas, const ShownPhoto& photo, const Eigen::Vector2d& keypoint) {
  const ImVec2 at = photo.on_screen(keypoint);
  canvas->AddCircleFilled(at, px(5), IM_COL32(10, 11, 14, 190));
  canvas->AddCircleFilled(at, px(3.5f), IM_COL32_WHITE);
}

// The two crops side by side with their photos' names; the line in the second one shows where the key point
// of the first one can be.
void crops(const Frame& frame, int detection, const IdentityEvidence& evidence) {
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  const Detection& here = frame.seen().detections[detection];
  const auto name = [&](const Detection& seen) {
    widgets::shortened(frame.result->views[seen.view].name, px(kCropWidth), theme::colors().muted);
  };
  ImGui::BeginGroup();
  mark(canvas, crop(frame, here, canvas), here.keypoint);
  name(here);
  ImGui::EndGroup();
  if (evidence.other < 0) return;
  const Detection& other = frame.seen().detections[evidence.other];
  ImGui::SameLine(0, px(8));
  ImGui::BeginGroup();
  const ImVec2 low = ImGui::GetCursorScreenPos(), high(low.x + px(kCropWidth), low.y + px(kCropHeight));
  const ShownPhoto photo = crop(frame, other, canvas);
  canvas->PushClipRect(low, high, true);
  std::vector<ImVec2> line;
  for (const Eigen::Vector2d& pixel : evidence.epipolar_line) line.push_back(photo.on_screen(pixel));
  canvas->AddPolyline(line.data(), int(line.size()), IM_COL32(10, 11, 14, 190), 0, px(4));
  canvas->AddPolyline(line.data(), int(line.size()), IM_COL32_WHITE, 0, px(1.6f));
  mark(canvas, photo, other.keypoint);
  canvas->PopClipRect();
  name(other);
  ImGui::EndGroup();
}

void fact(const char* name, const std::string& value, ImU32 color = theme::colors().text) {
  ImGui::PushStyleColor(ImGuiCol_Text, theme::colors().muted);
  ImGui::TextUnformatted(name);
  ImGui::PopStyleColor();
  ImGui::SameLine(px(124));
  ImGui::PushStyleColor(ImGuiCol_Text, color);
  ImGui::TextUnformatted(value.c_str());
  ImGui::PopStyleColor();
}

std::string percent(double share) {
  return formatted("%.0f %%", 100 * share);
}

// What the two pictures say of a person whom the detection may be.
void place_facts(const Frame& frame, const Detection& seen, const IdentityEvidence& evidence) {
  if (evidence.fit) {
    fact("Body",
         formatted("%.0f px, ", evidence.fit->pixels) +
             formatted("%.0f cm beside it", 100 * evidence.fit->metres),
         evidence.fit->metres > kPoorFit ? fit_color(evidence.fit->metres) : theme::colors().text);
  } else if (!frame.result->views[seen.view].camera_estimated) {
    fact("Body", "no camera pose, so no comparison", theme::colors().warning);
  }
  if (evidence.beside_line)
    fact("Hips", formatted("%.0f px beside the line from the left photo", *evidence.beside_line));
}

// Who comes second, for this detection and in the second best way to tell everybody apart.
void other_choices(const Frame& frame, int detection, const IdentityEvidence& evidence) {
  const auto name = [&](int id) { return person_label(*frame.result, id); };
  std::string agreement = percent(evidence.agreement);
  if (evidence.next != kNobody)
    agreement += ", " + name(evidence.next) + " " + percent(evidence.next_agreement) + " (margin " +
                 formatted("%+.0f)", 100 * (evidence.agreement - evidence.next_agreement));
  fact("Agreement", agreement);
  const RunnerUp& other = frame.seen().runner_up;
  if (other.person_ids.empty()) return;
  const int id = other.person_ids[detection];
  if (id == frame.seen().detections[detection].person_id) return;
  const bool known = find_person(*frame.result, 0, id).has_value(), close = other.margin < kDoubtfulMargin;
  fact("Second guess",
       (known ? name(id) : "somebody new") + (close ? ", nearly as likely" : ", clearly less likely") +
           formatted(" (margin %.0f)", other.margin),
       close ? theme::colors().warning : theme::colors().text);
}

}  // namespace

void explain_cell(const Frame& frame, int person_id, int detection) {
  const Detection& seen = frame.seen().detections[detection];
  const IdentityEvidence evidence = identity_evidence(*frame.result, 0, detection, person_id);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(12), px(10)));
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(8), px(4)));
  ImGui::BeginTooltip();
  const bool assigned = seen.person_id == person_id;
  ImGui::TextUnformatted((assigned ? person_label(*frame.result, person_id)
                                   : "Would it be " + person_label(*frame.result, person_id) + "?")
                             .c_str());
  ImGui::PushFont(theme::fonts().small);
  crops(frame, detection, evidence);
  ImGui::Dummy({0, px(2)});
  place_facts(frame, seen, evidence);
  other_choices(frame, detection, evidence);
  fact("Score", formatted("%.2f", seen.score));
  if (!assigned && seen.person_id > 0) fact("Given to", person_label(*frame.result, seen.person_id));
  if (seen.locked) fact("Locked", "corrections and other runs keep it");
  if (!counts(*frame.result, seen)) fact("Left out", "the body does not follow from it");
  ImGui::PopFont();
  ImGui::EndTooltip();
  ImGui::PopStyleVar(2);
}

}  // namespace ahap
