#include "reconstruction/checkpoints/checkpoint.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <sstream>

#include "reconstruction/formats/mapped_file.h"
#include "reconstruction/formats/mistaken_file.h"

namespace ahap {
namespace {

std::string shape_text(const torch::Tensor& tensor) {
  std::ostringstream text;
  text << '(';
  for (std::int64_t axis = 0; axis < tensor.dim(); ++axis) text << (axis ? ", " : "") << tensor.size(axis);
  text << ')';
  return text.str();
}

// "a", "a and b", "a, b and 7 more"
std::string name_list(const std::vector<std::string>& names) {
  if (names.size() == 1) return names[0];
  if (names.size() == 2) return names[0] + " and " + names[1];
  return names[0] + ", " + names[1] + " and " + std::to_string(names.size() - 2) + " more";
}

}  // namespace

CheckpointKind Checkpoint::kind() const {
  const auto has = [&](const char* suffix) { return prefix_before(suffix).has_value(); };
  const bool metric_beside = has("da3_metric.backbone.pretrained.cls_token");
  if (has("backbone.pretrained.camera_token")) {
    return metric_beside ? CheckpointKind::depth_anything3_nested : CheckpointKind::depth_anything3;
  }
  if (has("backbone.pretrained.cls_token")) return CheckpointKind::depth_anything3_mono;
  if (has("pose_retriever.mem"))
    return has("downstream_head.mlp_fuse.mlp.layers.0.weight") ? CheckpointKind::human3r
                                                               : CheckpointKind::cut3r;
  if (has("mast3r.dec_blocks2.0.norm1.weight")) return CheckpointKind::dune_mast3r;
  if (has("dec_blocks2.0.norm1.weight")) {
    return has("downstream_head1.head_local_features.fc1.weight") ? CheckpointKind::mast3r
                                                                  : CheckpointKind::dust3r;
  }
  if (has("encoder.blocks.0.0.norm1.weight") && has("encoder.register_tokens")) return CheckpointKind::dune;
  if (has("mlp_classif.0.weight")) return CheckpointKind::multi_hmr;
  if (has("encoder.mlp_det.0.weight")) return CheckpointKind::multi_hmr_anny;
  if (has("aggregator.camera_token")) return CheckpointKind::vggt;
  if (has("alignnet.scale_token")) return CheckpointKind::unish;
  if (has("camera_head.fc_rot.weight")) {
    return has("metric_head.weight") ? CheckpointKind::pi3x : CheckpointKind::pi3;
  }
  if (tensors.contains("fusion.mlp.fc1.weight")) return CheckpointKind::ahap_heads;
  if (has("pelvis_coarse.0.weight") && has("residual_depth.0.weight")) return CheckpointKind::chromm_heads;
  return CheckpointKind::unknown;
}

const torch::Tensor& Checkpoint::at(const std::string& name) const {
  const auto found = tensors.find(name);
  if (found == tensors.end()) throw std::runtime_error(file.string() + ": tensor " + name + " is missing");
  return found->second;
}

std::optional<std::string> Checkpoint::prefix_before(const std::string& suffix) const {
  for (const auto& [name, tensor] : tensors) {
    if (!name.ends_with(suffix)) continue;
    std::string prefix = name.substr(0, name.size() - suffix.size());
    if (prefix.empty() || prefix.ends_with('.')) return prefix;
  }
  return std::nullopt;
}

std::string describe(CheckpointKind kind) {
  switch (kind) {
    case CheckpointKind::depth_anything3:
      return "Depth Anything 3 (any-view)";
    case CheckpointKind::depth_anything3_mono:
      return "Depth Anything 3 Mono or Metric";
    case CheckpointKind::depth_anything3_nested:
      return "Depth Anything 3 Nested (Giant and Metric)";
    case CheckpointKind::multi_hmr:
      return "Multi-HMR";
    case CheckpointKind::multi_hmr_anny:
      return "Multi-HMR for the Anny body";
    case CheckpointKind::pi3:
      return "Pi3";
    case CheckpointKind::pi3x:
      return "Pi3X";
    case CheckpointKind::vggt:
      return "VGGT";
    case CheckpointKind::unish:
      return "UniSH";
    case CheckpointKind::human3r:
      return "Human3R";
    case CheckpointKind::cut3r:
      return "CUT3R (without people)";
    case CheckpointKind::dust3r:
      return "DUSt3R with its own encoder";
    case CheckpointKind::mast3r:
      return "MASt3R with its own encoder";
    case CheckpointKind::dune_mast3r:
      return "MASt3R with DUNE";
    case CheckpointKind::dune:
      return "the encoder DUNE";
    case CheckpointKind::ahap_heads:
      return "AHAP heads";
    case CheckpointKind::chromm_heads:
      return "CHROMM heads";
    case CheckpointKind::unknown:
      break;
  }
  return "an unknown network";
}

namespace {

std::string without_wrappers(std::string name) {
  for (const std::string wrapper : {"module.", "_orig_mod."}) {
    for (std::size_t at = name.find(wrapper); at != std::string::npos; at = name.find(wrapper, at)) {
      if (at == 0 || name[at - 1] == '.')
        name.erase(at, wrapper.size());
      else
        at += wrapper.size();
    }
  }
  return name;
}

// Wrappers put themselves into the names of what they wrap: "module." of data-parallel training, "_orig_mod."
// of torch.compile. All names stay as they are where two would become one.
void remove_wrappers(std::map<std::string, torch::Tensor>& tensors) {
  std::map<std::string, torch::Tensor> bare;
  for (const auto& [name, tensor] : tensors)
    if (!bare.emplace(without_wrappers(name), tensor).second) return;
  tensors = std::move(bare);
}

Checkpoint read_as_stored(const std::filesystem::path& file, bool outline) {
  require_not_mistaken(file);
  const MappedFile mapped(file);
  const auto begins_with = [&](std::size_t offset, std::string_view magic) {
    return mapped.size() >= offset + magic.size() &&
           std::memcmp(mapped.data() + offset, magic.data(), magic.size()) == 0;
  };
  if (begins_with(0, "PK\x03\x04")) return read_torch_zip(file, outline);
  if (begins_with(8, "{")) return read_safetensors(file);
  if (begins_with(0, std::string_view("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46", 8))) {
    throw std::runtime_error(
        file.string() +
        " is a PyTorch checkpoint of the old format (before 1.6, not a zip); save it again with a "
        "current PyTorch or get the official file anew");
  }
  throw std::runtime_error(file.string() +
                           " is neither a safetensors file nor a PyTorch checkpoint, or it is damaged");
}

Checkpoint read_by_content(const std::filesystem::path& file, bool outline) {
  Checkpoint checkpoint = read_as_stored(file, outline);
  remove_wrappers(checkpoint.tensors);
  return checkpoint;
}

}  // namespace

Checkpoint read_checkpoint(const std::filesystem::path& file) {
  require_whole(file);
  return read_by_content(file, false);
}

Checkpoint read_checkpoint_outline(const std::filesystem::path& file) {
  return read_by_content(file, true);
}

std::vector<std::string> load_into(torch::nn::Module& module, const Checkpoint& checkpoint,
                                   const LoadIntoOptions& options) {
  const torch::NoGradGuard no_grad;
  auto wanted = module.named_parameters();
  for (const auto& buffer : module.named_buffers()) wanted.insert(buffer.key(), buffer.value());

  std::vector<std::string> missing;
  std::set<std::string> used;
  for (auto& item : wanted) {
    const std::string name = options.prefix + item.key();
    const auto found = checkpoint.tensors.find(name);
    if (found == checkpoint.tensors.end()) {
      missing.push_back(name);
      continue;
    }
    torch::Tensor& target = item.value();
    const torch::Tensor& source = found->second;
    if (source.sizes() != target.sizes()) {
      throw std::runtime_error(checkpoint.file.string() + ": tensor " + name + " has shape " +
                               shape_text(source) + ", but this network needs " + shape_text(target));
    }
    if (source.is_floating_point() != target.is_floating_point()) {
      throw std::runtime_error(checkpoint.file.string() + ": tensor " + name + " holds " +
                               c10::toString(source.scalar_type()) + ", but this network needs " +
                               c10::toString(target.scalar_type()));
    }
    if (!options.check_only) target.set_data(source.to(options.device, target.scalar_type()));
    used.insert(name);
  }
  if (!missing.empty()) {
    throw std::runtime_error(checkpoint.file.string() + ": missing " + name_list(missing) +
                             "; the file looks like " + describe(checkpoint.kind()));
  }

  std::vector<std::string> unknown;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    if (used.contains(name) || !name.starts_with(options.prefix)) continue;
    const auto is_ignored = [&, name = name](const std::string& beginning) {
      return name.compare(options.prefix.size(), beginning.size(), beginning) == 0;
    };
    if (std::none_of(options.ignored.begin(), options.ignored.end(), is_ignored)) unknown.push_back(name);
  }
  if (!unknown.empty() && !options.allow_unknown) {
    throw std::runtime_error(checkpoint.file.string() + ": this network has no place for " +
                             name_list(unknown));
  }
  return unknown;
}

}  // namespace ahap
