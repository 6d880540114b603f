#pragma once

#include "reconstruction/body_layer/smpl.h"
#include "reconstruction/branches/compact/instance_network.h"
#include "reconstruction/training/dense_stage.h"

namespace ahap {

struct InstanceLossWeights {
  double mask = 2, canonical = 4, joints2d = 16, root = 1, rotations = 2, joints = 5, kinematic_joints = 1,
         yaw = 0.25, betas = 0.1, pelvis = 2, range = 3, errors = 0.2;
};

struct InstanceStageOptions {
  WorldOptions world;
  int captures_per_step = 6;
  int people_per_step = 48;
  double camera_noise = 1;
  bool bf16 = cpu_multiplies_bf16();
  int validation_captures = 24;
  InstanceLossWeights weights;
};

// Windows and coarse masks of people as the detector would give them.
struct InstanceBatch {
  torch::Tensor crops;      // (N, 4, 128, 128)
  torch::Tensor mask;       // (N, 32, 32) this person's pixels
  torch::Tensor canonical;  // (N, 3, 32, 32)
  torch::Tensor joints2d;   // (N, 24, 2) fraction of the window
  torch::Tensor rotations;  // (N, 24, 3, 3)
  torch::Tensor joints;     // (N, 24, 3)
  torch::Tensor betas;      // (N, 10)
  torch::Tensor yaw;        // (N) int64 bin
  torch::Tensor pelvis;     // (N, 2) offset from the window's centre, fraction of the window
  torch::Tensor log_range;  // (N) beside the window's
};
InstanceBatch to(InstanceBatch batch, torch::Device device);

// What a batch is made of, before any network.
struct RenderedBatch {
  std::vector<RenderedCapture> captures;
  DenseBatch dense;
};

// The network of one person, on rendered views. With frozen dense networks its windows and masks are their
// detections; without, they are the truth made worse.
class InstanceStage : public TrainingStage {
 public:
  // The body and the dense networks lie where this network does.
  InstanceStage(const InstanceConfig& config, const InstanceStageOptions& options, const Smpl& body,
                DenseNetworks dense = nullptr, int render_threads = 0);
  torch::nn::Module& module() override { return *network; }
  torch::Tensor loss(std::uint64_t seed, int step, Measures& terms) override;
  Measures validate() override;

  InstanceNetwork network;

 private:
  RenderedBatch render(std::uint64_t seed, int captures) const;
  // Who, in which window, with which coarse mask.
  struct Crops {
    std::vector<const PersonTarget*> people;
    std::vector<Window> windows;
    std::vector<torch::Tensor> coarse;

    void add(const PersonTarget& person, const Eigen::Vector2d& pelvis, double log_range,
             const torch::Tensor& mask);
    void resize(int count);
  };
  Crops detected_people(const DenseBatch& dense);
  Crops disturbed_people(const DenseBatch& dense, std::mt19937_64& random) const;
  InstanceBatch batch(std::uint64_t seed, const RenderedBatch& rendered, int people);
  static void add_surface_targets(const DenseBatch& dense, const Crops& crops, InstanceBatch& batch);
  void add_pose_targets(const Crops& crops, InstanceBatch& batch) const;

  InstanceStageOptions options_;
  const Smpl& body_;
  DenseNetworks dense_;
  Prefetch<RenderedBatch> batches_;
};

// Pairs of detected instances and the visible people they stand for (35 cm at the person's range, nearest
// first).
std::vector<std::pair<int, int>> match_instances(const std::vector<Instance>& instances,
                                                 const std::vector<PersonTarget>& people);

}  // namespace ahap
