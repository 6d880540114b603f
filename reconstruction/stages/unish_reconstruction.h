#pragma once

#include <memory>

#include "reconstruction/frame_sequence.h"
#include "reconstruction/models/unish_model.h"
#include "reconstruction/options.h"
#include "reconstruction/progress.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

constexpr const char* kUnishTakesClips =
    "UniSH takes the clip of one camera, two frames or more; give it a video, or the photos of one camera as "
    "a "
    "folder.";

// UniSH's run on a clip of one moving camera: six frames a second, in chunks of 30 of which each begins with
// the last frame of the one before, whose pose joins them. The camera has a pose and a focal length in every
// frame; one person, the surest of the first frame that shows somebody, has a body in every frame from there
// on; all frames share points of the place. Publishes what is done of it after each chunk;
// options.range.finish_requested is asked meanwhile, too, and the chunk in work then does not count. Throws a
// sentence for frames of several cameras and for a single frame.
std::shared_ptr<const Reconstruction> reconstruct_unish_range(const FrameSequence& frames,
                                                              std::shared_ptr<const UnishModel> model,
                                                              const Options& options,
                                                              const Progress& progress);

}  // namespace ahap
