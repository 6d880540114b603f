#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "reconstruction/branches/photo/photo_people.h"
#include "reconstruction/frame_sequence.h"
#include "reconstruction/motion/background_motion.h"
#include "reconstruction/motion/tracked_frames.h"
#include "reconstruction/progress.h"
#include "reconstruction/range_options.h"
#include "reconstruction/view.h"

namespace ahap {

// Everything that is known of one camera before the run knows where it stood.
struct RangeCamera {
  std::string name, path;
  int width = 0, height = 0;  // 0: no frame had a picture of it
  double focal_length_px = 0;
  std::optional<KnownCamera> known = {};
};

// What the cameras of a range see of people.
struct RangeObservations {
  std::vector<RangeCamera> cameras;
  TrackedFrames frames;                      // those with a picture
  std::vector<BackgroundTracks> background;  // of each camera, of these frames; empty: it was not followed
  std::vector<std::string> messages;         // what a person should know, one sentence each
};

struct RangeWatching {
  const PeopleFinder& networks;
  double high_threshold = 0;          // score above which somebody found in one view counts
  const RangeOptions& options;        // where observations are kept, what follows the background, when to end
  std::function<void()> after_frame;  // `seen` has another frame
};

// Follows everybody in every camera through the frames, and adds what it sees to `seen`. Pictures that are
// black or of another size than their camera's are passed over; of a video that is cut, the scene that it
// shows longest counts. Throws where no frame has a picture, Cancelled on request.
void observe_range(const FrameSequence& frames, const RangeWatching& watching, const Progress& progress,
                   RangeObservations& seen);

}  // namespace ahap
