#include "app/cli/pi3_network.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "reconstruction/branches/pi3/pi3.h"
#include "reconstruction/formats/json_problem.h"
#include "reconstruction/formats/parse_json.h"

namespace ahap {
namespace {

// (V), not 0 where a condition is to be used; undefined when the file does not have it.
torch::Tensor mask_of(const Checkpoint& input, const std::string& name, std::int64_t views) {
  const auto found = input.tensors.find(name);
  if (found == input.tensors.end()) return {};
  if (found->second.dim() != 1 || found->second.size(0) != views) {
    throw std::runtime_error(input.file.string() + ": tensor " + name + " has shape " +
                             shape_text(found->second) + " instead of (" + std::to_string(views) + ")");
  }
  return found->second;
}

// Leaves the conditions of the file that its metadata do not name: {"K": 1, "mR": [1, 0], ...} names the
// intrinsics (K), rays (R), poses (P) and depths (D) that count and masks of their views (mR, mP, mD).
void apply_metadata(const Checkpoint& input, std::int64_t views, Pi3Conditions& conditions) {
  const auto named = input.metadata.find("conditions");
  if (named == input.metadata.end()) return;
  try {
    const nlohmann::json json = parse_json(named->second);
    const auto keep = [&](const char* key, torch::Tensor& condition) {
      if (!json.contains(key)) condition.reset();
    };
    keep("K", conditions.K);
    keep("R", conditions.rays);
    keep("P", conditions.world_from_camera);
    keep("D", conditions.depth);
    const auto mask = [&](const char* key, torch::Tensor& use) {
      if (use.defined() || !json.contains(key)) return;
      use = torch::tensor(json.at(key).get<std::vector<std::int64_t>>());
      if (use.size(0) != views) {
        throw std::runtime_error(input.file.string() + ": its metadata \"conditions\" name " +
                                 std::to_string(use.size(0)) + " views in " + key + " instead of " +
                                 std::to_string(views));
      }
    };
    mask("mD", conditions.use_depth);
    mask("mR", conditions.use_rays);
    mask("mP", conditions.use_poses);
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(input.file.string() +
                             ": its metadata \"conditions\" cannot be understood: " + json_problem(error));
  }
}

Pi3Conditions conditions_of(const Checkpoint& input, const torch::Tensor& images) {
  const std::int64_t V = images.size(0), H = images.size(2), W = images.size(3);
  Pi3Conditions conditions;
  conditions.depth = find_tensor(input, "depths", {V, H, W});
  conditions.K = find_tensor(input, "intrinsics", {V, 3, 3});
  conditions.rays = find_tensor(input, "rays", {V, H, W, 3});
  conditions.world_from_camera = find_tensor(input, "poses", {V, 4, 4});
  conditions.use_depth = mask_of(input, "mask_add_depth", V);
  conditions.use_rays = mask_of(input, "mask_add_ray", V);
  conditions.use_poses = mask_of(input, "mask_add_pose", V);
  apply_metadata(input, V, conditions);
  return conditions;
}

NetworkTensors run(CheckpointKind wanted, const Checkpoint& weights, const Checkpoint& given, bool bf16,
                   const Progress& progress) {
  if (weights.kind() != wanted) {
    throw std::runtime_error(weights.file.string() + " holds " + describe(weights.kind()) + ", not " +
                             describe(wanted));
  }
  const bool x = wanted == CheckpointKind::pi3x;
  const Checkpoint input = with_plain_names(given);
  Pi3Input pi3{.images = colors_of(input, kPatch, describe(wanted))};
  if (x) pi3.conditions = conditions_of(input, pi3.images);
  Pi3 network = load_pi3(weights);
  const Pi3Output output = network->forward(pi3, bf16, progress);
  NetworkTensors tensors = {{"enc.out", output.encoded},
                            {"hidden", output.hidden},
                            {"point_decoder", output.point_tokens},
                            {"conf_decoder", output.conf_tokens},
                            {"camera_decoder", output.camera_tokens},
                            {"local_points", output.local_points},
                            {"points", output.points},
                            {"conf", output.conf},
                            {"camera_poses", output.camera_poses},
                            {"intrinsics", fit_intrinsics(output.local_points)}};
  if (x) {
    tensors["rays"] = output.rays;
    tensors["metric"] = output.metric;
  }
  return tensors;
}

}  // namespace

NetworkTensors run_pi3(const Checkpoint& weights, const Checkpoint& input, bool bf16,
                       const Progress& progress) {
  return run(CheckpointKind::pi3, weights, input, bf16, progress);
}

NetworkTensors run_pi3x(const Checkpoint& weights, const Checkpoint& input, bool bf16,
                        const Progress& progress) {
  return run(CheckpointKind::pi3x, weights, input, bf16, progress);
}

}  // namespace ahap
