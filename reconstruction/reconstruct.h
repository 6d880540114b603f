#pragma once

#include <memory>
#include <string>
#include <vector>

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

}  // namespace ahap
