// compare_speed KEYS [VIEWS [SIDE [RUNS]]]: Depth Anything 3 with seeded weights of the tensors that KEYS
// lists, against the same network written plainly with LibTorch's layers and the whole matrix of scores; both
// in turn, in float32 on the CPU. The ratio of their medians counts: it does not depend on what else the
// machine does.

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "reconstruction/branches/depth_anything3/depth_anything3.h"
#include "reconstruction/median.h"
#include "tests/fixtures/seeded_weights.h"

namespace ahap {
namespace {

using torch::Tensor;

Tensor plain_attention(VitAttention& attention, const Tensor& x, const RotaryEmbedding* rotary) {
  const std::int64_t B = x.size(0), T = x.size(1), C = x.size(2), d = C / attention->heads;
  const auto qkv = torch::linear(x, attention->qkv->weight, attention->qkv->bias)
                       .view({B, T, 3, attention->heads, d})
                       .permute({2, 0, 3, 1, 4});
  Tensor q = qkv[0], k = qkv[1];
  if (attention->q_norm) {
    q = attention->q_norm(q);
    k = attention->k_norm(k);
  }
  if (rotary) {
    q = rotary->turn(q);
    k = rotary->turn(k);
  }
  const auto weights = torch::softmax(torch::matmul(q, k.transpose(-2, -1)) / std::sqrt(double(d)), -1);
  return torch::linear(torch::matmul(weights, qkv[2]).transpose(1, 2).flatten(2), attention->proj->weight,
                       attention->proj->bias);
}

Tensor plain_feed_forward(FeedForward& layers, const Tensor& x) {
  const auto inner = torch::linear(x, layers->in->weight, layers->in->bias);
  if (!layers->swiglu) return torch::linear(torch::gelu(inner), layers->out->weight, layers->out->bias);
  const auto halves = inner.chunk(2, -1);
  return torch::linear(torch::silu(halves[0]) * halves[1], layers->out->weight, layers->out->bias);
}

Tensor plain_block(VitBlock& block, const Tensor& x, const RotaryEmbedding* rotary) {
  const auto y = x + block->gamma1 * plain_attention(block->attn, block->norm1(x), rotary);
  return y + block->gamma2 * plain_feed_forward(block->mlp, block->norm2(y));
}

RotaryEmbedding rotary_of(const std::vector<std::int64_t>& rows_and_columns) {
  return RotaryEmbedding(torch::tensor(rows_and_columns).view({-1, 2}));
}

// The backbone's feature maps, as CrossViewBackbone gives them.
std::array<Tensor, kTaps> plain_features(CrossViewBackbone& backbone, const Tensor& images) {
  Tensor x = backbone->embed(images);
  const std::int64_t S = x.size(0), T = x.size(1), C = x.size(2);
  const std::int64_t rows = images.size(2) / kPatch, columns = images.size(3) / kPatch;
  std::vector<std::int64_t> within = {0, 0}, across;
  for (std::int64_t r = 1; r <= rows; ++r)
    for (std::int64_t c = 1; c <= columns; ++c) within.insert(within.end(), {r, c});
  for (std::int64_t v = 0; v < S; ++v)
    for (std::int64_t t = 0; t < T; ++t) across.insert(across.end(), {t > 0, t > 0});
  const RotaryEmbedding local = rotary_of(within), global = rotary_of(across);
  const CrossViewConfig& config = backbone->cross_view;

  std::array<Tensor, kTaps> features;
  Tensor order = torch::arange(S), before = x;
  std::size_t tap = 0;
  for (int i = 0; tap < features.size(); ++i) {
    if (i == config.alternation_start - 1 && S > 2) {
      const std::int64_t reference = select_reference_view(x.select(1, 0));
      order = torch::cat({torch::full({1}, reference, torch::kLong), order.index({order != reference})});
      x = x.index_select(0, order);
    }
    if (i == config.alternation_start) {
      const auto first = backbone->camera_token.slice(1, 0, 1), other = backbone->camera_token.slice(1, 1, 2);
      x = torch::cat({torch::cat({first, other.expand({S - 1, 1, C})}), x.slice(1, 1)}, 1);
    }
    if (i >= config.alternation_start && i % 2 == 1) {
      x = plain_block(backbone->blocks[i], x.reshape({1, S * T, C}), &global).view({S, T, C});
    } else {
      x = plain_block(backbone->blocks[i], x, i >= config.alternation_start ? &local : nullptr);
      before = x;
    }
    if (i == config.output_blocks[tap]) {
      const auto both = torch::cat({before.slice(1, 1), backbone->norm(x.slice(1, 1))}, -1);
      features[tap++] = both.index_select(0, order.argsort());
    }
  }
  return features;
}

template <typename Run>
double seconds(const Run& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int compare(const std::string& keys, std::int64_t views, std::int64_t side, int runs) {
  torch::NoGradGuard no_grad;
  at::set_num_threads(int(std::thread::hardware_concurrency()));
  DepthAnything3 network = load_depth_anything3(testing::seeded_checkpoint(keys));
  const DepthAnything3Input input{.images = testing::formula_images(views, side, side)};

  std::array<Tensor, kTaps> plain;
  CrossViewFeatures ours;
  std::vector<double> our_backbone, our_head, plain_backbone;
  for (int run = 0; run <= runs; ++run) {  // the first one warms up
    std::vector<double> times = {
        seconds([&] { plain = plain_features(network->backbone, input.images); }),
        seconds([&] { ours = network->backbone->forward(input.images, {}, {}); }),
        seconds([&] { network->head->forward(plain, side, side, true); }),
    };
    if (run == 0) continue;
    plain_backbone.push_back(times[0]);
    our_backbone.push_back(times[1]);
    our_head.push_back(times[2]);
    std::printf("run %d of %d: plain backbone %.3f s, ours %.3f s, heads %.3f s\n", run, runs, times[0],
                times[1], times[2]);
    std::fflush(stdout);
  }
  const double difference = testing::relative_l2(ours.patches.back(), plain.back());
  const double p = median(plain_backbone), o = median(our_backbone), h = median(our_head);
  std::printf("%s, %lld views of %lld x %lld, %d threads, medians of %d runs\n", network->config.size.c_str(),
              static_cast<long long>(views), static_cast<long long>(side), static_cast<long long>(side),
              at::get_num_threads(), runs);
  std::printf("  backbone       plain %7.3f s   ours %7.3f s   %.2f times as fast\n", p, o, p / o);
  std::printf("  with the heads plain %7.3f s   ours %7.3f s   %.2f times as fast\n", p + h, o + h,
              (p + h) / (o + h));
  std::printf("  features differ by %.1e (relative L2)\n", difference);
  return difference < 1e-5 ? 0 : 1;
}

}  // namespace
}  // namespace ahap

int main(int count, char** arguments) {
  if (count < 2) {
    std::fprintf(stderr, "usage: compare_speed KEYS [VIEWS [SIDE [RUNS]]]\n");
    return 2;
  }
  const auto number = [&](int i, int otherwise) { return i < count ? std::atoi(arguments[i]) : otherwise; };
  return ahap::compare(arguments[1], number(2, 4), number(3, 504), number(4, 3));
}
