#pragma once

#include <torch/torch.h>

#include <memory>
#include <vector>

#include "reconstruction/body_layer/smpl.h"
#include "reconstruction/branches/chromm/chromm_heads.h"
#include "reconstruction/branches/multi_hmr/multi_hmr.h"
#include "reconstruction/branches/scene_branch.h"
#include "reconstruction/progress.h"

namespace ahap {

// The N people of V square pictures, by view. Pixels are those of the scene branch's square. On the CPU.
struct ChrommPeople {
  torch::Tensor view;            // (N) int64
  torch::Tensor score;           // (N)
  torch::Tensor token;           // (N, C) of the encoder at the head's cell
  torch::Tensor head, pelvis;    // (N, 2) where the picture shows these joints
  torch::Tensor rotations;       // (N, 53, 3, 3) as ChrommBodies has them
  torch::Tensor betas;           // (N, 10) SMPL-X
  torch::Tensor residual_depth;  // (N) metres; undefined: not known
  torch::Tensor mask;            // (V, S, S) whether a pixel shows somebody, 0..1; undefined: not known
};

// CHROMM's human side: Multi-HMR's encoder and, where there is a file of them, CHROMM's own heads. Without
// them Multi-HMR's heads stand in their place: people are Multi-HMR's, and the pelvis lies where the picture
// shows it if the person is where Multi-HMR has it.
class ChrommNetwork {
 public:
  // body: the SMPL-X body of shape and expression (10 each), or SMPL's, which has the mean shape. heads may
  // be empty. Throws a sentence where they do not fit Multi-HMR.
  ChrommNetwork(MultiHmr human, ChrommHeads heads, std::shared_ptr<const Smpl> body, torch::Device device,
                bool bf16);

  bool has_own_heads() const { return !heads_.is_empty(); }
  int input_size() const { return human_->config.input_size(); }  // side of the square, pixels
  const MultiHmr& human() const { return human_; }

  // squares (V, 3, S, S) in 0..1 with the photographs in these areas; the scene estimate of the same views;
  // the score from which a peak is a person. Throws Cancelled.
  ChrommPeople find(const torch::Tensor& squares, const std::vector<PictureArea>& areas,
                    const SceneEstimate& scene, double threshold, const Progress& progress = {});

 private:
  ChrommPeople find_with_own_heads(const torch::Tensor& squares, const std::vector<PictureArea>& areas,
                                   const SceneEstimate& scene, double threshold, const Progress& progress);
  ChrommPeople find_with_multi_hmr(const torch::Tensor& squares, const SceneEstimate& scene, double threshold,
                                   const Progress& progress);

  MultiHmr human_;
  ChrommHeads heads_;
  std::shared_ptr<const Smpl> body_;
  torch::Device device_;
  bool bf16_;
};

// The joints (N, 24, 3) about the head, metres, of bodies with these rotations (N, 53, 3, 3) and SMPL-X betas
// (N, 10), which a body that is not SMPL-X's leaves out.
torch::Tensor joints_about_head(const Smpl& body, const torch::Tensor& rotations, const torch::Tensor& betas);

}  // namespace ahap
