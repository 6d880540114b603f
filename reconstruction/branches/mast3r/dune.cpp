#include "reconstruction/branches/mast3r/dune.h"

#include <cmath>
#include <set>
#include <stdexcept>

#include "reconstruction/networks/precision.h"

namespace ahap {
namespace {

constexpr double kSmallestDeviation = 1e-3;
constexpr const char* kFirstBlock = "blocks.0.0.norm1.weight";

VitBlock dune_block(int dim) {
  return VitBlock(VitBlockOptions{.dim = dim, .heads = dim / kHeadDim, .hidden = 4 * dim});
}

std::string dune_prefix(const Checkpoint& checkpoint) {
  if (checkpoint.kind() != CheckpointKind::dune) {
    throw std::runtime_error(checkpoint.file.string() + " holds " + describe(checkpoint.kind()) + ", not " +
                             describe(CheckpointKind::dune));
  }
  return *checkpoint.prefix_before(std::string("encoder.") + kFirstBlock);
}

// "dino2reg_vitlarge_14", ... of the names that begin with "projectors.".
std::set<std::string> teachers_in(const Checkpoint& checkpoint, const std::string& projectors) {
  std::set<std::string> teachers;
  for (auto item = checkpoint.tensors.lower_bound(projectors);
       item != checkpoint.tensors.end() && item->first.starts_with(projectors); ++item) {
    const std::string rest = item->first.substr(projectors.size());
    teachers.insert(rest.substr(0, rest.find('.')));
  }
  return teachers;
}

// The projector's tensors with its block under "block.", wherever the file has it.
Checkpoint projector_of(const Checkpoint& checkpoint, const std::string& prefix) {
  constexpr std::string_view kNorm = "norm1.weight";
  Checkpoint projector{checkpoint.file, {}, {}};
  std::string block;
  const auto begin = checkpoint.tensors.lower_bound(prefix);
  for (auto item = begin; item != checkpoint.tensors.end() && item->first.starts_with(prefix); ++item)
    if (item->first.ends_with(kNorm)) block = item->first.substr(0, item->first.size() - kNorm.size());
  for (auto item = begin; item != checkpoint.tensors.end() && item->first.starts_with(prefix); ++item) {
    const bool of_block = !block.empty() && item->first.starts_with(block);
    projector.tensors[of_block ? prefix + "block." + item->first.substr(block.size()) : item->first] =
        item->second;
  }
  return projector;
}

const torch::Tensor& norm_vector(const Checkpoint& checkpoint, const std::string& name, std::int64_t length) {
  const torch::Tensor& tensor = checkpoint.at(name);
  if (tensor.numel() != length || !tensor.is_floating_point())
    throw std::runtime_error(checkpoint.file.string() + ": tensor " + name + " does not hold the " +
                             std::to_string(length) + " numbers of its teacher's tokens");
  return tensor;
}

DuneTeacher teacher_of(const Checkpoint& checkpoint, const std::string& prefix, const std::string& name,
                       int dim, torch::Device device, bool check_only) {
  const std::string projector = prefix + "projectors." + name + ".";
  const std::string norm = prefix + "teacher_norms." + name + ".normalizers.";
  const torch::Tensor& linear = checkpoint.at(projector + "linear.weight");
  if (linear.dim() != 2)
    throw std::runtime_error(checkpoint.file.string() + ": tensor " + projector +
                             "linear.weight is not a matrix");
  DuneTeacher teacher;
  teacher.projector = DuneProjector(dim, int(linear.size(0)));
  teacher.projector->eval();
  load_into(*teacher.projector, projector_of(checkpoint, projector),
            {.prefix = projector, .allow_unknown = true, .device = device, .check_only = check_only});
  const auto vector = [&](const char* part) {
    const torch::Tensor stored = norm_vector(checkpoint, norm + part, linear.size(0));
    return check_only ? stored : stored.flatten().to(device, torch::kFloat);
  };
  teacher.norm = {vector("cls.mean"), vector("cls.std"), vector("patch.mean"), vector("patch.std")};
  return teacher;
}

Dune dune_of(const Checkpoint& checkpoint, torch::Device device, bool check_only) {
  const std::string prefix = dune_prefix(checkpoint), encoder = prefix + "encoder.";
  Dune dune;
  dune.encoder = DuneEncoder(dune_config(checkpoint, encoder));
  dune.encoder->eval();
  load_into(*dune.encoder, checkpoint,
            {.prefix = encoder, .allow_unknown = true, .device = device, .check_only = check_only});
  for (const std::string& name : teachers_in(checkpoint, prefix + "projectors."))
    dune.teachers[name] = teacher_of(checkpoint, prefix, name, dune.encoder->config.dim, device, check_only);
  return dune;
}

}  // namespace

DuneConfig dune_config(const Checkpoint& checkpoint, const std::string& prefix) {
  const auto shaped = [&](const std::string& name, std::int64_t axes) -> const torch::Tensor& {
    const torch::Tensor& tensor = checkpoint.at(prefix + name);
    if (tensor.dim() == axes) return tensor;
    throw std::runtime_error(checkpoint.file.string() + ": tensor " + prefix + name + " does not have " +
                             std::to_string(axes) + " axes");
  };
  DuneConfig config;
  const torch::Tensor& positions = shaped("pos_embed", 3);
  config.dim = int(positions.size(2));
  config.grid = int(std::lround(std::sqrt(std::max(0.0, double(positions.size(1) - 1)))));
  config.registers = int(shaped("register_tokens", 3).size(1));
  while (checkpoint.tensors.contains(prefix + "blocks.0." + std::to_string(config.depth) + ".norm1.weight"))
    ++config.depth;
  if (config.dim <= 0 || config.dim % kHeadDim != 0 || config.grid < 1 || config.depth < 1 ||
      config.registers < 1) {
    throw std::runtime_error(checkpoint.file.string() + ": tensor " + prefix +
                             "pos_embed or the number of blocks is not that of a DUNE encoder; tensors may "
                             "be missing");
  }
  return config;
}

DuneEncoderImpl::DuneEncoderImpl(const DuneConfig& config)
    : config(config),
      cls_token(frozen_parameter(*this, "cls_token", {1, 1, config.dim})),
      pos_embed(frozen_parameter(*this, "pos_embed", {1, 1 + config.grid * config.grid, config.dim})),
      register_tokens(frozen_parameter(*this, "register_tokens", {1, config.registers, config.dim})),
      patch_embed(place(*this, "patch_embed.proj", FrozenConv2d(3, config.dim, kPatch, kPatch))) {
  for (int i = 0; i < config.depth; ++i)
    blocks.push_back(place(*this, "blocks.0." + std::to_string(i), dune_block(config.dim)));
}

torch::Tensor DuneEncoderImpl::forward(const torch::Tensor& images, const TensorObserver& observe,
                                       const Progress& progress) {
  const torch::NoGradGuard no_grad;
  const std::int64_t V = images.size(0);
  torch::Tensor patches;
  {
    const Float32Scope exact;
    patches = patch_embed(images).flatten(2).transpose(1, 2);  // (V, N, C)
  }
  tell(observe, "enc.patch", patches);
  const auto positions = interpolate_positions(pos_embed, images.size(2) / kPatch, images.size(3) / kPatch);
  auto x = torch::cat({(cls_token + positions.slice(1, 0, 1)).expand({V, -1, -1}),
                       register_tokens.expand({V, -1, -1}), patches + positions.slice(1, 1)},
                      1);
  tell(observe, "enc.tokens", x);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    step(progress, "encoder", double(i) / double(blocks.size()));
    x = blocks[i](x);
    tell(observe, "enc.block", x);
  }
  return x;
}

