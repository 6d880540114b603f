#pragma once

#include <torch/torch.h>

#include <vector>

namespace ahap {

// The losses that train association and human head, each a mean, zero or smallest at the truth. Parameters
// and joints are compared by plain L1 distances (training/heads_stage.cpp).

// Truth of the association: of R queries and N detections, (R, N) with row r even over the detections of its
// person and zero where it has none (-1).
torch::Tensor assignment_target(const std::vector<int>& person_of_query,
                                const std::vector<int>& person_of_detection);

// L_assign, the cross entropy between A and its truth: -1/P* sum_pn A*[p, n] log A[p, n]. Both (R, N).
torch::Tensor assignment_loss(const torch::Tensor& A, const torch::Tensor& target);

// (N, N): 1 for two detections of one person (-1: nobody) in different views.
torch::Tensor positive_pairs(const std::vector<int>& person_of_detection, const torch::Tensor& view);

// L_contra, InfoNCE over the positive pairs. embedding (N, D), rows of length 1.
torch::Tensor contrastive_loss(const torch::Tensor& embedding, const torch::Tensor& positive,
                               double temperature);

// Points (J, 3) in the camera frame, metres -> pixels (J, 2) by K (3, 3). Points behind the camera, or nearer
// than 0.3 m, count as 0.3 m away.
torch::Tensor projected(const torch::Tensor& points, const torch::Tensor& K);

// Mean of |a - b| over the cells of `where` (0 or 1, broadcast over channels).
torch::Tensor masked_l1(const torch::Tensor& a, const torch::Tensor& b, const torch::Tensor& where);

// L_2D and the pictures' part of L_reproj: mean distance per coordinate of those points whose truth lies
// inside the picture. Both (J, 2), in 0..1 of the picture.
torch::Tensor image_distance(const torch::Tensor& x, const torch::Tensor& x_true);

}  // namespace ahap
