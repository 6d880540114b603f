#include "reconstruction/corrections.h"

#include "app/gui/panels/panels.h"
#include "reconstruction/doubt.h"

namespace ahap {
namespace {

std::string named(const Frame& frame, int person_id) {
  return person_label(*frame.result, person_id);
}

std::string picture_of(const Frame& frame, int detection) {
  return frame.result->views[frame.seen().detections[detection].view].name;
}

}  // namespace

void assign_detection(Frame& frame, int detection, int person_id) {
  const int before = frame.seen().detections[detection].person_id;
  if (before == person_id) return;
  const bool anew = person_id == new_person_id(frame.seen());
  frame.session.correct(
      (anew ? "Somebody else in " : named(frame, person_id) + " in ") + picture_of(frame, detection),
      with_detection_assigned(frame.seen(), detection, person_id));
}

void reject_detection(Frame& frame, int detection) {
  frame.session.correct("Not a person in " + picture_of(frame, detection),
                        with_detection_assigned(frame.seen(), detection, kNotAPerson));
}

void reject_person(Frame& frame, int person_id) {
  frame.session.correct(named(frame, person_id) + " is no person", without_person(frame.seen(), person_id));
}

void merge_people(Frame& frame, int from, int into) {
  try {
    frame.session.correct("Merge " + named(frame, from) + " into " + named(frame, into),
                          with_people_merged(*frame.result, 0, from, into));
  } catch (const std::runtime_error& error) {
    frame.session.tell(Notice::Kind::warning, error.what());
  }
}

int next_doubtful(const Frame& frame) {
  const ReconstructedFrame& seen = frame.seen();
  if (seen.runner_up.person_ids.empty() || seen.runner_up.margin >= kDoubtfulMargin) return -1;
  const int count = int(seen.detections.size());
  for (int i = 1; i <= count; ++i) {
    const int n = (frame.state.selected.detection + i) % count;
    if (seen.runner_up.person_ids[n] != seen.detections[n].person_id) return n;
  }
  return -1;
}

}  // namespace ahap
