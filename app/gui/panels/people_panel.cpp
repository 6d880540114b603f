#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "app/gui/formatted.h"
#include "app/gui/lengths.h"
#include "app/gui/panels/panels.h"
#include "app/gui/panels/photo_overlay.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"
#include "reconstruction/corrections.h"
#include "reconstruction/photo_fit.h"

namespace ahap {

using theme::px;

namespace {

// What is good needs no colour.
ImU32 fit_text_color(double metres) {
  return metres > kPoorFit ? fit_color(metres) : theme::colors().muted;
}

struct DetectionFit {
  int detection = 0;
  bool counts = true;  // not left out
  std::optional<PhotoFit> fit;

  double metres() const { return fit ? fit->metres : 0; }
};

// How the body lies in each of its pictures, the worst first, those that are left out last.
std::vector<DetectionFit> fits_of(const Frame& frame, int person_id) {
  std::vector<DetectionFit> fits;
  for (const int n : detections_of(frame.seen(), person_id))
    fits.push_back({n, counts(*frame.result, frame.seen().detections[n]), photo_fit(*frame.result, 0, n)});
  std::stable_sort(fits.begin(), fits.end(), [](const DetectionFit& a, const DetectionFit& b) {
    return std::make_pair(!a.counts, -a.metres()) < std::make_pair(!b.counts, -b.metres());
  });
  return fits;
}

void person_row(Frame& frame, const PersonInFrame& in_frame, bool scale_doubted) {
  const Person& person = in_frame.person;
  ViewState& state = frame.state;
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  const float width = ImGui::GetContentRegionAvail().x, height = px(34);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::PushID(person.id);
  ImGui::SetItemAllowOverlap();
  const bool pressed = ImGui::InvisibleButton("person", {width - px(34), height});
  const bool hovered = ImGui::IsItemHovered();
  const bool double_clicked = hovered && ImGui::IsMouseDoubleClicked(0);
  const bool selected = state.selected.person == person.id;
  if (selected || hovered || state.hovered.person == person.id) {
    canvas->AddRectFilled({at.x - px(8), at.y}, {at.x + width + px(8), at.y + height},
                          selected ? theme::colors().hovered : theme::colors().raised, px(4));
  }
  if (ImGui::BeginPopupContextItem("person menu")) {
    person_menu(frame, person.id);
    ImGui::EndPopup();
  }
  if (hovered) hover_person(frame, person.id);
  if (pressed) select_person(frame, selected && !double_clicked ? 0 : person.id);
  if (double_clicked) frame.actions.frame_selection = true;

  const bool shown = state.shows_person(person.id);
  widgets::identity_chip(canvas, {at.x, at.y + px(6)}, person.id, selected);
  char text[96];
  std::snprintf(text, sizeof text, "%s", person_label(person).c_str());
  const float text_y = at.y + (height - ImGui::GetTextLineHeight()) / 2;
  canvas->AddText({at.x + px(34), text_y}, shown ? theme::colors().text : theme::colors().faint, text);
  const int views = int(in_frame.body.detections.size());
  const auto fits = fits_of(frame, person.id);
  const double worst = fits.empty() || !fits[0].counts ? 0 : fits[0].metres();
  if (worst > kPoorFit) {
    const ImVec2 icon(at.x + width - px(186), at.y + height / 2);
    draw_icon(canvas, Icon::warning, icon, px(16), fit_color(worst));
    if (hovered) {
      ImGui::SetTooltip("In %s the body lies %.0f cm beside the person.",
                        frame.result->views[frame.seen().detections[fits[0].detection].view].name.c_str(),
                        100 * worst);
    }
  }
  ImFont* font = theme::fonts().small;
  const auto right_aligned = [&](float right, ImU32 color) {
    const float text_width = font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, text).x;
    canvas->AddText(font, font->FontSize, {at.x + right - text_width, text_y + px(1)}, color, text);
  };
  if (is_locked(frame, person.id))
    draw_icon(canvas, Icon::lock, {at.x + width - px(164), at.y + height / 2}, px(14), theme::colors().muted);
  std::snprintf(text, sizeof text, "%.2f m", person.height);
  right_aligned(width - px(108), scale_doubted ? theme::colors().warning : theme::colors().muted);
  std::snprintf(text, sizeof text, "%d view%s", views, views == 1 ? "" : "s");
  right_aligned(width - px(40), theme::colors().muted);

