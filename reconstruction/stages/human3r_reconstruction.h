#pragma once

#include <memory>
#include <vector>

#include "reconstruction/frame_sequence.h"
#include "reconstruction/models/human3r_model.h"
#include "reconstruction/options.h"
#include "reconstruction/progress.h"
#include "reconstruction/reconstruction.h"
#include "reconstruction/view.h"

namespace ahap {

// Human3R's run on a video of one moving camera: each frame once, in its order, on a state of fixed size. The
// camera has a pose in every frame, people have the network's ids plus one, all frames share points of the
// place from frames that lie evenly. The state is forgotten after every 100 frames, as in the official demo.
// Publishes what is done of it; options.range.finish_requested is asked while a frame is looked at, too,
// which then does not count. Throws a sentence for frames of several cameras.
std::shared_ptr<const Reconstruction> reconstruct_human3r_range(const FrameSequence& frames,
                                                                std::shared_ptr<const Human3rModel> model,
                                                                const Options& options,
                                                                const Progress& progress);

// The same of one picture, with the picture and the meshes of its people.
std::shared_ptr<const Reconstruction> reconstruct_human3r_frame(const std::vector<View>& views,
                                                                std::shared_ptr<const Human3rModel> model,
                                                                const Options& options,
                                                                const Progress& progress);

}  // namespace ahap
