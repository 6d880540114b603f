#include <stdexcept>

#include "reconstruction/branches/human3r/human3r.h"

namespace ahap {
namespace {

constexpr const char* kMemoryName = "pose_retriever.mem";
constexpr const char* kBackboneName = "backbone.encoder.";
constexpr const char* kSideInSource = "mhmr_img_res=";

std::string human3r_prefix(const Checkpoint& checkpoint) {
  if (checkpoint.kind() != CheckpointKind::human3r) {
    throw std::runtime_error(checkpoint.file.string() + " holds " + describe(checkpoint.kind()) + ", not " +
                             describe(CheckpointKind::human3r));
  }
  return *checkpoint.prefix_before(kMemoryName);
}

// A length of the shape of a tensor that has `dim` axes.
int length_of(const Checkpoint& checkpoint, const std::string& name, int dim, int axis) {
  const torch::Tensor& tensor = checkpoint.at(name);
  if (tensor.dim() != dim || tensor.size(axis) <= 0) {
    throw std::runtime_error(checkpoint.file.string() + ": tensor " + name + " does not have " +
                             std::to_string(dim) + " axes");
  }
  return int(tensor.size(axis));
}

// Blocks "name0.", "name1.", ... Networks of this family have a multiple of `of` of them.
int blocks_of(const Checkpoint& checkpoint, const std::string& name, int of) {
  int depth = 0;
  while (checkpoint.tensors.contains(name + std::to_string(depth) + ".norm1.weight")) ++depth;
  if (depth == 0 || depth % of != 0) {
    throw std::runtime_error(checkpoint.file.string() + ": " + std::to_string(depth) + " blocks " + name +
                             "* are not what Human3R has; tensors may be missing");
  }
  return depth;
}

int multiple_of_head(const Checkpoint& checkpoint, const std::string& name, int channels) {
  if (channels % kHeadDim == 0) return channels;
  throw std::runtime_error(checkpoint.file.string() + ": tensor " + name + " has " +
                           std::to_string(channels) + " channels, no multiple of 64");
}

// The official file keeps the Python expression that built the network; it tells the square that the human
// branch was trained on.
int square_side_in(const Checkpoint& checkpoint, int otherwise) {
  for (const auto& [name, text] : checkpoint.metadata) {
    const std::size_t at = text.find(kSideInSource);
    if (at == std::string::npos) continue;
    const int side = std::atoi(text.c_str() + at + std::char_traits<char>::length(kSideInSource));
    if (side > 0 && side % kPatch == 0) return side;
  }
  return otherwise;
}

Human3r make_network(const Checkpoint& checkpoint, torch::Device device, bool check_only) {
  Human3r network(human3r_config(checkpoint));
  network->eval();
  load_into(*network, checkpoint,
            {.prefix = human3r_prefix(checkpoint),
             .allow_unknown = true,
             .device = device,
             .check_only = check_only});
  return network;
}

}  // namespace

Human3rConfig human3r_config(const Checkpoint& checkpoint) {
  const std::string prefix = human3r_prefix(checkpoint), head = prefix + "downstream_head.dpt_self.";
  Human3rConfig config;
  const auto length = [&](const std::string& name, int dim, int axis) {
    return length_of(checkpoint, name, dim, axis);
  };
  config.backbone = dinov2_config(checkpoint, prefix + kBackboneName);
  blocks_of(checkpoint, prefix + kBackboneName + "blocks.", 4);
  const int C = config.backbone.dim;
  config.size = C == 384 ? "S" : C == 768 ? "B" : C == 1024 ? "L" : "";
  const std::string register_tokens = prefix + "register_tokens.weight", pose_token = prefix + "pose_token";
  config.state_tokens = length(register_tokens, 2, 0);
  config.encoder_dim = multiple_of_head(checkpoint, register_tokens, length(register_tokens, 2, 1));
  config.decoder_dim = multiple_of_head(checkpoint, pose_token, length(pose_token, 3, 2));
  config.encoder_depth = blocks_of(checkpoint, prefix + "enc_blocks.", 4);
  config.decoder_depth = blocks_of(checkpoint, prefix + "dec_blocks.", 4);
  config.memory.feature_dim = config.encoder_dim;
  config.memory.dim = config.decoder_dim;
  config.memory.slots = length(prefix + kMemoryName, 3, 1);
  config.memory.depth = blocks_of(checkpoint, prefix + "pose_retriever.read_blocks.", 2);
  for (int i = 0; i < 4; ++i)
    config.stage_dims[std::size_t(i)] =
        length(head + "act_postprocess." + std::to_string(i) + ".0.weight", 4, 0);
  config.fused_dim = length(head + "scratch.layer1_rn.weight", 4, 0);
  config.head_hidden = length(head + "head.0.weight", 4, 0);
  config.square_side = square_side_in(checkpoint, config.square_side);
  return config;
}

Human3r load_human3r(const Checkpoint& checkpoint, torch::Device device) {
  return make_network(checkpoint, device, false);
}

void check_human3r(const Checkpoint& checkpoint) {
  make_network(checkpoint, torch::kCPU, true);
}

}  // namespace ahap
