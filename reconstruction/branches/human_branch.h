#pragma once

#include <torch/torch.h>

#include <vector>

#include "reconstruction/branches/scene_branch.h"
#include "reconstruction/progress.h"

namespace ahap {

// What the human branch knows about V views and the N detections in them (ordered by view). Features and
// masks lie where the network does, all else on the CPU.
struct HumanEstimate {
  torch::Tensor features;            // (V, C, h, w), F_human
  torch::Tensor view;                // (N) int64
  torch::Tensor score;               // (N)
  torch::Tensor keypoint;            // (N, 2) primary key point, pixels of the square input
  torch::Tensor box;                 // (N, 4) x0 y0 x1 y1 of the visible person, pixels of the square input
  torch::Tensor detection_features;  // (N, D), F_human at the detection
  torch::Tensor mask;                // (N, h, w) 0..1 on the feature grid; undefined without instance masks
  torch::Tensor keypoint_depth;  // (N) metres along the optical axis; undefined when only the head knows it
  torch::Tensor joints2d;        // (N, 24, 2) pixels of the square input; undefined when not estimated
  // Standard deviations the branch expects of its own errors; undefined when it does not.
  torch::Tensor joints2d_sigma;        // (N, 24) per axis, pixels of the square input
  torch::Tensor keypoint_sigma;        // (N) likewise
  torch::Tensor keypoint_depth_sigma;  // (N) relative
  torch::Tensor pose6d;  // (N, J, 6) the branch's own pose of the model's body (24 or 55 joints), pelvis in
                         // the ray frame of the key point (branches/compact/instance_network.h); undefined
                         // when only the head knows it
  torch::Tensor betas;   // (N, B) as the body layer takes them, with pose6d
  torch::Tensor
      heading;  // (N, B) probabilities of equal bins of the heading in the ray frame: the angle, from -pi
                // on, by which the body faces the picture's right rather than the camera; may be undefined
};

// Scores, 0..1, from which a peak is a detection: one that counts by itself, and one that others may confirm.
// Where these are less, who shows no peak may come too, with less than `weak`.
struct DetectionThresholds {
  double sure = 0.3;
  double weak = sure;
};

// The frozen human backbone behind one call: Multi-HMR, or the compact network (which reads the scene
// features).
class HumanBranch {
 public:
  virtual ~HumanBranch() = default;
  virtual int input_size() const = 0;  // side of the square input, pixels
  virtual SquareFilter input_filter() const { return SquareFilter::bilinear; }
  // images (V, 3, S, S) in 0..1; the scene estimate of the same views.
  virtual HumanEstimate estimate(const torch::Tensor& images, const SceneEstimate& scene,
                                 const DetectionThresholds& thresholds, const Progress& progress) = 0;
};

// The human branch on its own input size; `input` (V, 3, S, S) are the same images for the scene branch, and
// the result is in its pixels.
HumanEstimate estimate_humans(HumanBranch& branch, const std::vector<const Image*>& images,
                              const torch::Tensor& input, const SceneEstimate& scene,
                              const DetectionThresholds& thresholds, const Progress& progress);

}  // namespace ahap
