#pragma once

#include <span>

#include "reconstruction/evaluation/metrics.h"

namespace ahap {

// Scores a range of frames. truth: of the capture's frames by their numbers, or one that holds for all of
// them; frames beyond it are left out. Scores of single frames are pooled over the frames, but cameras that
// stand still, in truth and in the result, count once. Who is who is the best naming of identity_scores.
CaptureScores score_video(const Reconstruction& range, std::span<const GroundTruth> truth,
                          const MatchingRules& rules = {});

}  // namespace ahap
