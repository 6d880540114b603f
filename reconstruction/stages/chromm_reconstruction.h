#pragma once

#include <memory>
#include <vector>

#include "reconstruction/frame_sequence.h"
#include "reconstruction/models/chromm_model.h"
#include "reconstruction/options.h"
#include "reconstruction/progress.h"
#include "reconstruction/reconstruction.h"
#include "reconstruction/view.h"

namespace ahap {

// CHROMM's run on frames of cameras that began together: chunks of frames, each at once, joined by the points
// of the frames that they share. Cameras have a pose in every frame, unless options.range.cameras_move says
// that they stand still; people have one identity and one shape over all views and frames. Publishes what is
// done after every chunk; options.range.finish_requested ends the run with the chunks that are done. Throws a
// sentence where cameras are known to have begun apart.
std::shared_ptr<const Reconstruction> reconstruct_chromm_range(const FrameSequence& frames,
                                                               std::shared_ptr<const ChrommModel> model,
                                                               const Options& options,
                                                               const Progress& progress);

// The same of the views of one frame, with the pictures and the meshes of its people.
std::shared_ptr<const Reconstruction> reconstruct_chromm_frame(const std::vector<View>& views,
                                                               std::shared_ptr<const ChrommModel> model,
                                                               const Options& options,
                                                               const Progress& progress);

}  // namespace ahap
