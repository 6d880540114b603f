#include "reconstruction/ahap/human_head.h"

#include <gtest/gtest.h>

#include <cmath>

#include "reconstruction/networks/rotations.h"

namespace ahap {
namespace {

HumanHeadConfig small_head() {
  HumanHeadConfig config;
  config.human_dim = 6;
  config.detection_dim = 10;
  config.scene_dim = 5;
  config.projected_scene_dim = 8;
  config.person_dim = 16;
  config.dim = 32;
  config.heads = 4;
  return config;
}

HeadInput example(int P) {
  HeadInput in;
  in.human = torch::randn({2, 6, 4, 4});
  in.scene = torch::randn({2, 5, 8, 8});
  in.K = torch::tensor({100.f, 0.f, 32.f, 0.f, 100.f, 32.f, 0.f, 0.f, 1.f}).view({1, 3, 3}).repeat({2, 1, 1});
  in.size = 64;
  in.view = torch::arange(P) % 2;
  in.keypoint = torch::rand({P, 2}) * 64;
  in.detection = torch::randn({P, 10});
  in.person = torch::randn({P, 16});
  in.mean_pose = sixd_from_matrix(matrix_from_6d(torch::randn({P, kSmplJoints, 6})));
  in.mean_betas = torch::randn({P, kSmplBetas});
  in.mean_log_depth = torch::rand({P});
  return in;
}

TEST(RayEmbedding, IsTheFourierEmbeddingOfTrueViewingRays) {
  const auto K = torch::tensor({200.f, 0.f, 60.f, 0.f, 100.f, 40.f, 0.f, 0.f, 1.f}).view({1, 3, 3});
  const auto e = ray_embedding(torch::tensor({{160.f, 15.f}}), K)[0];
  ASSERT_EQ(e.size(0), kRayChannels);
  const double r[3] = {0.5, -0.25, 1};
  for (int d = 0; d < 3; ++d) {
    EXPECT_NEAR(e[d].item<float>(), r[d], 1e-6);
    for (int k : {0, 1, 15}) {
      const double phase = M_PI * r[d] * (1 + 31.0 * k / 15);
      EXPECT_NEAR(e[3 + 16 * d + k].item<float>(), std::sin(phase), 1e-4);
      EXPECT_NEAR(e[51 + 16 * d + k].item<float>(), std::cos(phase), 1e-4);
    }
  }
}

TEST(HumanHead, StartsAtWhatTheBackboneBelieves) {
  torch::manual_seed(1);
  HumanHead head(small_head());
  const HeadInput in = example(3);
  const HeadOutput out = head(in);
  EXPECT_TRUE(torch::allclose(out.rotations, matrix_from_6d(in.mean_pose), 1e-4, 1e-5));
  EXPECT_TRUE(torch::allclose(out.betas, in.mean_betas));
  EXPECT_TRUE(torch::allclose(out.log_depth, in.mean_log_depth));
}

TEST(HumanHead, DecodesEachPersonFromItsOwnViewAlone) {
  torch::manual_seed(2);
  HumanHead head(small_head());
  torch::nn::init::normal_(head->shape->fc2->weight);
  HeadInput in = example(2);
  const auto before = head(in).betas;
  in.human = in.human.clone();
  in.human[1] += 1;
  const auto after = head(in).betas;
  EXPECT_TRUE(torch::allclose(before[0], after[0]));
  EXPECT_FALSE(torch::allclose(before[1], after[1]));
}

TEST(HumanHead, LooksWhereTheInstanceMaskIs) {
  torch::manual_seed(3);
  HumanHead head(small_head());
  torch::nn::init::normal_(head->shape->fc2->weight);
  HeadInput in = example(1);
  in.mask = torch::zeros({1, 4, 4});
  in.mask[0][1][1] = 1;
  const auto base = head(in).betas;
  const auto change_at = [&](int y, int x) {
    HeadInput moved = in;
    moved.human = in.human.clone();
    moved.human.select(0, 0).select(1, y).select(1, x) += 3;
    return (head(moved).betas - base).abs().max().item<float>();
  };
  EXPECT_GT(change_at(1, 1), 3 * change_at(3, 3));
}

TEST(HumanHead, GradientsReachEveryParameter) {
  torch::manual_seed(4);
  HumanHead head(small_head());
  for (auto* mlp : {&head->pose, &head->shape, &head->camera})
    torch::nn::init::normal_((*mlp)->fc2->weight, 0, 0.1);
  const HeadOutput out = head(example(4));
  (out.rotations.pow(3).sum() + out.betas.pow(2).sum() + out.log_depth.pow(2).sum()).backward();
  for (const auto& item : head->named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    if (item.key().find("kv.bias") != std::string::npos) continue;  // the key's half cannot matter: softmax
    EXPECT_GT(item.value().grad().abs().max().item<float>(), 0) << item.key();
  }
}

// Equation 5 as it is written: every person has a context of his own.
TEST(HumanHead, SharedContextsAreReadAsIfEveryPersonHadHisOwn) {
  torch::manual_seed(6);
  TransformerLayer layer(32, 4, 1, 12);
  layer->to(torch::kDouble);
  const auto options = torch::TensorOptions(torch::kDouble);
  const SharedContext shared{torch::randn({2, 9, 12}, options), torch::tensor({1, 0, 1}, torch::kLong),
                             torch::randn({3, 12}, options)};
  const auto x = torch::randn({3, 2, 32}, options), bias = torch::randn({3, 1, 1, 9}, options);
  const auto own = shared.context.index_select(0, shared.of) + shared.shift.unsqueeze(1);
  EXPECT_LT((layer->forward_shared(x, shared, bias) - layer(x, own, bias)).abs().max().item<double>(), 1e-14);
}

}  // namespace
}  // namespace ahap
