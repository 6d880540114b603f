#pragma once

#include <vector>

#include "reconstruction/branches/photo/photo_people.h"
#include "reconstruction/motion/tracker_state.h"
#include "reconstruction/view.h"

namespace ahap {

struct TrackedPerson {
  int tracklet = 0;  // of this camera: the same number in successive frames is the same person
  PhotoPerson person;
};

// Follows everybody that one camera shows from frame to frame: looks for each person where the last frames
// let it expect to be (a third of the time that finding takes), and looks through the whole picture every
// third of a second, after a longer step, and where somebody was lost.
class PersonTracker {
 public:
  // high_threshold: score above which somebody found in one view counts.
  PersonTracker(const PeopleFinder& networks, double high_threshold);

  // What the next frame shows; frames in the order of their times.
  std::vector<TrackedPerson> next(const View& view);
  // What comes next shows another place: nobody is followed there.
  void cut();

  const TrackerState& state() const { return state_; }
  // Goes on from there.
  void resume(TrackerState state) { state_ = std::move(state); }

 private:
  using Track = TrackerState::Track;

  // Not there in the last frame; it may be found again.
  bool is_lost(const Track& track) const { return track.time != state_.time; }
  CocoPose expected(const Track& track, double time) const;
  std::vector<TrackedPerson> follow(const View& view);
  bool follow(const Track& track, const View& view, std::vector<TrackedPerson>& people) const;
  std::vector<TrackedPerson> find(const View& view);
  void take(const std::vector<TrackedPerson>& people, double time);

  const PeopleFinder& networks_;
  double high_threshold_;
  TrackerState state_;
};

}  // namespace ahap
