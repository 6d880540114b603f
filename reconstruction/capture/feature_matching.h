#pragma once

#include <span>

#include "reconstruction/image.h"
#include "reconstruction/multiview/background_matches.h"
#include "reconstruction/progress.h"

namespace ahap {

struct FeatureOptions {
  int features = 4000;     // of one picture
  int longer_side = 1600;  // pixels, that pictures are reduced to
  double max_ratio = 0.85;
};

// SIFT features (Lowe 2004) with square-root descriptors (Arandjelovic and Zisserman 2012), matched between
// every two pictures where each is the other's nearest and clearly nearer than the second. Not verified: at
// wide baselines most are wrong. Throws Cancelled when progress asks to stop.
BackgroundMatches match_features(std::span<const Image* const> pictures, const FeatureOptions& options = {},
                                 const Progress& progress = {});

}  // namespace ahap
