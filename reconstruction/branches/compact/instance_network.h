#pragma once

#include <torch/torch.h>

#include <Eigen/Core>
#include <vector>

#include "reconstruction/networks/conv_blocks.h"

namespace ahap {

// A square window of a view around one person; fractions of the square input's side.
struct Window {
  int view = 0;
  Eigen::Vector2d center{0, 0};
  double side = 0;
};
constexpr int kCropSize = 128;         // pixels of a crop
constexpr double kWindowMetres = 2.4;  // a window's extent at the person's range

Window person_window(int view, const Eigen::Vector2d& pelvis, double log_range);
// The focal-free distance at which a window of this side spans kWindowMetres.
double window_log_range(double side);

// maps (V, C, S, S) and windows -> (N, C, size, size), bilinear, zero outside the picture. Maps that are
// finer than the crop are averaged to at most twice its resolution first.
torch::Tensor crop_windows(const torch::Tensor& maps, const std::vector<Window>& windows, int size);

struct InstanceConfig {
  int picture_size = 448;                        // pixels of the square pictures that crops are cut from
  std::vector<int> widths = {32, 64, 128, 256};  // channels at strides 4, 8, 16, 32 of the crop
  int feature_dim = 512;
  int yaw_bins = 24;
};

// What the network says of the person a window is centred on. Rotations and joints are in the ray frame: the
// camera frame turned, without twist, so that its z axis is the viewing ray of the person's pelvis.
struct InstanceOutput {
  torch::Tensor mask;       // (N, 32, 32) logits, this person's visible pixels
  torch::Tensor canonical;  // (N, 3, 32, 32) rest-pose template position of the visible surface, metres
  torch::Tensor joints2d;   // (N, 24, 2) fraction of the window, (0, 0) its top left corner
  torch::Tensor features;   // (N, feature_dim)
  torch::Tensor pose6d;     // (N, 24, 6) first two columns of each joint's rotation; pelvis in the ray frame
  torch::Tensor betas;      // (N, 10)
  torch::Tensor joints;     // (N, 24, 3) relative to the pelvis, ray frame, metres
  torch::Tensor yaw;        // (N, yaw_bins) logits of the heading in the ray frame
  torch::Tensor pelvis;     // (N, 2) offset from the window's centre, fraction of the window
  torch::Tensor log_range;  // (N) added to the window's focal-free distance
  // What the network expects of itself: mean absolute errors, of positions per axis.
  torch::Tensor joints2d_error;   // (N, 24) fraction of the window
  torch::Tensor pelvis_error;     // (N) likewise
  torch::Tensor log_range_error;  // (N)
};

InstanceOutput to(InstanceOutput output, torch::Device device);

struct InstanceNetworkImpl : torch::nn::Module {
  explicit InstanceNetworkImpl(const InstanceConfig& config);
  // crops (N, 4, 128, 128): colours in 0..1 and the coarse mask.
  InstanceOutput forward(const torch::Tensor& crops);

  InstanceConfig config;
  torch::nn::Sequential detail{nullptr}, down1{nullptr}, down2{nullptr}, down3{nullptr}, down4{nullptr};
  torch::nn::Conv2d up3{nullptr}, up2{nullptr}, up1{nullptr}, dense{nullptr}, heat{nullptr},
      fine_heat{nullptr};
  torch::nn::Conv2d skip3{nullptr}, skip2{nullptr}, skip1{nullptr};
  torch::nn::Sequential gated{nullptr}, trunk{nullptr};
  torch::nn::Linear readout{nullptr}, errors{nullptr};
};
TORCH_MODULE(InstanceNetwork);

}  // namespace ahap
