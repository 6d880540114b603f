#pragma once

#include <filesystem>
#include <vector>

#include "app/cli/terminal_progress.h"
#include "reconstruction/evaluation/report.h"
#include "reconstruction/reconstruct.h"

namespace ahap {

// The folder itself where it is a capture with ground truth, else the ones in it, in natural order; at most
// `limit` where that is positive. Throws where there is none.
std::vector<std::filesystem::path> captures_in(const std::filesystem::path& folder, int limit = 0);

// Reconstructs the first frame of each capture from its first `views` pictures (0: all) and scores the
// results. pose_error: radians; not negative: the model's scene branch is told the true poses with errors of
// this size (branches/known_poses.h).
EvaluationReport evaluate_captures(const std::vector<std::filesystem::path>& captures, Model& model,
                                   const Options& options, int views, TerminalProgress& terminal,
                                   double pose_error = -1);

}  // namespace ahap
