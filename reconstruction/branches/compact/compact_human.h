#pragma once

#include <torch/torch.h>

#include "reconstruction/branches/compact/compact_detector.h"
#include "reconstruction/branches/compact/instance_network.h"
#include "reconstruction/branches/human_branch.h"

namespace ahap {

// What a person wears, without learning: mean colours around eight places of the body surface (head,
// shoulders, elbows, wrists, chest, pelvis, knees, ankles; relative to the crop's mean), how visible each is,
// and a 5 x 5 histogram of chroma. colours (N, 3, 64, 64) 0..1, mask (N, 32, 32) 0..1, canonical (N, 3, 32,
// 32), anchors (8, 2, 3) both sides' template positions -> (N, kAppearanceDim).
torch::Tensor appearance(const torch::Tensor& colors, const torch::Tensor& mask,
                         const torch::Tensor& canonical, const torch::Tensor& anchors);
constexpr int kAppearanceAnchors = 8;
constexpr int kAppearanceDim = kAppearanceAnchors * 4 + 25;

// template_joints (24, 3), metres -> (8, 2, 3)
torch::Tensor appearance_anchors(const torch::Tensor& template_joints);

// The compact network as a human branch. It shares the trunk of the compact scene branch:
// SceneEstimate::features are its input (scene_size: side of the scene branch's square input). Detections,
// then the network of one person on each detection's window, cut from finer pictures than the scene branch's.
// Both run where they lie; estimates are on the CPU.
class CompactHumanBranch : public HumanBranch {
 public:
  CompactHumanBranch(CompactDetector detector, InstanceNetwork instance, torch::Tensor template_joints,
                     int scene_size, DetectionOptions options, bool bf16);
  int input_size() const override { return instance_->config.picture_size; }
  HumanEstimate estimate(const torch::Tensor& images, const SceneEstimate& scene,
                         const DetectionThresholds& thresholds, const Progress& progress) override;

 private:
  // What the detector found, and what a closer look says of each.
  struct Closeups {
    std::vector<Instance> instances;
    std::vector<Window> windows;
    InstanceOutput person;
    torch::Tensor mask;  // (N, h, h) 0..1, of the window
  };
  DetectionMaps detect(const torch::Tensor& features);
  InstanceOutput look_closely(const torch::Tensor& crops);
  // Where people are, in the picture (pixels) and away from it. K (V, 3, 3).
  void add_places(const Closeups& closeups, const torch::Tensor& K, double picture_size,
                  HumanEstimate& out) const;

  CompactDetector detector_;
  InstanceNetwork instance_;
  torch::Tensor anchors_;
  int scene_size_;
  DetectionOptions options_;
  bool bf16_;
};

}  // namespace ahap
