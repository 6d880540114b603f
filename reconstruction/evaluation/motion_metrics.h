#pragma once

#include <array>
#include <span>

#include "reconstruction/evaluation/metrics.h"

namespace ahap {

// One person over time: joints of successive frames, 24 SMPL joints each, metres, Y up. What was predicted
// and what is true are equally long and in the same order. A metric that has no answer counts nothing.

// Frames that are aligned together, as in SLAHMR (Ye et al. 2023) and WHAM (Shin et al. 2024).
constexpr int kSegmentFrames = 100;

// Mean distance of joints, metres, after one Sim(3) for each segment of kSegmentFrames (the last may be
// shorter): from all its frames, WA-MPJPE, or from its first two, W-MPJPE, so that drift shows. A single
// frame is no segment.
enum class SegmentAlignment { all_frames, first_two_frames };
Score segment_mpjpe(std::span<const Joints> predicted, std::span<const Joints> truth, SegmentAlignment align);

// RTE (WHAM): mean distance of the root after one SE(3) over all frames, per distance that the true root
// travels. Pooled over people and captures it is all errors over all distances.
Score root_translation_error(std::span<const Joints> predicted, std::span<const Joints> truth);

// Mean length of the third derivative of the joints' positions by differences, m/s^3. frame_seconds: from
// frame to frame.
Score jitter(std::span<const Joints> joints, double frame_seconds);

// Mean horizontal speed of the balls of the feet (SMPL's foot joints) from frame to frame where `contact`
// (left, right) says in both that the foot does not move, m/s.
Score foot_skating(std::span<const Joints> joints, std::span<const std::array<bool, 2>> contact,
                   double frame_seconds);

}  // namespace ahap