  ImGui::SetCursorScreenPos({at.x + width - px(30), at.y + px(2)});
  if (widgets::icon_button("##eye", shown ? Icon::eye : Icon::eye_closed,
                           shown ? "Hide this body" : "Show this body", px(30),
                           shown ? theme::colors().muted : theme::colors().faint)) {
    hide_person(frame, person.id, shown);
  }
  ImGui::SetCursorScreenPos({at.x, at.y + height});
  ImGui::Dummy({0, 0});
  ImGui::PopID();
}

void fact(const char* name, const std::string& value, const char* explanation,
          ImU32 color = theme::colors().text) {
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  ImGui::PushStyleColor(ImGuiCol_Text, theme::colors().muted);
  ImGui::TextUnformatted(name);
  ImGui::PopStyleColor();
  widgets::hint(explanation);
  ImGui::TableNextColumn();
  ImGui::PushStyleColor(ImGuiCol_Text, color);
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(value.c_str());
  ImGui::PopTextWrapPos();
  ImGui::PopStyleColor();
}

// By how far a body lies beside the person in one photo, as a bar: full at twice what is bad.
void fit_bar(ImDrawList* canvas, ImVec2 at, float width, double metres) {
  const float height = px(6);
  const float filled = std::clamp(float(metres / (2 * kBadFit)) * width, px(3), width);
  canvas->AddRectFilled(at, {at.x + width, at.y + height}, theme::colors().raised, height / 2);
  canvas->AddRectFilled(at, {at.x + filled, at.y + height}, fit_color(metres), height / 2);
}

void explain_fit(const DetectionFit& seen, const Detection& detection) {
  if (!seen.counts) {
    ImGui::SetTooltip("Left out: the body does not follow from this photo.");
  } else if (seen.fit) {
    ImGui::SetTooltip(
        "Half of the joints lie nearer to where this photo shows them.\nWorst: %s, %.0f cm. Score %.2f.",
        readable_joint(seen.fit->worst_joint).c_str(), 100 * seen.fit->worst_metres, detection.score);
  }
}

// One photo of a person: how far the body lies beside what it shows.
void photo_row(Frame& frame, const DetectionFit& seen) {
  const int n = seen.detection;
  const Detection& detection = frame.seen().detections[n];
  const ReconstructedView& view = frame.result->views[detection.view];
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  ImGui::PushID(n);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x, height = px(24), line = ImGui::GetTextLineHeight();
  const bool pressed = ImGui::InvisibleButton("detection", {width, height});
  const bool hovered = ImGui::IsItemHovered();
  if (ImGui::BeginPopupContextItem("detection menu")) {
    detection_menu(frame, n);
    ImGui::EndPopup();
  }
  if (hovered) hover_detection(frame, n);
  if (pressed) select_detection(frame, n);
  if (hovered && ImGui::IsMouseDoubleClicked(0)) frame.actions.photo = detection.view;
  if (frame.state.hovered.detection == n || frame.state.selected.detection == n) {
    canvas->AddRectFilled({at.x - px(8), at.y}, {at.x + width + px(8), at.y + height}, theme::colors().raised,
                          px(4));
  }
  if (hovered) explain_fit(seen, detection);
  const std::string text =
      seen.fit ? formatted("%.0f px, ", seen.fit->pixels) + formatted("%.0f cm off", 100 * seen.fit->metres)
               : formatted("score %.2f", detection.score);
  const float text_width = ImGui::CalcTextSize(text.c_str()).x, bar = px(44), middle = at.y + height / 2;
  canvas->AddText({at.x + width - text_width, middle - line / 2},
                  seen.counts ? fit_text_color(seen.metres()) : theme::colors().faint, text.c_str());
  float right = width - px(112);
  if (seen.counts && seen.fit) fit_bar(canvas, {at.x + right - bar, middle - px(3)}, bar, seen.fit->metres);
  if (!seen.counts)
    draw_icon(canvas, Icon::leave_out, {at.x + right - px(8), middle}, px(14), theme::colors().muted);
  right -= bar + px(8);
  if (detection.locked) {
    draw_icon(canvas, Icon::lock, {at.x + right - px(8), middle}, px(13), theme::colors().muted);
    right -= px(20);
  }
  ImGui::SetCursorScreenPos({at.x, middle - line / 2});
  widgets::shortened(view.name, right, seen.counts ? theme::colors().text : theme::colors().faint);
  ImGui::SetCursorScreenPos({at.x, at.y + height});
  ImGui::Dummy({0, 0});
  ImGui::PopID();
}

void details(Frame& frame, const PersonInFrame& in_frame) {
  const auto& [person, body] = in_frame;
  const Reconstruction& result = *frame.result;
  float lowest = 1e9f;
  for (const auto& position : body.mesh.positions) lowest = std::min(lowest, position.y());
  const Eigen::Vector3f& place = body.joints.empty() ? body.transl : body.joints.front();

  char text[160];
  ImGui::PushStyleVar(ImGuiStyleVar_CellPadding, ImVec2(0, px(2)));
  ImGui::PushFont(theme::fonts().small);
  if (ImGui::BeginTable("details", 2)) {
    ImGui::TableSetupColumn("name", ImGuiTableColumnFlags_WidthFixed, px(112));
    fact("Height", formatted("%.2f m", person.height), "Of the standing body with this person's shape.",
         person.height < 0.8 || person.height > 2.3 ? theme::colors().warning : theme::colors().text);
    std::snprintf(text, sizeof text, "%.2f, %.2f m", place.x(), place.z());
    fact("Position on floor", text, "Pelvis over the floor: x, z in metres.");
    if (!body.mesh.positions.empty()) {
      const long gap = std::lround(100 * lowest);
      std::snprintf(text, sizeof text, "%ld cm %s the floor", std::labs(gap), gap > 0 ? "above" : "below");
      fact("Feet", gap == 0 ? "on the floor" : text, "The lowest point of the body.",
           std::labs(gap) > 15 ? theme::colors().warning : theme::colors().text);
    }
    if (body.triangulated) {
      fact("Position", formatted("triangulated, %.1f px off", body.triangulation_residual),
           "Triangulated from the key points of several views; root mean square distance of its "
           "re-projection.");
    } else {
      fact("Position", "from one view's depth",
           "Seen by one usable camera only, so that its distance is an estimate.", theme::colors().warning);
    }
    if (body.reference_view < int(result.views.size())) {
      fact("Pose from", result.views[body.reference_view].name, "The view in which the pose was decoded.");
    }
    ImGui::EndTable();
  }
  ImGui::PopFont();
  ImGui::PopStyleVar();

  ImGui::PushFont(theme::fonts().small);
  for (const DetectionFit& seen : fits_of(frame, person.id)) photo_row(frame, seen);
  ImGui::PopFont();
}

}  // namespace

