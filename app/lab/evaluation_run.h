#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "app/cli/terminal_progress.h"
#include "reconstruction/evaluation/report.h"
#include "reconstruction/frame_sequence.h"
#include "reconstruction/reconstruct.h"

namespace ahap {

// The folder itself where it is a capture with ground truth or a take with measured cameras, else the ones in
// it, in natural order; at most `limit` where that is positive. Throws where there is none.
std::vector<std::filesystem::path> captures_in(const std::filesystem::path& folder, int limit = 0);

// Reconstructs frames of a capture together.
using RangeRun = std::function<std::shared_ptr<const Reconstruction>(const FrameSequence&, const Progress&)>;

struct CaptureEvaluation {
  int views = 0;           // only the first pictures of each capture; 0: all
  double pose_error = -1;  // radians; not negative: the model's scene branch is told the true poses with
                           // errors of this size (branches/known_poses.h)
  RangeRun range_run;      // for videos; none: their first frame is reconstructed
  int frames = 0;          // only the first ones of each video; 0: all
};

// Reconstructs each capture and scores the results.
EvaluationReport evaluate_captures(const std::vector<std::filesystem::path>& captures, Model& model,
                                   const Options& options, const CaptureEvaluation& evaluation,
                                   TerminalProgress& terminal);

}  // namespace ahap
