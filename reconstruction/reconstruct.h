#pragma once

#include <memory>
#include <string>
#include <vector>

#include "reconstruction/frame_sequence.h"
#include "reconstruction/models/load_model.h"
#include "reconstruction/options.h"
#include "reconstruction/progress.h"
#include "reconstruction/reconstruction.h"
#include "reconstruction/view.h"

namespace ahap {

// The whole run on one frame: views -> scene branch -> human branch -> identity -> human head -> body ->
// alignment. Throws Cancelled when progress.stop_requested() turned true, std::runtime_error for unusable
// input.
std::shared_ptr<const Reconstruction> reconstruct(const std::vector<View>& views, Model& model,
                                                  const Options& options, const Progress& progress = {});

bool reconstructs_ranges(const Model& model);

// The run on many frames as one: cameras that stand still have one pose, people one identity and one shape
// over all of them, the place one cloud of points. Only the photo model can (docs/models). Publishes what is
// done of it. Throws as reconstruct() does.
std::shared_ptr<const Reconstruction> reconstruct_range(const FrameSequence& frames, Model& model,
                                                        const Options& options,
                                                        const Progress& progress = {});

}  // namespace ahap
