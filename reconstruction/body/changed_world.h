#pragma once

#include <Eigen/Core>
#include <functional>
#include <memory>
#include <vector>

#include "reconstruction/corrections.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// The points of all frames, which keep sharing them, each changed in place.
void change_points(std::vector<ReconstructedFrame>& frames,
                   const std::function<void(Eigen::Vector3f&)>& change);

// A run whose corrected results are changed before anybody sees them.
std::shared_ptr<const CorrectableRun> changed_run(
    std::shared_ptr<const CorrectableRun> run,
    std::function<std::shared_ptr<const Reconstruction>(const Reconstruction&)> change);

}  // namespace ahap
