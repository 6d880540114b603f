#include "reconstruction/ahap/human_head.h"

#include <cmath>

#include "reconstruction/networks/rotations.h"

namespace ahap {
namespace {

constexpr int kBands = 16;

void start_at_zero(Mlp& mlp) {
  torch::nn::init::zeros_(mlp->fc2->weight);
  torch::nn::init::zeros_(mlp->fc2->bias);
}

// Bilinear samples of maps (P, C, h, w) at points (P, 2), pixels of a square input of `size` -> (P, C).
torch::Tensor sample(const torch::Tensor& maps, const torch::Tensor& points, double size) {
  const auto grid = (points / size * 2 - 1).view({-1, 1, 1, 2});
  return at::grid_sampler_2d(maps, grid, /*bilinear*/ 0, /*border*/ 1, /*align_corners=*/false).flatten(1);
}

}  // namespace

HeadInput to(HeadInput input, torch::Device device) {
  for (auto* tensor :
       {&input.human, &input.scene, &input.K, &input.view, &input.keypoint, &input.detection, &input.mask,
        &input.person, &input.mean_pose, &input.mean_betas, &input.mean_log_depth}) {
    if (tensor->defined()) *tensor = tensor->to(device);
  }
  return input;
}

double focal_60(double size) {
  return 0.5 * size / std::tan(M_PI / 6);
}

torch::Tensor ray_embedding(const torch::Tensor& points, const torch::Tensor& K) {
  const auto x = (points.select(-1, 0) - K.select(-2, 0).select(-1, 2)) / K.select(-2, 0).select(-1, 0);
  const auto y = (points.select(-1, 1) - K.select(-2, 1).select(-1, 2)) / K.select(-2, 1).select(-1, 1);
  const auto rays = torch::stack({x, y, torch::ones_like(x)}, -1);     // (N, 3)
  const auto bands = torch::linspace(1, 32, kBands, rays.options());   // f_k
  const auto phase = (rays.unsqueeze(-1) * bands * M_PI).flatten(-2);  // (N, 48) d-major
  return torch::cat({rays, phase.sin(), phase.cos()}, -1);
}

HumanHeadImpl::HumanHeadImpl(const HumanHeadConfig& config) : config(config) {
  const int context = config.human_dim + config.projected_scene_dim + kRayChannels;
  const int token = config.detection_dim + config.projected_scene_dim + kRayChannels;
  scene_projection =
      register_module("scene_projection", Linear(config.scene_dim, config.projected_scene_dim));
  person_to_context = register_module("person_to_context", Linear(config.person_dim, context));
  person_to_query = register_module("person_to_query", Linear(config.person_dim, config.dim));
  embed = register_module("embed", Linear(token + kSmplJoints * 6 + kSmplBetas + 1, config.dim));
  decoder = register_module("decoder", torch::nn::ModuleList());
  for (int i = 0; i < config.layers; ++i)
    decoder->push_back(TransformerLayer(config.dim, config.heads, 1, context));
  norm = register_module("norm", layer_norm(config.dim));
  pose = register_module("pose", Mlp(config.dim, config.dim, kSmplJoints * 6));
  shape = register_module("shape", Mlp(config.dim, config.dim, kSmplBetas));
  camera = register_module("camera", Mlp(config.dim, config.dim, 1));
  for (auto* mlp : {&pose, &shape, &camera}) start_at_zero(*mlp);
  alpha = register_parameter("alpha", torch::full({1}, -4.0));
}

HeadOutput HumanHeadImpl::forward(const HeadInput& in) {
  const int64_t h = in.human.size(2), w = in.human.size(3), P = in.view.size(0);
  const auto project = [&](const torch::Tensor& maps) {  // (V, Cs, .) -> (V, C', .)
    return scene_projection(maps.permute({0, 2, 3, 1})).permute({0, 3, 1, 2});
  };
  // Context C = [F_human ; Proj(F_scene) resampled to the human grid ; E_cam], (V, h w, Cc).
  const auto scene = project(at::adaptive_avg_pool2d(in.scene, {h, w}));
  const auto options = in.K.options();
  const auto ys = (torch::arange(h, options) + 0.5) * (in.size / h),
             xs = (torch::arange(w, options) + 0.5) * (in.size / w);
  const auto centers =
      torch::stack({xs.expand({h, w}), ys.unsqueeze(1).expand({h, w})}, -1).view({1, h * w, 2});
  const auto rays = ray_embedding(centers, in.K.unsqueeze(1));  // (V, h w, 99)
  const auto context_of_view = torch::cat(
      {in.human.flatten(2).transpose(1, 2), scene.flatten(2).transpose(1, 2), rays}, -1);  // (V, h w, Cc)

  // C~ = C + sigmoid(alpha) broadcast(Proj_kv(f_p)), of each person.
  const SharedContext context{context_of_view, in.view, torch::sigmoid(alpha) * person_to_context(in.person)};
  torch::Tensor bias;
  if (in.mask.defined()) bias = torch::log(in.mask.flatten(1) + 0.05).view({P, 1, 1, h * w});

  // Queries q_det and q_mv, (P, 2, D).
  const auto scene_at = scene_projection(sample(in.scene.index_select(0, in.view), in.keypoint, in.size));
  const auto rays_at = ray_embedding(in.keypoint, in.K.index_select(0, in.view));
  const auto q_det = embed(torch::cat({in.detection, scene_at, rays_at, in.mean_pose.flatten(1),
                                       in.mean_betas, in.mean_log_depth.unsqueeze(1)},
                                      -1));
  const auto q_mv = person_to_query(in.person);
  auto q = torch::stack({q_det, q_mv}, 1);
  for (const auto& layer : *decoder) q = layer->as<TransformerLayer>()->forward_shared(q, context, bias);
  const auto q_final = norm(q.sum(1));  // (P, D)

  HeadOutput out;
  out.rotations = matrix_from_6d(in.mean_pose + pose(q_final).view({-1, kSmplJoints, 6}));
  out.betas = in.mean_betas + shape(q_final);
  out.log_depth = in.mean_log_depth + camera(q_final).squeeze(-1);
  return out;
}

}  // namespace ahap