DuneProjectorImpl::DuneProjectorImpl(int dim, int teacher_dim)
    : block(register_module("block", dune_block(dim))),
      linear(register_module("linear", FrozenLinear(dim, teacher_dim))) {}

torch::Tensor DuneProjectorImpl::forward(const torch::Tensor& tokens) {
  const torch::NoGradGuard no_grad;
  return linear(block(tokens));
}

DuneOutput Dune::look(const torch::Tensor& images, const Progress& progress) {
  const auto tokens = encoder->forward(images, {}, progress);
  DuneOutput output;
  output.features = torch::cat({tokens.slice(1, 0, 1), tokens.slice(1, 1 + encoder->config.registers)}, 1);
  for (auto& [name, teacher] : teachers) {
    const auto projected = teacher.projector(output.features);
    const TeacherNorm& norm = teacher.norm;
    const auto restored = [](const torch::Tensor& x, const torch::Tensor& mean,
                             const torch::Tensor& deviation) {
      return x * deviation.clamp_min(kSmallestDeviation) + mean;
    };
    output.teacher[name] =
        torch::cat({restored(projected.slice(1, 0, 1), norm.cls_mean, norm.cls_deviation),
                    restored(projected.slice(1, 1), norm.patch_mean, norm.patch_deviation)},
                   1);
  }
  return output;
}

Dune load_dune(const Checkpoint& checkpoint, torch::Device device) {
  return dune_of(checkpoint, device, /*check_only=*/false);
}

void check_dune(const Checkpoint& checkpoint) {
  dune_of(checkpoint, torch::kCPU, /*check_only=*/true);
}

}  // namespace ahap
