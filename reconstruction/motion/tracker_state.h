#pragma once

#include <vector>

#include "reconstruction/coco_pose.h"

namespace ahap {

// Whom one camera showed of late: what the next frame is looked at with (stages/person_tracker.h).
struct TrackerState {
  struct Track {
    int number = 0;
    CocoPose pose, before;             // in the last two frames that showed it
    double time = 0, time_before = 0;  // seconds, of these
    bool moved = false;                // `before` is known
  };

  std::vector<Track> tracks;
  int next_number = 0;            // of the next track
  double time = 0, found_at = 0;  // seconds: of the last frame, of the last look through a whole picture
  bool find_next = true;          // the whole next picture is looked through
  bool turned = false;            // the picture lies on its side
};

}  // namespace ahap
