#pragma once

#include <torch/torch.h>

#include <Eigen/Core>
#include <array>
#include <filesystem>
#include <vector>

#include "reconstruction/branches/photo/movenet.h"
#include "reconstruction/branches/photo/picture_region.h"
#include "reconstruction/networks/graph_network.h"

namespace ahap {

// BlazePose's landmark network, full or heavy (Google MediaPipe, modules/pose_landmark, Apache-2.0).

constexpr int kLandmarks = 33;

struct Landmark {
  Eigen::Vector2d pixel{0, 0};  // of the picture
  double visibility = 0;        // 0..1: inside the picture and not hidden
  Eigen::Vector3d body{0, 0,
                       0};  // metres from the middle of the hips; axes of a camera with the picture's roll
                            // that looks along the ray of the region's centre: x right, y down, z away
};

struct BodyLandmarks {
  std::array<Landmark, kLandmarks> points;
  double person_score = 0;  // 0..1, that the region shows a person
  PictureRegion region;
  std::vector<float> mask;  // kMaskSize x kMaskSize over the region, rows first, 0..1: the person
  static constexpr int kMaskSize = 256;
};

// The region that BlazePose wants to see, from the joints that Thunder found: a turned square about the
// circle round the hips that holds the person.
PictureRegion landmark_region(const CocoPose& pose);

// Thread safe.
class BlazePose {
 public:
  BlazePose(const std::filesystem::path& graph_json, torch::Device device);

  BodyLandmarks locate(const Image& image, const PictureRegion& region) const;

  // Of (N, 3, 256, 256), RGB 0..255: landmarks (N, 195), flag (N, 1), heat maps (N, 39, 64, 64), masks (N, 1,
  // 256, 256), world (N, 117).
  std::vector<torch::Tensor> heads(const torch::Tensor& pixels) const;
  // Of the first of the batch.
  static BodyLandmarks decode(const std::vector<torch::Tensor>& heads, const PictureRegion& region);

 private:
  mutable GraphNetwork network_;
  torch::Device device_;
};

}  // namespace ahap
