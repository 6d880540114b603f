#pragma once

#include "reconstruction/ahap/association.h"
#include "reconstruction/ahap/human_head.h"
#include "reconstruction/branches/human_branch.h"

namespace ahap {

// What is trained on top of frozen backbones: fusion, association, human head. Names are those of the weight
// file.
struct AhapHeadsImpl : torch::nn::Module {
  AhapHeadsImpl(const AssociationConfig& association_config, const HumanHeadConfig& head_config)
      : fusion(register_module("fusion", TokenFusion(association_config))),
        association(register_module("association", Association(association_config))),
        head(register_module("head", HumanHead(head_config))) {}
  TokenFusion fusion;
  Association association;
  HumanHead head;
};
TORCH_MODULE(AhapHeads);

// F_scene at the detections: bilinear samples (N, C) of scene.features at key points given in pixels of a
// square of `size`.
torch::Tensor scene_at_detections(const SceneEstimate& scene, const HumanEstimate& human, double size);

// What the association reads of detections, one per row.
struct DetectionFeatures {
  torch::Tensor human;  // (N, Ch) F_human at the detection
  torch::Tensor scene;  // (N, Cs) F_scene there
  torch::Tensor view;   // (N) int64
};
// rows (N) int64: detections of `human`.
DetectionFeatures detection_features(const SceneEstimate& scene, const HumanEstimate& human,
                                     const torch::Tensor& rows, double size);

// The head's input for one person per row: detection[p] is the row of `human` it is decoded from, person (P,
// D). Its tensors may lie on different devices.
HeadInput head_input(const SceneEstimate& scene, const HumanEstimate& human,
                     const std::vector<int64_t>& detection, const torch::Tensor& person, double size);

// The same with intrinsics K (V, 3, 3) and key point depths (P; undefined: unknown) that were corrected
// since.
void use_calibration(const torch::Tensor& K, const torch::Tensor& keypoint_depth, HeadInput& input);

}  // namespace ahap
