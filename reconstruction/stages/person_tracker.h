#pragma once

#include <vector>

#include "reconstruction/branches/photo/photo_people.h"
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
  PersonTracker(const PhotoPeople& networks, double high_threshold);

  // What the next frame shows; frames in the order of their times.
  std::vector<TrackedPerson> next(const View& view);

 private:
  struct Track {
    int number = 0;
    CocoPose pose, before;             // in the last two frames
    double time = 0, time_before = 0;  // seconds
    bool moved = false;                // `before` is known
  };

  // Not there in the last frame; it may be found again.
  bool is_lost(const Track& track) const { return track.time != time_; }
  CocoPose expected(const Track& track, double time) const;
  std::vector<TrackedPerson> follow(const View& view);
  bool follow(const Track& track, const View& view, std::vector<TrackedPerson>& people) const;
  std::vector<TrackedPerson> find(const View& view);
  void take(const std::vector<TrackedPerson>& people, double time);

  const PhotoPeople& networks_;
  double high_threshold_;
  std::vector<Track> tracks_;
  int next_number_ = 0;
  double time_ = 0, found_at_ = 0;
  bool find_next_ = true, turned_ = false;
};

}  // namespace ahap
