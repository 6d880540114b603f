#pragma once

#include <deque>
#include <optional>
#include <random>

#include "reconstruction/ahap/ahap_heads.h"
#include "reconstruction/body_layer/smpl.h"
#include "reconstruction/branches/scene_branch.h"
#include "reconstruction/training/instance_stage.h"

namespace ahap {

// Weights of the losses of spec section 6 that train the heads (detection is the dense stage's); 0 switches
// one off. All are means over elements; distances in metres, in pictures too (at the person's range).
struct HeadLossWeights {
  double assign = 1, contrastive = 1, rotations = 1, betas = 0.1, depth = 1, translation = 0, joints3d = 10,
         vertices3d = 0, joints2d = 1, vertices2d = 0, cross_joints3d = 10, cross_joints2d = 1;
  int projection_from_step = 0;  // what is measured in pictures (*2d) counts from this step on
};

// The first steps of the run take consecutive frames of one camera for views of one frame; the cross-view
// losses, which need one frame, then rest.
struct PseudoViews {
  int steps = 0;
  int frames = 4;
  double seconds_between = 0.2;
};

struct HeadsStageOptions {
  WorldOptions world;
  double camera_noise = 1;
  double detection_threshold = 0.3;
  int pool = 600;                     // captures kept with their frozen features
  int new_per_step = 1;               // captures that enter the pool at each step
  int captures_per_step = 12;         // drawn from the pool
  int people_per_step = 6;            // of them, that go through the head
  double temperature = 0.07;          // of the contrastive loss
  bool bf16 = cpu_multiplies_bf16();  // of the frozen networks; the heads run in float32
  PseudoViews pseudo_views;
  int validation_captures = 60;
  HeadLossWeights weights;
};

// The heads on frozen backbones, the compact ones or the published ones at full size. Captures are rendered;
// whoever has BEDLAM or EgoHumans puts a source of RenderedCapture of his own in the place of
// training_captures.
class HeadsStage : public TrainingStage {
 public:
  // keypoint_joint: the SMPL joint that is the human branch's primary key point. The body lies where the
  // heads do.
  HeadsStage(AhapHeads heads, const HeadsStageOptions& options, const Smpl& body, SceneBranch& scene,
             HumanBranch& human, int keypoint_joint = 0, int render_threads = 0);
  torch::nn::Module& module() override { return *heads; }
  torch::Tensor loss(std::uint64_t seed, int step, Measures& terms) override;
  Measures validate() override;

  AhapHeads heads;

 private:
  struct Example {
    std::uint64_t seed = 0;
    bool one_frame = true;  // false: pseudo views
    SceneEstimate scene;
    HumanEstimate human;
    std::vector<int> person;                                 // true person of each detection, -1: nobody
    std::vector<PersonTarget> target;                        // of each detection with a person
    std::vector<torch::Tensor> rotations, joints, joints2d;  // of the targets: (24, 3, 3), (24, 3), (24, 2)
    std::vector<Camera> cameras;                             // true, of the square input
    int people = 0;
  };
  // Captures side by side: views and people are numbered over the whole batch. N detections.
  struct Batch {
    std::vector<const Example*> examples;
    torch::Tensor human_features, scene_features;  // (N, C)
    torch::Tensor view, capture;                   // (N) int64, CPU
    std::vector<int> person;                       // of each detection, -1: nobody
    int people = 0;
  };
  struct DecodedPerson {
    const Example* example = nullptr;
    int detection = 0;
  };
  struct Decoding {
    std::vector<DecodedPerson> people;
    HeadInput input;
  };
  struct Truth {
    torch::Tensor rotations, joints, betas, log_depth;  // of the decoded people, as HeadOutput has them
  };
  struct SurfacePair {
    torch::Tensor vertices, truth;
  };
  struct Reprojection {
    std::vector<torch::Tensor> translation, own2d, cross2d, cross3d, surface2d;
  };
  RenderedBatch render(std::uint64_t seed, bool one_frame) const;
  Batch batch(std::mt19937_64& random) const;
  QueryRows query_rows(const Batch& batch, std::mt19937_64& random) const;
  std::vector<int> person_of_rows(const Batch& batch, const QueryRows& rows, const torch::Tensor& A) const;
  Decoding people_to_decode(const Batch& batch, const std::vector<int>& person_of_row,
                            const torch::Tensor& person_features, std::mt19937_64& random) const;
  Truth truth_of(const Decoding& decoding, torch::Device device) const;
  void add_reprojection(const DecodedPerson& decoded, const torch::Tensor& log_depth,
                        const torch::Tensor& joints, const std::optional<SurfacePair>& surface,
                        Reprojection& sums) const;
  // Its tensors are on the CPU, where a pool of them has room.
  Example example(std::uint64_t seed, bool one_frame, const RenderedBatch& rendered);
  void fill_pool(std::uint64_t seed, int step);

  HeadsStageOptions options_;
  const Smpl& body_;
  SceneBranch& scene_;
  HumanBranch& human_;
  int keypoint_joint_;
  std::uint64_t real_from_ = 0;  // the first capture whose views are of one frame
  std::deque<Example> pool_;
  std::vector<Example> validation_;
  Prefetch<RenderedBatch> captures_;
};

}  // namespace ahap