void people_panel(Frame& frame) {
  const Reconstruction& result = *frame.result;
  const std::vector<PersonInFrame> people = people_in(result, 0);
  widgets::heading("People", frame.reconstructed ? std::to_string(people.size()) : "");
  if (!frame.reconstructed) {
    widgets::muted("Frame " + std::to_string(frame.session.frame()) + " is not reconstructed.");
    return;
  }
  if (people.empty()) {
    const bool seen = result.partial && !frame.seen().detections.empty();
    widgets::muted(seen ? "Found in the pictures; who is who comes next."
                   : result.partial
                       ? "Nobody found yet."
                       : "Nobody was found in these pictures; the scene is shown without people.");
    return;
  }
  const std::string doubt = result.partial ? "" : scale_doubt(people);
  if (!doubt.empty()) {
    widgets::small_muted(doubt, theme::colors().warning);
    ImGui::Dummy({0, px(4)});
  }
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(8), 0));
  for (const PersonInFrame& person : people) {
    person_row(frame, person, !doubt.empty());
    if (person.person.id == frame.state.selected.person) {
      ImGui::Dummy({0, px(4)});
      ImGui::Indent(px(34));
      details(frame, person);
      ImGui::Unindent(px(34));
      ImGui::Dummy({0, px(8)});
    }
  }
  ImGui::PopStyleVar();
}

}  // namespace ahap
