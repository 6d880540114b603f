#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

namespace ahap {

// CHROMM's tracking in one view: people of successive frames are matched by the distances between their
// tokens.

// The tokens of a frame's people are rows: (n, C).
using TokensOfFrame = Eigen::MatrixXf;

// The distance between two tokens from which they are more likely of two people than of one. It lies in the
// middle between what people show: the median distance of two in one frame, and the median distance of mutual
// nearest neighbours in successive frames. Where no frame shows two, twice the latter. Each view's frames are
// in order. 0: nothing tells.
double token_boundary(std::span<const std::vector<TokensOfFrame>> views);

struct TokenTrackingOptions {
  double boundary = 0;  // token_boundary; 0: nobody is the same
  int memory = 1;       // frames for which somebody is remembered; 1: the frame before alone, as in the paper
};

// The track of everybody in every frame, from 0 in the order of appearance: optimal transport with a dustbin
// at the boundary, on distances scaled so that the dustbin's score is -10 (that of Human3R).
std::vector<std::vector<int>> track_tokens(std::span<const TokensOfFrame> frames,
                                           const TokenTrackingOptions& options);

}  // namespace ahap
