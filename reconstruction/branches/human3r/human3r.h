#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "reconstruction/branches/human3r/person_heads.h"
#include "reconstruction/branches/human3r/person_tracking.h"
#include "reconstruction/branches/human3r/pixel_head.h"
#include "reconstruction/branches/human3r/pose_memory.h"
#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/networks/dinov2.h"
#include "reconstruction/progress.h"

namespace ahap {

struct Human3rConfig {
  std::string size;  // of the human branch: "S", "B" or "L"
  DinoV2Config backbone;
  int encoder_dim = 0, encoder_depth = 0;  // channels E
  int decoder_dim = 0, decoder_depth = 0;  // channels D
  int state_tokens = 0;                    // T
  PoseMemoryConfig memory;
  std::array<int, 4> stage_dims{};  // of the pixel heads
  int fused_dim = 0, head_hidden = 0;
  int square_side = 896;  // of the human branch's picture, pixels, as the weights were trained
};

// The network whose tensors the checkpoint holds. Throws a sentence that names the file when it holds another
// one.
Human3rConfig human3r_config(const Checkpoint& checkpoint);

struct Human3rOptions {
  bool ttt3r = true;             // the state's update is gated (TTT3R), else the state is replaced (CUT3R)
  int square_side = 0;           // of the human branch's picture, a multiple of 14; 0: as trained
  double threshold = 0.3;        // score from which a peak is a person
  bool world_and_colors = true;  // also the maps that poses and camera-frame points do without
  bool bf16 = false;             // matrix products of the two image encoders in bfloat16
};

// All that Human3R keeps between the frames of a video. A value: copies are independent.
struct Human3rState {
  torch::Tensor tokens;                // (1, T, D)
  torch::Tensor memory;                // (1, K, 2 D)
  bool fresh = true;                   // no frame since the start or the last reset
  PersonBank people;                   // outlives resets
  std::int64_t height = 0, width = 0;  // pixels of the video's frames; 0 before the first
};

// A frame of H x W pixels with n people. Lengths are metres by training, camera axes x right, y down, z
// forward. The world is that of the first frame since the start or the last reset.
struct Human3rFrame {
  torch::Tensor world_from_camera;               // (4, 4)
  torch::Tensor points, confidence;              // (H, W, 3) in the camera frame; (H, W) at least 1
  torch::Tensor world_points, world_confidence;  // the same as the network sees them in the world
  torch::Tensor colors;                          // (H, W, 3) in -1..1
  torch::Tensor mask;                            // (H, W) in 0..1: whether a pixel shows somebody
  DetectedPeople detected;
  DecodedPeople bodies;
  std::vector<std::int64_t> ids;  // (n) who they are
};

// Human3R (arXiv 2510.06219) on CUT3R (arXiv 2501.12387): cameras, geometry and people of a video from one
// moving camera, frame by frame. Memory and time of a frame do not depend on how many went before.
struct Human3rImpl : torch::nn::Module {
  explicit Human3rImpl(const Human3rConfig& config);

  Human3rState start();
  // Forgets place and geometry, not the people. The next frame begins a world of its own.
  void reset(Human3rState& state);

  // image (1, 3, H, W) in -1..1, sides multiples of 16, all of a video of one size. Throws a sentence when it
  // is not; Cancelled, and leaves the state as it was. Everything on the way is told to `observe`, under the
  // names of the reference outputs.
  Human3rFrame step(const torch::Tensor& image, Human3rState& state, const Human3rOptions& options = {},
                    const Progress& progress = {}, const TensorObserver& observe = {});

  Human3rConfig config;

 private:
  struct Tokens {
    torch::Tensor image;  // (1, N, E)
    torch::Tensor human;  // (r, r, C)
  };
  struct Decoded {
    torch::Tensor pose, patches, people;  // (1, 1, D), (1, N, D), (1, n, D), normalised
    torch::Tensor patches6, patches9;     // (1, N, D) after half and three quarters of the blocks
    torch::Tensor state;                  // (1, T, D), normalised
    torch::Tensor gate;                   // (1, T, 1) in 0..1
  };
  void require_usable(const torch::Tensor& image, const Human3rState& state, const Human3rOptions& options);
  torch::Tensor encode_image(const torch::Tensor& image, const Progress& progress,
                             const TensorObserver& observe);
  torch::Tensor encode_people(const torch::Tensor& square, const Progress& progress,
                              const TensorObserver& observe);
  Decoded decode(const torch::Tensor& pose, const torch::Tensor& image_tokens, const torch::Tensor& prompts,
                 const torch::Tensor& positions, const torch::Tensor& state, const Progress& progress,
                 const TensorObserver& observe);
  void read_out_maps(const torch::Tensor& image_tokens, const Decoded& decoded, const Human3rOptions& options,
                     Human3rFrame& frame, const Progress& progress, const TensorObserver& observe);

  torch::Tensor pose_token_, register_tokens_;
  FrozenConv2d patch_embed_{nullptr};
  std::vector<VitBlock> encoder_;
  FrozenLayerNorm encoder_norm_{nullptr};
  DinoV2 backbone_{nullptr};
  FrozenLinear decoder_embed_{nullptr}, state_embed_{nullptr};
  std::vector<CrossBlock> decoder_, state_decoder_;
  FrozenLayerNorm decoder_norm_{nullptr}, state_norm_{nullptr};
  PoseMemory memory_{nullptr};
  std::vector<ModulatedBlock> to_world_;
  PixelHead self_head_{nullptr}, world_head_{nullptr}, color_head_{nullptr};
  FrozenLinear pose1_{nullptr}, pose2_{nullptr};
  std::unique_ptr<PersonHeads> people_;
};
TORCH_MODULE(Human3r);

// The network with an official file's weights, which stay in the mapped file where it allows that. What the
// file holds for training and for ray maps is left out.
Human3r load_human3r(const Checkpoint& checkpoint, torch::Device device = torch::kCPU);

// Throws what loading would throw; an outline of the file is enough.
void check_human3r(const Checkpoint& checkpoint);

}  // namespace ahap
