#pragma once

#include "reconstruction/ahap/losses.h"
#include "reconstruction/branches/compact/compact_detector.h"
#include "reconstruction/branches/compact/compact_scene.h"
#include "reconstruction/networks/precision.h"
#include "reconstruction/training/prefetch.h"
#include "reconstruction/training/targets.h"
#include "reconstruction/training/trainer.h"

namespace ahap {

struct DenseLossWeights {
  double heat = 1, mask = 5, vote = 1, range = 3, depth = 1, depth_error = 0.1, height = 0.5, up = 1,
         latitude = 3;
};

struct DenseStageOptions {
  WorldOptions world;
  int captures_per_step = 6;
  double camera_noise = 1;  // upper bound of add_camera_noise's strength
  bool bf16 = cpu_multiplies_bf16();
  int validation_captures = 24;
  DenseLossWeights weights;
};

// The networks of the compact backbone that are supervised densely, under the names of their weight files.
struct DenseNetworksImpl : torch::nn::Module {
  explicit DenseNetworksImpl(const CompactSceneConfig& config)
      : scene(register_module("scene", CompactScene(config))),
        detector(register_module("detector", CompactDetector(config.feature_dim, config.head_dim))) {}
  CompactScene scene;
  CompactDetector detector;
};
TORCH_MODULE(DenseNetworks);

// Trunk, scene maps and detection maps on rendered views. Like every stage it computes where its networks
// lie, and renders in threads beside them if there are any (training/prefetch.h).
class DenseStage : public TrainingStage {
 public:
  DenseStage(const CompactSceneConfig& config, const DenseStageOptions& options, int render_threads = 0);
  torch::nn::Module& module() override { return *networks; }
  torch::Tensor loss(std::uint64_t seed, int step, Measures& terms) override;
  Measures validate() override;

  DenseNetworks networks;

 private:
  DenseStageOptions options_;
  Prefetch<DenseBatch> batches_;
};

// Rendered captures of consecutive seeds with camera noise of random strength.
std::vector<RenderedCapture> training_captures(std::uint64_t seed, int count, const WorldOptions& world,
                                               double noise);

// Consecutive frames of one camera's video, each as a capture of one view of the same people (same order) who
// move on in between: what stands in for views of one frame where training has none (spec section 6, stage
// 1).
std::vector<RenderedCapture> pseudo_views(std::uint64_t seed, int frames, double seconds_between,
                                          WorldOptions world, double noise);

// Seeds from here on are for validation (this stage) and tests; training seeds lie below.
constexpr std::uint64_t kValidationSeed = 1ull << 62;

// Penalty-reduced focal loss on logits (CenterNet; spec section 6, L_det), normalised by the number of peaks.
torch::Tensor focal_loss(const torch::Tensor& logits, const torch::Tensor& target);
}  // namespace ahap
