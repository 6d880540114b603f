#include "reconstruction/corrections.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <set>

#include "app/gui/lengths.h"
#include "app/gui/panels/panels.h"
#include "reconstruction/body/moved_world.h"
#include "reconstruction/doubts.h"

namespace ahap {
namespace {

std::string named(const Frame& frame, int person_id) {
  return person_label(*frame.result, person_id);
}

std::string picture_of(const Frame& frame, int detection) {
  return frame.result->views[frame.seen().detections[detection].view].name;
}

// Nothing that is locked becomes somebody else.
void correct(Frame& frame, std::string what, std::vector<int> person_ids) {
  const int locked = locked_against(frame.seen(), person_ids);
  if (locked < 0) return frame.session.correct(std::move(what), std::move(person_ids));
  frame.session.tell(Notice::Kind::warning, named(frame, frame.seen().detections[locked].person_id) + " in " +
                                                picture_of(frame, locked) +
                                                " is locked. Unlock it first (K).");
}

// Decisions that make no sense are refused with their reason.
void decide(Frame& frame, const std::string& what, const std::function<Decisions()>& decisions) {
  try {
    frame.session.decide(what, decisions());
  } catch (const std::runtime_error& error) {
    frame.session.tell(Notice::Kind::warning, error.what());
  }
}

void rescale(Frame& frame, const std::string& what, double factor) {
  char text[80];
  std::snprintf(text, sizeof text, "Everything is %.3g times as large as before.", factor);
  frame.session.rescale("Scale: " + what, factor);
  frame.session.tell(Notice::Kind::info, text);
}

}  // namespace

void assign_detection(Frame& frame, int detection, int person_id) {
  const int before = frame.seen().detections[detection].person_id;
  if (before == person_id) return;
  const bool anew = person_id == new_person_id(frame.seen());
  correct(frame,
          (anew ? "Somebody else in " : named(frame, person_id) + " in ") + picture_of(frame, detection),
          with_detection_assigned(frame.seen(), detection, person_id));
}

void reject_detection(Frame& frame, int detection) {
  correct(frame, "Not a person in " + picture_of(frame, detection),
          with_detection_assigned(frame.seen(), detection, kNotAPerson));
}

void reject_person(Frame& frame, int person_id) {
  correct(frame, named(frame, person_id) + " is no person", without_person(frame.seen(), person_id));
}

void merge_people(Frame& frame, int from, int into) {
  try {
    correct(frame, "Merge " + named(frame, from) + " into " + named(frame, into),
            with_people_merged(*frame.result, 0, from, into));
  } catch (const std::runtime_error& error) {
    frame.session.tell(Notice::Kind::warning, error.what());
  }
}

void leave_detection_out(Frame& frame, int detection, bool out) {
  const Detection& seen = frame.seen().detections[detection];
  const std::string who = seen.person_id > 0 ? named(frame, seen.person_id) : "nobody";
  decide(frame, (out ? "Leave out " : "Count again ") + who + " in " + picture_of(frame, detection),
         [&] { return with_detection_left_out(*frame.result, detection, out); });
}

void leave_view_out(Frame& frame, int view, bool out) {
  decide(frame, (out ? "Leave out " : "Count again ") + frame.result->views[view].name,
         [&] { return with_view_left_out(*frame.result, view, out); });
}

void lock_detection(Frame& frame, int detection, bool locked) {
  const int id = frame.seen().detections[detection].person_id;
  frame.session.lock(std::string(locked ? "Lock " : "Unlock ") + (id > 0 ? named(frame, id) : "nobody") +
                         " in " + picture_of(frame, detection),
                     {detection}, locked);
}

void lock_person(Frame& frame, int person_id, bool locked) {
  frame.session.lock((locked ? "Lock " : "Unlock ") + named(frame, person_id),
                     detections_of(frame.seen(), person_id), locked);
}

bool is_locked(const Frame& frame, int person_id) {
  const std::vector<int> theirs = detections_of(frame.seen(), person_id);
  return std::all_of(theirs.begin(), theirs.end(), [&](int n) { return frame.seen().detections[n].locked; });
}

void hide_person(Frame& frame, int person_id, bool hidden) {
  std::set<int> people = frame.session.hidden_people();
  hidden ? void(people.insert(person_id)) : void(people.erase(person_id));
  frame.session.hide((hidden ? "Hide " : "Show ") + named(frame, person_id), std::move(people));
}

void toggle_tape(Frame& frame) {
  TapeTool& tool = frame.tape;
  const bool on = tool.on && frame.session.can_edit();
  if (tool.on && !on) frame.session.tell(Notice::Kind::info, "Wait for the run to end before you measure.");
  tool.put_away();
  tool.on = on;
  tool.selected = -1;
}

void remove_tape(Frame& frame) {
  std::vector<Tape> tapes = frame.session.tapes();
  const int selected = std::exchange(frame.tape.selected, -1);
  if (selected < 0 || selected >= int(tapes.size())) return;
  tapes.erase(tapes.begin() + selected);
  frame.session.change_tapes("Remove a tape", std::move(tapes));
}

void set_height(Frame& frame, int person_id, const std::string& typed) {
  const auto found = find_person(*frame.result, 0, person_id);
  if (!found || !frame.session.can_edit()) return;
  try {
    const double factor = factor_for_height(typed, found->person);
    rescale(frame, named(frame, person_id) + " is " + length_text(typed_length(typed)) + " tall", factor);
  } catch (const std::runtime_error& error) {
    frame.session.tell(Notice::Kind::warning, error.what());
  }
}

void set_length(Frame& frame, const Tape& tape, const std::string& typed) {
  const auto length = length_of(tape, *frame.result, 0);
  if (!length || !frame.session.can_edit()) return;
  try {
    const double factor = factor_for_length(typed, *length);
    rescale(frame, "a distance is " + length_text(typed_length(typed)), factor);
    frame.tape.length.clear();
  } catch (const std::runtime_error& error) {
    frame.session.tell(Notice::Kind::warning, error.what());
  }
}

void set_upright(Frame& frame, const Tape& tape) {
  const auto from = place_of(tape.from, *frame.result, 0), to = place_of(tape.to, *frame.result, 0);
  if (!from || !to || !frame.session.can_edit()) return;
  try {
    frame.session.move_world("Put it upright", upright_motion(from->cast<double>(), to->cast<double>()));
  } catch (const std::runtime_error& error) {
    frame.session.tell(Notice::Kind::warning, error.what());
  }
}

int next_doubtful(const Frame& frame, int direction) {
  const std::vector<Doubt> all = doubts(*frame.result, 0);
  if (all.empty()) return -1;
  const int count = int(all.size());
  for (int i = 0; i < count; ++i) {
    if (all[std::size_t(i)].detection == frame.state.selected.detection)
      return all[std::size_t((i + direction + count) % count)].detection;
  }
  return all[std::size_t(direction > 0 ? 0 : count - 1)].detection;
}

}  // namespace ahap
