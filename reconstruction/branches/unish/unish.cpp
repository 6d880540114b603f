#include "reconstruction/branches/unish/unish.h"

#include <stdexcept>

#include "reconstruction/networks/precision.h"
#include "reconstruction/networks/rotations.h"

namespace ahap {
namespace {

constexpr double kLeastConfidence = 0.1;  // of a point that counts
constexpr double kNotZero = 1e-8;         // added to the number of these points

void require_clip(const UnishInput& input) {
  const auto fits = [](const torch::Tensor& tensor, const std::vector<std::int64_t>& shape) {
    return tensor.defined() && tensor.sizes() == shape;
  };
  const std::int64_t S = input.images.dim() == 4 ? input.images.size(0) : 0;
  if (S < 2)
    throw std::runtime_error("UniSH takes the frames of a clip, two or more, as images (S, 3, H, W).");
  if (!fits(input.crops, {S, 3, kCropSide, kCropSide}))
    throw std::runtime_error(
        "UniSH takes a crop of 256 x 256 pixels for every frame: crops (S, 3, 256, 256).");
  if (!fits(input.boxes, {S, 3}))
    throw std::runtime_error("UniSH takes a box for every frame: boxes (S, 3).");
}

torch::Tensor rotation_of(const torch::Tensor& poses) {
  return poses.slice(1, 0, 3).slice(2, 0, 3);
}
torch::Tensor translation_of(const torch::Tensor& poses) {
  return poses.slice(1, 0, 3).select(2, 3);
}

// Of rigid motions (S, 4, 4).
torch::Tensor inverse_of(const torch::Tensor& poses) {
  const auto back = rotation_of(poses).transpose(1, 2);
  auto inverse = torch::eye(4, poses.options()).repeat({poses.size(0), 1, 1});
  rotation_of(inverse).copy_(back);
  translation_of(inverse).copy_(-torch::matmul(back, translation_of(poses).unsqueeze(-1)).squeeze(-1));
  return inverse;
}

// Points (S, H, W, 3) moved by poses (S, 4, 4).
torch::Tensor moved(const torch::Tensor& points, const torch::Tensor& poses) {
  const auto turned = torch::matmul(points.flatten(1, 2), rotation_of(poses).transpose(1, 2));
  return (turned + translation_of(poses).unsqueeze(1)).view(points.sizes());
}

torch::Tensor in_front(const torch::Tensor& points, const torch::Tensor& shift) {
  return points.select(-1, 2) + shift.view({-1, 1, 1}) > 0;
}

void tell_scene(const TensorObserver& observe, const Pi3Output& scene,
                const torch::Tensor& world_from_camera) {
  if (!observe) return;
  observe("raw.hidden", scene.hidden);
  observe("raw.local_points", scene.local_points);
  observe("raw.point_conf_logit", scene.conf);
  observe("raw.c2ws", scene.camera_poses);
  observe("raw.c2ws_cano", world_from_camera);
}

// The mean distance of the points that count from their cameras.
torch::Tensor mean_distance(const torch::Tensor& points, const torch::Tensor& mask) {
  return (points.norm(2, {-1}) * mask).sum() / (mask.sum() + kNotZero);
}

void tell_output(const TensorObserver& observe, const UnishOutput& out) {
  if (!observe) return;
  const std::int64_t S = out.rotations.size(0);
  const auto angles = axis_angle_from_matrix(out.rotations);
  observe("out.scale", out.scale);
  observe("out.trans_cam", out.trans);
  observe("out.pose_cam", angles.flatten(1));
  observe("out.betas", out.betas.expand({S, -1}));
  observe("out.c2ws_cano", out.world_from_camera);
  observe("out.w2cs_cano", out.camera_from_world);
  observe("out.intrinsics", out.K);
  observe("out.local_points", out.local_points);
  observe("out.world_points", out.world_points);
  observe("out.depth_map", out.depth);
  observe("out.point_map", out.points);
  observe("out.masks", out.mask.to(torch::kByte));
  observe("out.mask_count", out.mask.sum().view({1}).to(torch::kInt));
  const WorldRoot root = world_root(out.world_from_camera, out.rotations.select(1, 0), out.trans);
  const auto world_angles =
      torch::cat({axis_angle_from_matrix(root.rotation).unsqueeze(1), angles.slice(1, 1)}, 1);
  observe("world.pose_aa", world_angles.flatten(1));
  observe("world.trans", root.trans);
}

}  // namespace

UnishImpl::UnishImpl(const UnishConfig& config)
    : config(config),
      pi3(register_module("pi3", Pi3(config.scene))),
      backbone(register_module("backbone", CropBackbone(config.backbone))),
      human_head(register_module("human_head", BodyHead(config.head))),
      alignnet(register_module("alignnet", AlignNet(config.align))) {}

HeadBodies UnishImpl::find_bodies(const UnishInput& input, const torch::Tensor& focal,
                                  const UnishOptions& options, const Progress& progress,
                                  const TensorObserver& observe) {
  const auto device = input.images.device();
  const auto boxes = input.boxes.to(device) / focal.unsqueeze(1);
  tell(observe, "bbox_info", boxes);
  torch::Tensor crop_tokens;
  {
    const Bf16Scope scope(options.bf16, device);
    crop_tokens = backbone(input.crops.to(device), progress, observe).to(torch::kFloat);
  }
  const HeadBodies bodies = human_head(crop_tokens, boxes, observe);
  tell(observe, "token_out", bodies.token);
  tell(observe, "pose_rotmat", bodies.rotations);
  tell(observe, "betas", bodies.betas);
  return bodies;
}

UnishOutput UnishImpl::forward(const UnishInput& input, const UnishOptions& options, const Progress& progress,
                               const TensorObserver& observe) {
  const torch::NoGradGuard no_grad;
  require_clip(input);
  const std::int64_t H = input.images.size(2), W = input.images.size(3);
  const Pi3Output scene = pi3->forward({.images = input.images}, options.bf16, progress);
  UnishOutput out;
  out.conf = scene.conf;
  out.world_from_camera = torch::matmul(inverse_of(scene.camera_poses.slice(0, 0, 1)), scene.camera_poses);
  tell_scene(observe, scene, out.world_from_camera);

  out.mask = out.conf.sigmoid() > kLeastConfidence;
  const FocalShift first = options.fit(scene.local_points, out.mask);
  out.mask = out.mask & in_front(scene.local_points, first.shift);
  tell(observe, "fit1.focal_shift", torch::stack({first.focal, first.shift}));
  const HeadBodies bodies = find_bodies(input, focal_pixels(first.focal, H, W), options, progress, observe);
  out.rotations = bodies.rotations;
  out.betas = bodies.betas;
  const Alignment alignment =
      alignnet->forward(scene.hidden, config.scene.registers, bodies.token, options.fps, observe);
  tell(observe, "scale", alignment.scale);
  tell(observe, "trans_cam", alignment.trans);

  out.scale = alignment.scale / mean_distance(scene.local_points, out.mask);
  out.local_points = scene.local_points * out.scale;
  out.world_from_camera = out.world_from_camera.clone();
  translation_of(out.world_from_camera).mul_(out.scale);
  out.camera_from_world = inverse_of(out.world_from_camera);
  out.world_points = moved(out.local_points, out.world_from_camera);

  const FocalShift second = options.fit(out.local_points, out.mask);
  tell(observe, "fit2.focal_shift", torch::stack({second.focal, second.shift}));
  out.K = centered_intrinsics(focal_pixels(second.focal, H, W), H, W);
  out.mask = out.mask & in_front(out.local_points, second.shift);
  out.depth = out.local_points.select(-1, 2) + second.shift.view({-1, 1, 1});
  out.points = points_of_depth(out.depth, out.K);
  out.trans = alignment.trans * out.scale;
  out.trans.select(1, 2).add_(second.shift);
  tell_output(observe, out);
  return out;
}

WorldRoot world_root(const torch::Tensor& world_from_camera, const torch::Tensor& root,
                     const torch::Tensor& trans) {
  const auto R = rotation_of(world_from_camera);
  return {.rotation = torch::matmul(R, root),
          .trans = torch::matmul(R, trans.unsqueeze(-1)).squeeze(-1) + translation_of(world_from_camera)};
}

}  // namespace ahap
