#pragma once

#include <memory>

#include "reconstruction/frame_sequence.h"
#include "reconstruction/models/photo_model.h"
#include "reconstruction/options.h"
#include "reconstruction/progress.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// The photo model's run on many frames: people followed in every camera -> cameras from a few telling frames,
// identities from all -> a body per person and frame, with one shape -> the place from one frame's pictures.
std::shared_ptr<const Reconstruction> reconstruct_photo_range(const FrameSequence& frames,
                                                              std::shared_ptr<const PhotoModel> model,
                                                              const Options& options,
                                                              const Progress& progress);

}  // namespace ahap
