#pragma once

#include <torch/torch.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "reconstruction/branches/network_branch.h"
#include "reconstruction/branches/pi3/pi3_conditions.h"
#include "reconstruction/branches/pi3/pi3_heads.h"
#include "reconstruction/checkpoints/checkpoint.h"

namespace ahap {

// The defaults are the published sizes.
struct Pi3Config {
  bool x = true;  // Pi3X: convolution heads, metric scale, conditions
  DinoV2Config encoder{.dim = 1024, .depth = 24, .hidden = 4096, .qk_norm_start = 24, .registers = 4};
  int depth = 36;                               // blocks of the decoder
  int registers = 5;                            // learned tokens of every view in the decoder
  int head_depth = 5;                           // blocks of each head's decoder
  int camera_dim = 512;                         // channels of the camera head
  std::array<int, 3> stage_dims{256, 128, 64};  // of Pi3X's convolution heads
  int metric_dim = 512;                         // of Pi3X's metric decoder
  bool conditions = true;                       // Pi3X: with the parts that only conditions pass through

  std::string name() const { return x ? "Pi3X" : "Pi3"; }
  int feature_dim() const { return 2 * encoder.dim; }  // channels of the hidden features
};

// The network whose tensors the checkpoint holds. Throws a sentence that names the file when it holds another
// network.
Pi3Config pi3_config(const Checkpoint& checkpoint);
// The same of Pi3 (or, where `x`, Pi3X) as part of another network, behind `prefix`.
Pi3Config pi3_config(const Checkpoint& checkpoint, const std::string& prefix, bool x);

struct Pi3Input {
  torch::Tensor images;           // (V, 3, H, W) in 0..1, sides multiples of 14
  Pi3Conditions conditions = {};  // Pi3X alone
};

// Cameras: OpenCV axes. Pi3's lengths share one arbitrary unit, Pi3X's are metres.
struct Pi3Output {
  // Tokens; the decoder's and the heads' begin with 5 registers per view.
  torch::Tensor encoded;  // (V, P, C), of the images alone
  torch::Tensor hidden;   // (V, 5 + P, 2C): the decoder's last local block | its last global block
  torch::Tensor point_tokens, conf_tokens, camera_tokens;  // (V, 5 + P, .)

  torch::Tensor local_points;  // (V, H, W, 3), camera axes
  torch::Tensor points;        // (V, H, W, 3), world
  torch::Tensor conf;          // (V, H, W), logits
  torch::Tensor camera_poses;  // (V, 4, 4), camera to world; no view is the world's origin
  torch::Tensor rays;          // (V, H, W, 3), unit vectors; Pi3X alone
  torch::Tensor metric;        // (1), metres per unit of the network; Pi3X alone
};

// Pi3 (Wang et al. 2025, arXiv 2507.13347) and its successor Pi3X: points, cameras and confidence of any
// number of views, none of which plays a part of its own: views in another order give the results in that
// order.
struct Pi3Impl : torch::nn::Module {
  explicit Pi3Impl(const Pi3Config& config);
  // bf16: matrix products of the transformers in bfloat16, as the official code does on a GPU. Throws
  // Cancelled, and a sentence for conditions that the network cannot take.
  Pi3Output forward(const Pi3Input& input, bool bf16 = false, const Progress& progress = {});

  Pi3Config config;
  torch::Tensor register_token;           // (1, 1, 5, C)
  torch::Tensor metric_token, depth_emb;  // (1, 1, 2C), (1, 1, C)
  DinoV2 encoder{nullptr}, depth_encoder{nullptr};
  FrozenConv2d ray_embed{nullptr};
  std::vector<VitBlock> decoder;
  std::vector<PoseInjection> pose_injections;
  HeadDecoder point_decoder{nullptr}, conf_decoder{nullptr}, camera_decoder{nullptr};
  std::shared_ptr<DenseHead> point_head, conf_head;
  CameraHead camera_head{nullptr};
  MetricDecoder metric_decoder{nullptr};
  FrozenLinear metric_head{nullptr};

 private:
  void add_metric_scale();
  void add_conditions();
  torch::Tensor with_known_maps(torch::Tensor patches, const Pi3Prior& prior);
  torch::Tensor decode(const torch::Tensor& patches, std::int64_t rows, std::int64_t columns,
                       const Pi3Prior& prior, const std::function<void(double)>& on_block);
};
TORCH_MODULE(Pi3);

// The network with an official file's weights, which stay in the mapped file on a CPU. Without conditions,
// the parts of Pi3X that only these pass through are left out.
Pi3 load_pi3(const Checkpoint& checkpoint, torch::Device device = torch::kCPU, bool conditions = true);

// Throws what loading would throw; an outline of the file is enough.
void check_pi3(const Checkpoint& checkpoint);

// Pinhole intrinsics (V, 3, 3) of point maps (V, H, W, 3) in camera axes: the focal lengths that fit best
// with the principal point in the middle. Pixel centres at 0.5.
torch::Tensor fit_intrinsics(const torch::Tensor& local_points);

// Pi3 or Pi3X as a scene branch: F_scene are the hidden features.
class Pi3Branch : public NetworkBranch<Pi3> {
 public:
  using NetworkBranch::NetworkBranch;
  SceneEstimate estimate(const torch::Tensor& images, const Progress& progress) override;
};

}  // namespace ahap
