#include "reconstruction/branches/mast3r/mast3r.h"

#include <stdexcept>

#include "reconstruction/networks/precision.h"

namespace ahap {
namespace {

constexpr double kFeatureNormEps = 1e-5;
constexpr double kDecoderNormEps = 1e-6;

// Row and column (rows columns, 2) of the patches, row by row.
torch::Tensor patch_positions(const Mast3rFeatures& features) {
  const auto cell = torch::arange(features.rows * features.columns,
                                  torch::dtype(torch::kLong).device(features.tokens.device()));
  return torch::stack({torch::div(cell, features.columns, "floor"), torch::remainder(cell, features.columns)},
                      1);
}

}  // namespace

Mast3rImpl::Mast3rImpl(const Mast3rConfig& config) : config(config) {
  const int C = config.encoder.dim, D = config.decoder_dim;
  encoder = register_module("dune_backbone", DuneEncoder(config.encoder));
  norm_ = register_module("norm", FrozenLayerNorm(C, kFeatureNormEps));
  auto mast3r = register_module("mast3r", std::make_shared<torch::nn::Module>("mast3r"));
  decoder_embed_ = mast3r->register_module("decoder_embed", FrozenLinear(C, D));
  for (int i = 0; i < config.decoder_depth; ++i) {
    decoder1_.push_back(place(*mast3r, "dec_blocks." + std::to_string(i), CrossBlock(D, D / kHeadDim)));
    decoder2_.push_back(place(*mast3r, "dec_blocks2." + std::to_string(i), CrossBlock(D, D / kHeadDim)));
  }
  decoder_norm_ = mast3r->register_module("dec_norm", FrozenLayerNorm(D, kDecoderNormEps));
  head1_ = mast3r->register_module("downstream_head1", Mast3rHead(config.head));
  head2_ = mast3r->register_module("downstream_head2", Mast3rHead(config.head));
}

Mast3rFeatures Mast3rImpl::encode(const torch::Tensor& image, bool bf16, const Progress& progress,
                                  const TensorObserver& observe) {
  const torch::NoGradGuard no_grad;
  if (image.dim() != 4 || image.size(0) != 1 || image.size(1) != 3 || image.numel() == 0)
    throw std::runtime_error("MASt3R looks at one image at a time, of shape (1, 3, H, W).");
  if (image.size(2) % kPatch != 0 || image.size(3) % kPatch != 0) {
    throw std::runtime_error("MASt3R with DUNE takes images whose sides are multiples of 14, not " +
                             std::to_string(image.size(3)) + " x " + std::to_string(image.size(2)) +
                             " pixels.");
  }
  if (!torch::isfinite(image).all().item<bool>())
    throw std::runtime_error("An image holds values that are no numbers.");
  const Bf16Scope scope(bf16, image.device());
  const auto tokens = encoder->forward(normalize_colors(0.5 * image + 0.5), observe, progress)
                          .slice(1, 1 + config.encoder.registers);
  tell(observe, "feat.raw", tokens);
  Mast3rFeatures features{norm_(tokens.to(torch::kFloat)), image.size(2) / kPatch, image.size(3) / kPatch};
  tell(observe, "feat", features.tokens);
  return features;
}

Mast3rPair Mast3rImpl::decode(const Mast3rFeatures& first, const Mast3rFeatures& second,
                              const Progress& progress, const TensorObserver& observe) {
  const torch::NoGradGuard no_grad;
  const RotaryEmbedding rotary1(patch_positions(first)), rotary2(patch_positions(second));
  auto x1 = decoder_embed_(first.tokens), x2 = decoder_embed_(second.tokens);
  tell(observe, "dec.embed", x1);
  tell(observe, "dec.embed", x2);
  DecoderTokens tokens1{first.tokens}, tokens2{second.tokens};
  const std::size_t depth = decoder1_.size();
  for (std::size_t i = 0; i < depth; ++i) {
    step(progress, "pair", 0.6 * double(i) / double(depth));
    const auto next = decoder1_[i](x1, x2, &rotary1, &rotary2);
    x2 = decoder2_[i](x2, x1, &rotary2, &rotary1);
    x1 = next;
    tell(observe, "dec1.block", x1);
    tell(observe, "dec2.block", x2);
    for (const auto& [done, at] : {std::pair{depth / 2, 1}, {depth * 3 / 4, 2}}) {
      if (i + 1 != done) continue;
      tokens1[std::size_t(at)] = x1;
      tokens2[std::size_t(at)] = x2;
    }
  }
  tokens1[3] = decoder_norm_(x1);
  tokens2[3] = decoder_norm_(x2);
  tell(observe, "dec.out", tokens1[3]);
  tell(observe, "dec.out", tokens2[3]);
  Mast3rPair pair;
  step(progress, "pair", 0.6);
  pair.first = head1_->forward(tokens1, first.rows, first.columns, "head1", observe);
  step(progress, "pair", 0.8);
  pair.second = head2_->forward(tokens2, second.rows, second.columns, "head2", observe);
  return pair;
}

}  // namespace ahap
