#pragma once

#include <memory>
#include <vector>

#include "reconstruction/models/photo_model.h"
#include "reconstruction/options.h"
#include "reconstruction/progress.h"
#include "reconstruction/reconstruction.h"
#include "reconstruction/view.h"

namespace ahap {

// The run on one frame: people in every view -> who is who and cameras, together -> bodies -> depth brought
// to their metres -> result, which can be corrected.
std::shared_ptr<const Reconstruction> reconstruct_photographs(const std::vector<View>& views,
                                                              std::shared_ptr<const PhotoModel> model,
                                                              const Options& options,
                                                              const Progress& progress);

}  // namespace ahap
