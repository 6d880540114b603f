#pragma once

#include <deque>

#include "reconstruction/body/smpl.h"
#include "reconstruction/human/ahap_heads.h"
#include "reconstruction/scene/scene_branch.h"
#include "reconstruction/training/instance_stage.h"

namespace ahap {

// Weights of spec section 6 (paper's values; the parameter terms are means over elements here).
struct HeadLossWeights {
  double assign = 1, contrastive = 1, rotations = 1, betas = 0.1, depth = 1, joints3d = 10, joints2d = 1,
         cross_joints3d = 10, cross_joints2d = 1;
};

struct HeadsStageOptions {
  WorldOptions world;
  double camera_noise = 1;
  double detection_threshold = 0.3;
  int pool = 600;               // captures kept with their frozen features
  int new_per_step = 1;         // captures that enter the pool at each step
  int captures_per_step = 12;   // drawn from the pool
  int people_per_step = 6;      // of them, that go through the head
  double temperature = 0.07;    // of the contrastive loss
  int validation_captures = 60;
  HeadLossWeights weights;
};

class HeadsStage : public TrainingStage {
 public:
  HeadsStage(AhapHeads heads, const HeadsStageOptions& options, const Smpl& body, SceneBranch& scene, HumanBranch& human);
  torch::nn::Module& module() override { return *heads; }
  torch::Tensor loss(std::uint64_t seed, Measures& terms) override;
  Measures validate() override;

  AhapHeads heads;

 private:
  struct Example {
    std::uint64_t seed = 0;
    SceneEstimate scene;
    HumanEstimate human;
    std::vector<int> person;            // true person of each detection, -1: nobody
    std::vector<PersonTarget> target;   // of each detection with a person
    std::vector<torch::Tensor> rotations, joints, joints2d;  // of the targets: (24, 3, 3), (24, 3), (24, 2)
    std::vector<Camera> cameras;        // true, of the square input
    std::vector<GroundTruth::Person> people;
  };
  Example example(std::uint64_t seed);

  HeadsStageOptions options_;
  const Smpl& body_;
  SceneBranch& scene_;
  HumanBranch& human_;
  std::deque<Example> pool_;
  std::vector<Example> validation_;
};

}  // namespace ahap
