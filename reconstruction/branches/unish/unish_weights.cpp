#include <stdexcept>

#include "reconstruction/branches/unish/unish.h"

namespace ahap {
namespace {

constexpr const char* kScaleToken = "alignnet.scale_token";
// What the file holds besides: the constants of normalize_colors, and means of SMPL that AlignNet does not
// use.
const std::vector<std::string> kUnused = {"pi3.image_mean", "pi3.image_std", "alignnet.init_"};

// Usually empty.
std::string unish_prefix(const Checkpoint& checkpoint) {
  if (checkpoint.kind() != CheckpointKind::unish) {
    throw std::runtime_error(checkpoint.file.string() + " holds " + describe(checkpoint.kind()) + ", not " +
                             describe(CheckpointKind::unish));
  }
  return *checkpoint.prefix_before(kScaleToken);
}

// Reads sizes off the shapes of tensors.
class Shapes {
 public:
  explicit Shapes(const Checkpoint& checkpoint)
      : checkpoint_(checkpoint), prefix_(unish_prefix(checkpoint)) {}

  const std::string& prefix() const { return prefix_; }

  // A length of a tensor, a multiple of `of`.
  int length(const std::string& name, int axis, int of = 1) const {
    const torch::Tensor& tensor = checkpoint_.at(prefix_ + name);
    const std::int64_t length = axis < tensor.dim() ? tensor.size(axis) : 0;
    if (length <= 0 || length % of != 0) {
      throw std::runtime_error(checkpoint_.file.string() + ": tensor " + prefix_ + name + " has no axis " +
                               std::to_string(axis) + " whose length is a multiple of " + std::to_string(of));
    }
    return int(length);
  }
  // How many modules "list.0", "list.1", ... there are, told by a tensor of each.
  int count(const std::string& list, const std::string& tensor) const {
    int n = 0;
    while (checkpoint_.tensors.contains(prefix_ + list + "." + std::to_string(n) + "." + tensor)) ++n;
    return n;
  }
  // Published networks are whole; of smaller ones of the same form any number of layers will do.
  void require_whole(bool published_width, int layers, int published_layers, const std::string& what) const {
    if (layers > 0 && (!published_width || layers == published_layers)) return;
    throw std::runtime_error(checkpoint_.file.string() + ": " + std::to_string(layers) + " layers of " +
                             what + " are not the " + std::to_string(published_layers) +
                             " of UniSH; tensors may be missing");
  }

 private:
  const Checkpoint& checkpoint_;
  std::string prefix_;
};

Unish unish_of(const Checkpoint& checkpoint, torch::Device device, bool check_only) {
  Unish network(unish_config(checkpoint));
  network->eval();
  load_into(
      *network, checkpoint,
      {.prefix = unish_prefix(checkpoint), .ignored = kUnused, .device = device, .check_only = check_only});
  return network;
}

}  // namespace

UnishConfig unish_config(const Checkpoint& checkpoint) {
  const UnishConfig published;
  const Shapes shapes(checkpoint);
  const std::string layers = "human_head.transformer.transformer.layers", first = layers + ".0.";
  UnishConfig config;
  config.scene = pi3_config(checkpoint, shapes.prefix() + "pi3.", /*x=*/false);
  config.backbone.dim = shapes.length("backbone.pos_embed", 2, kCropHeadDim);
  config.backbone.depth = shapes.count("backbone.blocks", "norm1.weight");
  config.head.dim = shapes.length("human_head.transformer.to_token_embedding.weight", 0);
  config.head.depth = shapes.count(layers, "0.norm.weight");
  config.head.attention = shapes.length(first + "1.fn.to_q.weight", 0, kHeadDim);
  config.head.hidden = shapes.length(first + "2.fn.net.0.weight", 0);
  config.head.context_dim = config.backbone.dim;
  config.align.dim = shapes.length(kScaleToken, 2, kHeadDim);
  config.align.depth = shapes.count("alignnet.decoder_layers", "norm1.weight");
  config.align.scene_dim = config.scene.feature_dim();
  config.align.person_dim = config.head.dim;
  const auto require = [&](bool published_width, int depth, int published_depth, const char* what) {
    shapes.require_whole(published_width, depth, published_depth, what);
  };
  require(config.backbone.dim == published.backbone.dim, config.backbone.depth, published.backbone.depth,
          "backbone");
  require(config.head.dim == published.head.dim, config.head.depth, published.head.depth, "human_head");
  require(config.align.dim == published.align.dim, config.align.depth, published.align.depth, "alignnet");
  return config;
}

Unish load_unish(const Checkpoint& checkpoint, torch::Device device) {
  return unish_of(checkpoint, device, /*check_only=*/false);
}

void check_unish(const Checkpoint& checkpoint) {
  unish_of(checkpoint, torch::kCPU, /*check_only=*/true);
}

}  // namespace ahap
