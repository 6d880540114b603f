#include "reconstruction/branches/depth_anything3/cross_view_backbone.h"

#include <cmath>

namespace ahap {
namespace {

constexpr int kViewsForSelection = 3;  // with fewer views the first one is the reference

// Row and column of every token of one view: the camera slot at (0, 0), patches from (1, 1) on.
torch::Tensor local_positions(std::int64_t rows, std::int64_t columns) {
  const auto row = (torch::arange(rows) + 1).unsqueeze(1).expand({rows, columns}).flatten();
  const auto column = (torch::arange(columns) + 1).expand({rows, columns}).flatten();
  return torch::cat({torch::zeros({1, 2}, torch::kLong), torch::stack({row, column}, 1)});
}

// Across views only camera slots and patches are told apart: (0, 0) and (1, 1).
torch::Tensor global_positions(std::int64_t views, std::int64_t patches) {
  const auto view = torch::cat({torch::zeros({1, 2}, torch::kLong), torch::ones({patches, 2}, torch::kLong)});
  return view.repeat({views, 1});
}

// The reference view first, the others in their order.
torch::Tensor reference_first(int reference, std::int64_t views) {
  std::vector<std::int64_t> order = {reference};
  for (std::int64_t v = 0; v < views; ++v)
    if (v != reference) order.push_back(v);
  return torch::tensor(order);
}

}  // namespace

int select_reference_view(const torch::Tensor& class_tokens) {
  const double S = double(class_tokens.size(0));
  const auto norm = class_tokens.norm(2, {1});
  const auto unit = class_tokens / norm.unsqueeze(1);
  const auto similarity = (torch::matmul(unit, unit.t()).sum(1) - 1) / (S - 1);
  const auto variance = unit.var(1, /*unbiased=*/true);
  const auto off_middle = [](const torch::Tensor& measure) {
    const auto span = measure.max() - measure.min() + 1e-8;
    return ((measure - measure.min()) / span - 0.5).abs();
  };
  return (off_middle(similarity) + off_middle(norm) + off_middle(variance)).argmin().item<int>();
}

CrossViewBackboneImpl::CrossViewBackboneImpl(const CrossViewConfig& config)
    : DinoV2Impl(config.vit), cross_view(config) {
  camera_token = frozen_parameter(*this, "camera_token", {1, 2, config.vit.dim});
}

CrossViewFeatures CrossViewBackboneImpl::forward(const torch::Tensor& images,
                                                 const torch::Tensor& camera_tokens,
                                                 const std::function<void(double)>& on_block) {
  auto x = embed(images);  // (S, 1 + N, C)
  const std::int64_t S = x.size(0), T = x.size(1), C = x.size(2);
  const auto device = images.device();
  const RotaryEmbedding local(local_positions(images.size(2) / kPatch, images.size(3) / kPatch).to(device));
  const RotaryEmbedding global(global_positions(S, T - 1).to(device));
  const int start = cross_view.alternation_start;
  const bool selects = S >= kViewsForSelection && !camera_tokens.defined();

  CrossViewFeatures out;
  torch::Tensor to_callers_order, last_local = x;
  std::size_t tap = 0;
  for (int i = 0; i < config.depth && tap < out.patches.size(); ++i) {
    if (i == start - 1 && selects) {
      out.reference_view = select_reference_view(x.select(1, 0));
      const auto order = reference_first(out.reference_view, S).to(device);
      to_callers_order = order.argsort();
      x = x.index_select(0, order);
    }
    if (i == start) {
      const auto which = (torch::arange(S, torch::dtype(torch::kLong).device(device)) > 0).to(torch::kLong);
      const auto slots = camera_tokens.defined() ? camera_tokens.unsqueeze(1)
                                                 : camera_token.index_select(1, which).transpose(0, 1);
      x = torch::cat({slots, x.slice(1, 1)}, 1);
    }
    const bool is_global = i >= start && i % 2 == 1;
    if (is_global) {
      x = blocks[i](x.reshape({1, S * T, C}), &global).view({S, T, C});
    } else {
      x = blocks[i](x, i >= start ? &local : nullptr);
      last_local = x;
    }
    if (i == cross_view.output_blocks[tap]) {
      out.patches[tap] = torch::cat({last_local.slice(1, 1), norm(x.slice(1, 1))}, -1);
      out.camera = torch::cat({last_local.select(1, 0), x.select(1, 0)}, -1);
      ++tap;
    }
    if (on_block) on_block(double(i + 1) / config.depth);
  }
  if (to_callers_order.defined()) {
    for (auto& patches : out.patches) patches = patches.index_select(0, to_callers_order);
    out.camera = out.camera.index_select(0, to_callers_order);
  }
  return out;
}

}  // namespace ahap
