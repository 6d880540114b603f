#include "reconstruction/stages/unish_clip.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/box_overlap.h"

namespace ahap {
namespace {

constexpr double kClipRate = 6;         // frames per second
constexpr double kTimeTolerance = 0.2;  // of their interval, by which a frame may come early
// Of two boxes in successive frames: the same person, whose track was lost.
constexpr double kSamePersonOverlap = 0.3;

}  // namespace

const TrackedPerson* OnePerson::among(const std::vector<TrackedPerson>& people) const {
  const TrackedPerson* best = nullptr;
  double most = tracklet_ ? kSamePersonOverlap : 0;
  for (const TrackedPerson& person : people) {
    if (person.tracklet == tracklet_) return &person;
    const PersonObservation& seen = person.person.observation;
    const double fits = tracklet_ ? overlap(seen.box, box_) : seen.score;
    if (fits <= most) continue;
    most = fits;
    best = &person;
  }
  return best;
}

void OnePerson::find(const View& view, ClipFrame& frame) {
  const std::vector<TrackedPerson> people = tracker_.next(view);
  if (const TrackedPerson* person = among(people)) {
    tracklet_ = person->tracklet;
    box_ = person->person.observation.box;
    frame.score = person->person.observation.score;
  }
  if (tracklet_) frame.box = box_;
}

bool ClipRate::takes(double time) {
  const bool has_time = !last_ || time > *last_;
  last_ = time;
  if (!first_) first_ = time;
  const double frames = (time - *first_) * kClipRate;
  if (has_time && frames + kTimeTolerance < due_) return false;
  due_ = std::floor(frames + kTimeTolerance) + 1;
  return true;
}

Box box_in_picture(const Box& box, const ClipSize& size, int width, int height) {
  const double x = double(size.width) / width, y = double(size.height) / height;
  return {box.x0 * x, box.y0 * y, box.x1 * x, box.y1 * y};
}

PersonSquare square_of(const ClipFrame& frame, const ClipSize& size, int width, int height) {
  const Box box = frame.box.value_or(Box{0, 0, double(width), double(height)});
  return person_square(box_in_picture(box, size, width, height));
}

}  // namespace ahap
