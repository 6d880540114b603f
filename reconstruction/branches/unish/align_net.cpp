#include "reconstruction/branches/unish/align_net.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/networks/attention.h"
#include "reconstruction/networks/dinov2.h"

namespace ahap {
namespace {

constexpr double kAlignNormEps = 1e-5;
constexpr double kTimeBase = 100;
constexpr double kTrainedRate = 6;  // frames per second
constexpr std::int64_t kTrainedPositions = 120;
constexpr std::int64_t kTimeBands = kHeadDim / 2;

// Rows of `table` stretched to `rows` by linear interpolation between them; the first and the last stay.
torch::Tensor stretched_rows(const torch::Tensor& table, std::int64_t rows) {
  const std::int64_t last = table.size(0) - 1;
  const auto at = torch::arange(rows, torch::kDouble) * (double(last) / double(rows - 1));
  const auto below = at.floor().clamp_max(last - 1);
  const auto fraction = (at - below).unsqueeze(1);
  const auto row = below.to(torch::kLong);
  return table.index_select(0, row) * (1 - fraction) + table.index_select(0, row + 1) * fraction;
}

}  // namespace

TimeEmbedding::TimeEmbedding(const torch::Tensor& positions) {
  const auto where = positions.to(torch::kCPU, torch::kLong);
  const std::int64_t n = where.max().item<std::int64_t>() + 1;
  const auto exponent = torch::arange(kTimeBands, torch::kDouble) / double(kTimeBands);
  const auto angles = torch::arange(std::min(n, kTrainedPositions), torch::kDouble).unsqueeze(1) *
                      torch::pow(kTimeBase, -exponent);
  const auto chosen = [&](const torch::Tensor& table) {
    const auto whole = n > kTrainedPositions ? stretched_rows(table, n) : table;
    return whole.index_select(0, where).to(positions.device(), torch::kFloat);
  };
  cos = chosen(angles.cos());
  sin = chosen(angles.sin());
}

torch::Tensor TimeEmbedding::turn(const torch::Tensor& x) const {
  const auto halves = x.chunk(2, -1);
  return torch::cat({halves[0] * cos - halves[1] * sin, halves[1] * cos + halves[0] * sin}, -1);
}

AlignNetImpl::AlignNetImpl(const AlignNetConfig& config) : config(config) {
  const int C = config.dim;
  scale_token = frozen_parameter(*this, "scale_token", {1, 1, C});
  of_person_ = adapter("cam_feature_adapter", config.person_dim);
  of_patches_ = adapter("patch_feature_adapter", config.scene_dim);
  of_registers_ = adapter("register_feature_adapter", config.scene_dim);
  for (int i = 0; i < config.depth; ++i)
    layers_.push_back(layer("decoder_layers." + std::to_string(i) + "."));
  scale_head_ = register_module("scale_head", FrozenLinear(C, 1));
  trans_head_ = register_module("trans_head", FrozenLinear(C, 3));
}

AlignNetImpl::Adapter AlignNetImpl::adapter(const std::string& name, int in) {
  return {place(*this, name + ".0", FrozenLayerNorm(in, kAlignNormEps)),
          place(*this, name + ".1", FrozenLinear(in, config.dim))};
}

AlignNetImpl::Layer AlignNetImpl::layer(const std::string& name) {
  const int C = config.dim;
  const auto linear = [&](const std::string& part) { return place(*this, name + part, FrozenLinear(C, C)); };
  const auto norm = [&](const char* part) {
    return place(*this, name + part, FrozenLayerNorm(C, kAlignNormEps));
  };
  const auto projections = [&](const std::string& of) -> Projections {
    return {linear(of + "_q_proj"), linear(of + "_k_proj"), linear(of + "_v_proj"), linear(of + "_out_proj")};
  };
  return {projections("self"),
          projections("cross"),
          linear("feed_forward.0"),
          linear("feed_forward.3"),
          norm("norm1"),
          norm("norm2"),
          norm("norm3")};
}

torch::Tensor AlignNetImpl::attend(Projections& layers, const torch::Tensor& x, const TimeEmbedding& time_x,
                                   const torch::Tensor& y, const TimeEmbedding& time_y) const {
  const int heads = config.dim / kHeadDim;
  const auto q = time_x.turn(split_heads(layers.q(x), heads)),
             k = time_y.turn(split_heads(layers.k(y), heads));
  return layers.out(merge_heads(attend_by_rows(q, k, split_heads(layers.v(y), heads))));
}

Alignment AlignNetImpl::forward(const torch::Tensor& hidden, int registers, const torch::Tensor& person,
                                double fps, const TensorObserver& observe) {
  const std::int64_t S = hidden.size(0), T = hidden.size(1);
  std::vector<std::int64_t> times(static_cast<std::size_t>(S));
  for (std::int64_t v = 0; v < S; ++v)
    times[std::size_t(v)] = std::int64_t(std::nearbyint(kTrainedRate * double(v) / fps));  // half to even
  const auto time = torch::tensor(times).to(hidden.device());
  // The scale's token stands at time 0, where nothing turns.
  const TimeEmbedding of_queries(torch::cat({torch::zeros({1}, time.options()), time})),
      of_keys(time.repeat_interleave(T));

  const auto of_person = of_person_(person), of_registers = of_registers_(hidden.slice(1, 0, registers)),
             of_patches = of_patches_(hidden.slice(1, registers));
  tell(observe, "align.cam_adapted", of_person);
  tell(observe, "align.patch_adapted", of_patches);
  tell(observe, "align.register_adapted", of_registers);
  const auto keys = torch::cat({of_registers, of_patches}, 1).reshape({1, S * T, config.dim});
  auto q = torch::cat({scale_token, of_person.unsqueeze(0)}, 1);  // (1, 1 + S, dim)
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    Layer& layer = layers_[i];
    const auto q1 = layer.norm1(q + attend(layer.self, q, of_queries, q, of_queries));
    const auto q2 = layer.norm2(q1 + attend(layer.cross, q1, of_queries, keys, of_keys));
    const auto q3 = layer.norm3(q2 + layer.mlp_out(torch::relu(layer.mlp_in(q2))));
    q = q3 + q;
    const std::string name = "align.layer" + std::to_string(i) + ".norm";
    tell(observe, name + "1", q1[0]);
    tell(observe, name + "2", q2[0]);
    tell(observe, name + "3", q3[0]);
  }
  const auto logit = scale_head_(q.slice(1, 0, 1)).view({1}), raw = trans_head_(q[0].slice(0, 1));
  tell(observe, "align.scale_logit", logit);
  tell(observe, "align.trans_raw", raw);
  const auto z = raw.slice(1, 2, 3).exp();
  return {.scale = torch::softplus(logit), .trans = torch::cat({raw.slice(1, 0, 2) * z, z}, 1)};
}

}  // namespace ahap
