#pragma once

#include <torch/torch.h>

#include <vector>

#include "reconstruction/branches/compact/instance_network.h"
#include "reconstruction/networks/square_input.h"
#include "reconstruction/synthetic/render_capture.h"

namespace ahap {

// One person in one view of a rendered capture, as the networks should describe them.
struct PersonTarget {
  int view = 0;
  int person = 0;
  Eigen::Vector2d keypoint{0, 0};  // the primary one, fraction of the square input's side
  double log_range = 0;            // of the key point, focal-free
  Eigen::Matrix3d camera_from_ray = Eigen::Matrix3d::Identity();  // of the key point (geometry/ray_frame.h)
  std::vector<Eigen::Matrix3d> rotations;                         // 24; the first one in the ray frame
  std::vector<Eigen::Vector3d> joints;    // 24, relative to the key point, ray frame, metres
  std::vector<Eigen::Vector2d> joints2d;  // 24, fraction of the square input's side
  std::array<float, kSmplBetas> betas{};
  int visible_pixels = 0;
};

// A batch of views with everything that is supervised densely; maps on the stride 4 grid (h, w) unless said.
struct DenseBatch {
  torch::Tensor images;                    // (V, 3, S, S) in 0..1
  torch::Tensor heat;                      // (V, h, w) 1 at people's key points, Gaussian around
  torch::Tensor mask;                      // (V, h, w) share of the cell's pixels that show a person
  torch::Tensor vote;                      // (V, 2, h, w) kVoteUnit; where mask > 0.5
  torch::Tensor log_range;                 // (V, h, w); where mask > 0.5
  torch::Tensor log_depth;                 // (V, h, w); where depth_valid
  torch::Tensor depth_valid;               // (V, h, w) 0 or 1
  torch::Tensor height;                    // (V, h, w); where depth_valid
  torch::Tensor up;                        // (V, 2, h, w)
  torch::Tensor latitude;                  // (V, h, w)
  std::vector<double> focal;               // per view, pixels of the square input
  std::vector<Eigen::Vector3d> camera_up;  // per view, camera axes
  std::vector<PersonTarget> people;        // visible ones with the key point inside the picture
  torch::Tensor person_ids;                // (V, S, S) uint8, 0 = scene
  torch::Tensor canonical;                 // (V, 3, S, S)
  std::vector<int> capture_of_view;        // which capture of the batch a view belongs to
};

constexpr int kVisiblePixels = 80;  // a person counts from so many pixels of a 224 x 224 view on

// The pictures of all views, capture by capture, alive as long as the captures.
std::vector<const Image*> pictures_of(const std::vector<RenderedCapture>& captures);

// keypoint_joint: the SMPL joint that is the primary key point; the compact networks' is the pelvis. filter:
// how pictures become squares of `size`.
DenseBatch dense_batch(const std::vector<RenderedCapture>& captures, int size, int keypoint_joint = 0,
                       SquareFilter filter = SquareFilter::bilinear);

// Its maps and images; people stay as they are.
DenseBatch to(DenseBatch batch, torch::Device device);

}  // namespace ahap
