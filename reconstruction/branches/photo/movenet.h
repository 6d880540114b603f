#pragma once

#include <torch/torch.h>

#include <Eigen/Core>
#include <array>
#include <filesystem>
#include <vector>

#include "reconstruction/branches/photo/picture_region.h"
#include "reconstruction/coco_pose.h"
#include "reconstruction/networks/graph_network.h"
#include "reconstruction/observations.h"

namespace ahap {

// MoveNet (Google, Apache-2.0; tfhub google/tfjs-model/movenet/multipose/lightning/1 and
// google/movenet/singlepose/thunder/4): the networks up to their heads, and the decoding of the heads.

// One person as MultiPose finds it.
struct PoseCandidate {
  CocoPose pose;
  Box box;
  double center_score = 0;  // 0..1
  double person_score = 0;  // center_score times the mean of the joints' scores
};

// Everybody in a picture, at one size of input: finds people of 80 to 230 input pixels. Thread safe.
class MoveNetMultiPose {
 public:
  MoveNetMultiPose(const std::filesystem::path& graph_json, torch::Device device);

  // `longer`: longer side of the network's input, pixels. Pixels of the result are the picture's.
  std::vector<PoseCandidate> detect(const Image& image, int longer) const;

  // The heads (1, C, h, w) of an input (1, 3, H, W), RGB 0..255, in the order of kHeads.
  std::vector<torch::Tensor> heads(const torch::Tensor& pixels) const;
  // People in pixels of the input.
  static std::vector<PoseCandidate> decode(const std::vector<torch::Tensor>& heads);

 private:
  mutable GraphNetwork network_;
  torch::Device device_;
};

// The joints of the person that a square shows. Thread safe.
class MoveNetThunder {
 public:
  MoveNetThunder(const std::filesystem::path& graph_json, torch::Device device);

  // The person nearest to the joints `expected` (pixels of the picture); where that is null, the person in
  // the middle.
  CocoPose locate(const Image& image, const PictureRegion& region, const CocoPose* expected) const;

  std::vector<torch::Tensor> heads(const torch::Tensor& pixels) const;  // of (1, 3, 256, 256), RGB 0..255
  // `expected` and the result in cells of the heads' maps; without `expected` as the published graph decodes.
  static CocoPose decode(const std::vector<torch::Tensor>& heads, const CocoPose* expected);

 private:
  mutable GraphNetwork network_;
  torch::Device device_;
};

}  // namespace ahap
