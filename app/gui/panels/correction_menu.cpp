#include <imgui.h>
// After imgui.h, which it needs.
#include <imgui_stdlib.h>

#include <cstdio>

#include "app/gui/panels/panels.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"
#include "reconstruction/corrections.h"

namespace ahap {

using theme::px;

namespace {

// A person's chip and name as a line of a menu.
bool person_item(const Frame& frame, int id, bool enabled, const char* why_not) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const std::string label = "       " + person_label(*frame.result, id) + "##" + std::to_string(id);
  const bool chosen = ImGui::MenuItem(label.c_str(), nullptr, false, enabled);
  widgets::identity_chip(ImGui::GetWindowDrawList(), at, id);
  if (!enabled && ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) widgets::hint(why_not);
  return chosen;
}

// Lines of a menu far enough apart to be hit.
struct MenuSpacing {
  MenuSpacing() { ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(10), px(10))); }
  ~MenuSpacing() { ImGui::PopStyleVar(); }
};

constexpr const char* kWhatLocksDo = "Corrections and other runs keep who this is.";

// In one line: a menu is as wide as its widest one.
void note(const std::string& text) {
  ImGui::PushFont(theme::fonts().small);
  ImGui::PushStyleColor(ImGuiCol_Text, theme::colors().muted);
  ImGui::TextUnformatted(text.c_str());
  ImGui::PopStyleColor();
  ImGui::PopFont();
}

// Where nothing can be corrected, why; true where it can.
bool correctable(const Frame& frame) {
  if (frame.session.can_correct()) return true;
  const bool running = frame.session.run_state().active();
  const bool range = frame.session.result()->frames.size() > 1;
  const bool reopened = frame.session.result()->model_name == "photo" && !frame.session.result()->run;
  note(running    ? "Wait for the run to end."
       : range    ? "Who is who can be corrected in single frames only."
       : reopened ? "A saved result can be corrected after it is reconstructed again (Ctrl+R)."
                  : "Only results of the model \"photo\" can be corrected.");
  return false;
}

// "1.72 m tall" as it is, to be said otherwise.
void height_item(Frame& frame, int person_id) {
  const auto found = find_person(*frame.result, 0, person_id);
  if (!found) return;
  char now[32];
  std::snprintf(now, sizeof now, "%.2f", found->person.height);
  ImGui::BeginDisabled(!frame.session.can_edit());
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted("This person is");
  ImGui::SameLine(0, px(8));
  ImGui::SetNextItemWidth(px(64));
  const bool entered =
      ImGui::InputTextWithHint("##height", now, &frame.inputs.height, ImGuiInputTextFlags_EnterReturnsTrue);
  widgets::hint("Enter multiplies everything, so that this person has that height.");
  ImGui::SameLine(0, px(8));
  ImGui::TextUnformatted("m tall");
  ImGui::EndDisabled();
  if (!entered) return;
  set_height(frame, person_id, frame.inputs.height);
  ImGui::CloseCurrentPopup();
}

}  // namespace

void person_menu(Frame& frame, int person_id) {
  const MenuSpacing spacing;
  if (ImGui::IsWindowAppearing()) {
    frame.inputs.name.clear();
    frame.inputs.height.clear();
    for (const Person& person : frame.session.result()->people) {
      if (person.id == person_id) frame.inputs.name = person.name;
    }
  }
  note(person_label(*frame.session.result(), person_id));
  ImGui::SetNextItemWidth(px(200));
  const bool entered =
      ImGui::InputTextWithHint("##name", "Name", &frame.inputs.name, ImGuiInputTextFlags_EnterReturnsTrue);
  if (entered) {
    frame.session.rename(person_id, frame.inputs.name);
    ImGui::CloseCurrentPopup();
  }
  height_item(frame, person_id);
  ImGui::Separator();
  const bool locked = is_locked(frame, person_id);
  if (ImGui::MenuItem("Locked in all photos", "K", locked, frame.session.can_lock()))
    lock_person(frame, person_id, !locked);
  widgets::hint(kWhatLocksDo);
  ImGui::Separator();
  if (!correctable(frame)) return;
  if (ImGui::BeginMenu("Merge into")) {
    for (const auto& [other, body] : people_in(*frame.result, 0)) {
      if (other.id == person_id) continue;
      const bool possible = !common_view(frame.seen(), person_id, other.id);
      if (person_item(frame, other.id, possible, "Both are in one picture: they are two people."))
        merge_people(frame, person_id, other.id);
    }
    ImGui::EndMenu();
  }
  if (ImGui::MenuItem("Not a person", "Del")) reject_person(frame, person_id);
}

void detection_menu(Frame& frame, int detection) {
  const MenuSpacing spacing;
  const Detection& seen = frame.seen().detections[detection];
  const std::string who = seen.person_id > 0 ? person_label(*frame.result, seen.person_id) : "Nobody";
  note(who + " in " + frame.result->views[seen.view].name);
  if (ImGui::MenuItem("Locked", "K", seen.locked, frame.session.can_lock()))
    lock_detection(frame, detection, !seen.locked);
  widgets::hint(kWhatLocksDo);
  ImGui::Separator();
  if (!correctable(frame)) return;
  if (ImGui::BeginMenu("This is")) {
    for (const auto& [person, body] : people_in(*frame.result, 0)) {
      if (person.id != seen.person_id && person_item(frame, person.id, true, ""))
        assign_detection(frame, detection, person.id);
    }
    if (ImGui::MenuItem("Somebody else", "Shift 0"))
      assign_detection(frame, detection, new_person_id(frame.seen()));
    ImGui::EndMenu();
  }
  if (ImGui::MenuItem("Not a person", "Del")) reject_detection(frame, detection);
  if (ImGui::MenuItem("Leave this photo out", "U", seen.left_out, seen.person_id > 0))
    leave_detection_out(frame, detection, !seen.left_out);
  widgets::hint("It stays the same person, but the body and the cameras do not follow from it.");
  if (seen.person_id <= 0) return;
  ImGui::Separator();
  if (ImGui::BeginMenu(who.c_str())) {
    person_menu(frame, seen.person_id);
    ImGui::EndMenu();
  }
}

void view_menu(Frame& frame, int view) {
  const MenuSpacing spacing;
  const ReconstructedView& seen = frame.result->views[view];
  note(seen.name);
  ImGui::Separator();
  if (ImGui::MenuItem("Show it large")) frame.actions.photo = view;
  if (ImGui::MenuItem("Look through its camera", nullptr, false, seen.camera_estimated))
    frame.actions.look_through = view;
  if (!correctable(frame)) return;
  if (ImGui::MenuItem("Leave this photo out", "U", seen.left_out))
    leave_view_out(frame, view, !seen.left_out);
  widgets::hint("Its camera stays; no body follows from it, and its points are not shown.");
}

}  // namespace ahap
