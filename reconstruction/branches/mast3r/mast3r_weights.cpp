#include <stdexcept>

#include "reconstruction/branches/mast3r/mast3r.h"

namespace ahap {
namespace {

constexpr const char* kDecoderName = "mast3r.dec_blocks2.0.norm1.weight";
constexpr const char* kEncoderName = "dune_backbone.";
constexpr int kPublishedEncoderBlocks = 12;

std::string mast3r_prefix(const Checkpoint& checkpoint) {
  const CheckpointKind kind = checkpoint.kind();
  if (kind == CheckpointKind::dune_mast3r) return *checkpoint.prefix_before(kDecoderName);
  const std::string sentence = checkpoint.file.string() + " holds " + describe(kind) + ", not " +
                               describe(CheckpointKind::dune_mast3r);
  if (kind == CheckpointKind::mast3r || kind == CheckpointKind::dust3r)
    throw std::runtime_error(sentence +
                             "; the original encoder (ViT-L, patch 16) is not run here, get "
                             "dunemast3r_cvpr25_vitbase.pth or dunemast3r_cvpr25_vitsmall.pth");
  if (kind == CheckpointKind::dune)
    throw std::runtime_error(sentence + "; it can give the encoder for a file that has none");
  throw std::runtime_error(sentence);
}

int mast3r_length(const Checkpoint& checkpoint, const std::string& name, int axes, int axis) {
  const torch::Tensor& tensor = checkpoint.at(name);
  if (tensor.dim() == axes && tensor.size(axis) > 0) return int(tensor.size(axis));
  throw std::runtime_error(checkpoint.file.string() + ": tensor " + name + " does not have " +
                           std::to_string(axes) + " axes");
}

Mast3rHeadConfig mast3r_head_config(const Checkpoint& checkpoint, const std::string& head, int encoder_dim,
                                    int decoder_dim) {
  const auto has = [&](const char* name) { return checkpoint.tensors.contains(head + name); };
  Mast3rHeadConfig config{.encoder_dim = encoder_dim, .decoder_dim = decoder_dim};
  if (has("dpt.head.0.weight")) {
    config.kind = Mast3rHeadKind::dpt;
    for (std::size_t i = 0; i < config.stage_dims.size(); ++i)
      config.stage_dims[i] =
          mast3r_length(checkpoint, head + "dpt.act_postprocess." + std::to_string(i) + ".0.weight", 4, 0);
    config.fused_dim = mast3r_length(checkpoint, head + "dpt.scratch.layer1_rn.weight", 4, 0);
    config.hidden = mast3r_length(checkpoint, head + "dpt.head.0.weight", 4, 0);
  } else if (has("head_pts3d.head.1.weight")) {
    config.kind = Mast3rHeadKind::convolution;
    config.hidden = mast3r_length(checkpoint, head + "head_pts3d.head.1.weight", 4, 0);
  } else if (has("proj.weight")) {
    config.kind = Mast3rHeadKind::linear;
  } else {
    throw std::runtime_error(checkpoint.file.string() + ": " + head +
                             "* is no head of MASt3R's kinds catmlp+dpt, catconv and linear; tensors may be "
                             "missing");
  }
  return config;
}

Mast3r make_mast3r(const Checkpoint& checkpoint, torch::Device device, bool check_only) {
  Mast3r network(mast3r_config(checkpoint));
  network->eval();
  load_into(*network, checkpoint,
            {.prefix = mast3r_prefix(checkpoint),
             .allow_unknown = true,
             .device = device,
             .check_only = check_only});
  return network;
}

}  // namespace

bool lacks_encoder(const Checkpoint& mast3r) {
  return !mast3r.tensors.contains(mast3r_prefix(mast3r) + kEncoderName + "cls_token");
}

Checkpoint with_encoder(Checkpoint mast3r, const Checkpoint& dune) {
  check_dune(dune);
  const std::string to = mast3r_prefix(mast3r), from = *dune.prefix_before("encoder.cls_token") + "encoder.";
  const std::int64_t wanted = mast3r_length(mast3r, to + "norm.weight", 1, 0);
  const DuneConfig given = dune_config(dune, from);
  if (given.dim != wanted) {
    throw std::runtime_error(dune.file.string() + " holds a DUNE encoder with " + std::to_string(given.dim) +
                             " channels, but " + mast3r.file.string() + " was trained with " +
                             std::to_string(wanted));
  }
  for (auto item = dune.tensors.lower_bound(from);
       item != dune.tensors.end() && item->first.starts_with(from); ++item)
    mast3r.tensors.emplace(to + kEncoderName + item->first.substr(from.size()), item->second);
  return mast3r;
}

Mast3rConfig mast3r_config(const Checkpoint& checkpoint) {
  const std::string prefix = mast3r_prefix(checkpoint), decoder = prefix + "mast3r.";
  Mast3rConfig config;
  config.encoder = lacks_encoder(checkpoint)
                       ? DuneConfig{.dim = mast3r_length(checkpoint, prefix + "norm.weight", 1, 0),
                                    .depth = kPublishedEncoderBlocks}
                       : dune_config(checkpoint, prefix + kEncoderName);
  config.decoder_dim = mast3r_length(checkpoint, decoder + "decoder_embed.weight", 2, 0);
  while (checkpoint.tensors.contains(decoder + "dec_blocks." + std::to_string(config.decoder_depth) +
                                     ".norm1.weight"))
    ++config.decoder_depth;
  if (config.decoder_depth == 0 || config.decoder_depth % 4 != 0 || config.decoder_dim % kHeadDim != 0) {
    throw std::runtime_error(checkpoint.file.string() + ": " + std::to_string(config.decoder_depth) +
                             " blocks of " + std::to_string(config.decoder_dim) +
                             " channels in the decoder are not what MASt3R has; tensors may be missing");
  }
  config.head =
      mast3r_head_config(checkpoint, decoder + "downstream_head1.", config.encoder.dim, config.decoder_dim);
  return config;
}

Mast3r load_mast3r(const Checkpoint& checkpoint, torch::Device device) {
  if (lacks_encoder(checkpoint)) {
    throw std::runtime_error(checkpoint.file.string() +
                             " holds MASt3R's decoder and heads without the encoder, which is in the file of "
                             "DUNE that they were trained with (dune_vitbase14_448_paper.pth); give it, too");
  }
  return make_mast3r(checkpoint, device, /*check_only=*/false);
}

void check_mast3r(const Checkpoint& checkpoint) {
  Checkpoint whole = checkpoint;
  if (lacks_encoder(checkpoint)) {
    const std::string to = mast3r_prefix(checkpoint) + kEncoderName;
    for (const auto& item : DuneEncoder(mast3r_config(checkpoint).encoder)->named_parameters())
      whole.tensors[to + item.key()] = item.value();
  }
  make_mast3r(whole, torch::kCPU, /*check_only=*/true);
}

}  // namespace ahap
