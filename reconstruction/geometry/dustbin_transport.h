#pragma once

#include <Eigen/Core>
#include <vector>

namespace ahap {

// Who of two groups is who, by optimal transport with a dustbin for those who are in one group alone.

// Scores (M, n) of pairs, both lengths at least 1, get a row and a column of the dustbin's score; 20 rounds
// of Sinkhorn's algorithm with a mass of 1 / (M + n) per member and of all the others' for the dustbin.
// Returns log probabilities (M + 1, n + 1) times M + n.
Eigen::MatrixXd transport_with_dustbin(const Eigen::MatrixXd& scores, double dustbin);

// For every column of the pairs' log probabilities (M, n) the row that it matches, or -1. A match is the
// largest of its row and of its column, and its probability exceeds 0.2.
std::vector<int> mutual_matches(const Eigen::MatrixXd& log_probability);

}  // namespace ahap
