#include "reconstruction/branches/chromm/chromm_network.h"

#include <algorithm>
#include <stdexcept>

#include "reconstruction/body_layer/smplx_to_smpl.h"
#include "reconstruction/branches/multi_hmr/multi_hmr_branch.h"
#include "reconstruction/networks/dinov2.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {
namespace {

constexpr int kHead = 15, kPelvis = 0;
constexpr double kNearest = 1e-3;  // metres: what is nearer is not projected

// The scene's tokens (n, E) where it shows places (n, 2), pixels of its square, within the photographs.
torch::Tensor scene_tokens(const SceneEstimate& scene, const torch::Tensor& view, const torch::Tensor& places,
                           const std::vector<PictureArea>& areas) {
  const std::int64_t n = places.size(0);
  auto cells = torch::empty({n, 2}, torch::kLong);  // row, column
  const auto at = places.accessor<float, 2>();
  for (std::int64_t i = 0; i < n; ++i) {
    const PictureArea& area = areas[std::size_t(view[i].item<std::int64_t>())];
    const double x = std::clamp(double(at[i][0]), area.x0, std::max(area.x0, area.x1 - 1)),
                 y = std::clamp(double(at[i][1]), area.y0, std::max(area.y0, area.y1 - 1));
    cells[i][0] = std::clamp<std::int64_t>(std::int64_t(y / kPatch), 0, scene.features.size(2) - 1);
    cells[i][1] = std::clamp<std::int64_t>(std::int64_t(x / kPatch), 0, scene.features.size(3) - 1);
  }
  const auto device = scene.features.device();
  const auto row = cells.select(1, 0).to(device), column = cells.select(1, 1).to(device);
  return scene.features.permute({0, 2, 3, 1}).index({view.to(device), row, column});
}

torch::Tensor on_cpu(const torch::Tensor& values) {
  return values.to(torch::kCPU, torch::kFloat).contiguous();
}

}  // namespace

torch::Tensor joints_about_head(const Smpl& body, const torch::Tensor& rotations,
                                const torch::Tensor& betas) {
  const std::int64_t N = rotations.size(0);
  const bool smplx = body.num_joints() == kSmplxJoints;
  const auto whole = smplx_rotations(rotations);
  const auto joints = smpl_joints(
      smplx ? body.joints(torch::cat({betas, torch::zeros({N, kSmplxExpressions})}, 1), whole,
                          torch::zeros({N, 3}))
            : body.joints(torch::zeros({N, kSmplBetas}), smpl_rotations(whole), torch::zeros({N, 3})));
  return joints - joints.select(1, kHead).unsqueeze(1);
}

ChrommNetwork::ChrommNetwork(MultiHmr human, ChrommHeads heads, std::shared_ptr<const Smpl> body,
                             torch::Device device, bool bf16)
    : human_(std::move(human)),
      heads_(std::move(heads)),
      body_(std::move(body)),
      device_(device),
      bf16_(bf16) {
  if (heads_.is_empty() || heads_->config.human_dim == human_->config.backbone.dim) return;
  throw std::runtime_error("These CHROMM heads are for " + std::to_string(heads_->config.human_dim) +
                           " channels of Multi-HMR, and Multi-HMR " + human_->config.size + " has " +
                           std::to_string(human_->config.backbone.dim) + ".");
}

ChrommPeople ChrommNetwork::find(const torch::Tensor& squares, const std::vector<PictureArea>& areas,
                                 const SceneEstimate& scene, double threshold, const Progress& progress) {
  const torch::NoGradGuard no_grad;
  ChrommPeople people = has_own_heads() ? find_with_own_heads(squares, areas, scene, threshold, progress)
                                        : find_with_multi_hmr(squares, scene, threshold, progress);
  const double ratio = double(scene.depth.size(2)) / double(squares.size(3));
  people.head = people.head * ratio;
  people.pelvis = people.pelvis * ratio;
  return people;
}

ChrommPeople ChrommNetwork::find_with_own_heads(const torch::Tensor& squares,
                                                const std::vector<PictureArea>& areas,
                                                const SceneEstimate& scene, double threshold,
                                                const Progress& progress) {
  const auto human = human_->features(normalize_colors(squares.to(device_)), bf16_, progress);
  const auto peaks = suppress_non_maxima(heads_->head_scores(human));
  const auto index = torch::nonzero((peaks > 0) & (peaks >= threshold));
  const auto cells =
      std::vector<at::indexing::TensorIndex>{index.select(1, 0), index.select(1, 1), index.select(1, 2)};
  ChrommPeople people;
  people.view = index.select(1, 0).cpu().contiguous();
  people.score = on_cpu(peaks.index(cells));
  const auto tokens = human.index(cells), places = heads_->head_places(human, index);
  people.token = on_cpu(tokens);
  people.head = on_cpu(places);
  people.pelvis = on_cpu(heads_->pelvis_places(human, index, areas));
  const std::int64_t side = scene.depth.size(2);
  const double ratio = double(side) / double(squares.size(3));
  std::vector<PictureArea> of_scene;
  for (const PictureArea& area : areas)
    of_scene.push_back({ratio * area.x0, ratio * area.y0, ratio * area.x1, ratio * area.y1});
  const auto of_people = scene_tokens(scene, people.view, people.head * ratio, of_scene);
  const ChrommBodies bodies = heads_->bodies(of_people.to(device_, tokens.scalar_type()), tokens);
  people.rotations = on_cpu(bodies.rotations);
  people.betas = on_cpu(bodies.betas);
  people.residual_depth = on_cpu(bodies.residual_depth);
  people.mask = on_cpu(at::upsample_bilinear2d(heads_->masks(human).unsqueeze(1), {side, side},
                                               /*align_corners=*/false)
                           .squeeze(1));
  return people;
}

ChrommPeople ChrommNetwork::find_with_multi_hmr(const torch::Tensor& squares, const SceneEstimate& scene,
                                                double threshold, const Progress& progress) {
  auto K = scene.K.to(torch::kCPU, torch::kFloat).clone();
  K.slice(1, 0, 2) *= double(squares.size(3)) / double(scene.depth.size(2));
  const MultiHmrOutput seen =
      human_->forward(normalize_colors(squares.to(device_)), K.to(device_), threshold, bf16_, progress);
  const auto index = seen.index;
  ChrommPeople people;
  people.view = index.select(1, 0).cpu().contiguous();
  people.score = on_cpu(seen.score);
  people.token = on_cpu(seen.features.index({index.select(1, 0), index.select(1, 1), index.select(1, 2)}));
  people.head = on_cpu(seen.loc);
  people.rotations = on_cpu(seen.rotations);
  people.betas = on_cpu(seen.bodies.betas.slice(1, 0, kSmplBetas));
  const auto pelvis =
      on_cpu(seen.transl) + joints_about_head(*body_, people.rotations, people.betas).select(1, kPelvis);
  const auto projected =
      torch::matmul(K.index_select(0, people.view), pelvis.unsqueeze(-1)).squeeze(-1);  // (N, 3)
  people.pelvis = projected.slice(1, 0, 2) / projected.slice(1, 2, 3).clamp_min(kNearest);
  return people;
}

}  // namespace ahap
