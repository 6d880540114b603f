#include <gmock/gmock.h>

#include "reconstruction/branches/chromm/chromm_network.h"
#include "reconstruction/networks/rotations.h"
#include "tests/fixtures/small_chromm.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

// A network of two layers by its tensors alone.
torch::Tensor two_layers(const Checkpoint& weights, const std::string& name, const torch::Tensor& x,
                         bool relu) {
  const auto hidden = x.matmul(weights.at(name + ".0.weight").t()) + weights.at(name + ".0.bias");
  return (relu ? torch::relu(hidden) : torch::gelu(hidden)).matmul(weights.at(name + ".2.weight").t()) +
         weights.at(name + ".2.bias");
}

class ChrommHeadsTest : public ::testing::Test {
 protected:
  static void expect_near(const torch::Tensor& mine, const torch::Tensor& expected, double tolerance = 1e-5) {
    ASSERT_EQ(mine.sizes(), expected.sizes());
    EXPECT_LT((mine - expected).abs().max().item<double>(), tolerance);
  }
  Checkpoint weights_ = small_heads_checkpoint();
  ChrommHeads heads_ = load_chromm_heads(weights_);
  torch::Tensor human_ = 3 * seeded_tensor("human", {2, 4, 4, kSmallHumanDim});
  torch::Tensor index_ = torch::tensor({{0, 1, 2}, {1, 3, 0}, {1, 0, 3}}, torch::kLong);
  torch::Tensor tokens_ = torch::stack({human_[0][1][2], human_[1][3][0], human_[1][0][3]});
};

TEST_F(ChrommHeadsTest, scores_are_a_sigmoid_of_every_cell) {
  expect_near(heads_->head_scores(human_),
              torch::sigmoid(two_layers(weights_, "head_score", human_, true)).squeeze(-1));
}

TEST_F(ChrommHeadsTest, heads_lie_at_an_offset_from_the_middles_of_their_cells) {
  const auto offset = two_layers(weights_, "head_offset", tokens_, true);
  const auto middles = torch::tensor({{2.5f, 1.5f}, {0.5f, 3.5f}, {3.5f, 0.5f}});  // column, row
  expect_near(heads_->head_places(human_, index_), 14 * (middles + offset), 1e-4);
}

TEST_F(ChrommHeadsTest, pelvises_are_refined_in_their_own_cell_where_the_photograph_is) {
  // The coarse place is told by the bias alone: 1 cell to the left and 1.2 down from the head's.
  weights_.tensors["pelvis_coarse.2.weight"].zero_();
  weights_.tensors["pelvis_coarse.2.bias"] = torch::tensor({-1.f, 1.2f});
  heads_ = load_chromm_heads(weights_);
  const std::vector<PictureArea> all(2, {0, 0, 56, 56}), upper(2, {0, 0, 56, 30});
  const auto fine = heads_->pelvis_places(human_, index_, all);
  // Coarse places in cells: (1.5, 2.7), (-0.5, 4.7), (2.5, 1.7); the second is outside.
  const auto offset =
      two_layers(weights_, "pelvis_fine", torch::stack({human_[0][2][1], human_[1][1][2]}), true);
  expect_near(fine[0], 14 * (torch::tensor({1.5f, 2.5f}) + offset[0]), 1e-4);
  expect_near(fine[1], 14 * torch::tensor({-0.5f, 4.7f}), 1e-4);
  expect_near(fine[2], 14 * (torch::tensor({2.5f, 1.5f}) + offset[1]), 1e-4);
  const auto cut = heads_->pelvis_places(human_, index_, upper);
  expect_near(cut[0], 14 * torch::tensor({1.5f, 2.7f}), 1e-4);
  expect_near(cut[2], fine[2]);
}

TEST_F(ChrommHeadsTest, bodies_follow_from_both_tokens_the_scene_first) {
  const auto scene = seeded_tensor("scene tokens", {3, kSmallSceneDim});
  const ChrommBodies bodies = heads_->bodies(scene, tokens_);
  const auto H = two_layers(weights_, "fuse", torch::cat({scene, tokens_}, 1), false);
  ASSERT_EQ(H.size(1), 32);
  expect_near(bodies.betas, two_layers(weights_, "betas", H, false) + weights_.at("mean_betas"));
  expect_near(bodies.residual_depth, two_layers(weights_, "residual_depth", H, false).squeeze(1));
  ASSERT_EQ(bodies.rotations.sizes(), torch::IntArrayRef({3, 53, 3, 3}));
  const auto root = two_layers(weights_, "root", H, false) + weights_.at("mean_root");
  const auto pose = (two_layers(weights_, "pose", H, false) + weights_.at("mean_pose")).view({3, 52, 6});
  expect_near(bodies.rotations.select(1, 0), matrix_from_6d(root));
  expect_near(bodies.rotations.slice(1, 1), matrix_from_6d(pose));
}

TEST_F(ChrommHeadsTest, masks_have_fourteen_pixels_per_cell) {
  const auto mask = heads_->masks(human_);
  ASSERT_EQ(mask.sizes(), torch::IntArrayRef({2, 56, 56}));
  const auto cell = torch::sigmoid(two_layers(weights_, "mask", human_[1][2][3], false)).view({14, 14});
  expect_near(mask[1].slice(0, 28, 42).slice(1, 42, 56), cell);
}

TEST_F(ChrommHeadsTest, sizes_are_read_from_the_tensors_and_strict) {
  const ChrommHeadsConfig config = chromm_heads_config(weights_);
  EXPECT_EQ(config.human_dim, kSmallHumanDim);
  EXPECT_EQ(config.scene_dim, kSmallSceneDim);
  EXPECT_EQ(config.person_dim, 32);
  EXPECT_EQ(config.fusion_hidden, 48);
  auto damaged = weights_;
  damaged.tensors.erase("root.2.bias");
  EXPECT_THAT(sentence_of([&] { load_chromm_heads(damaged); }),
              AllOf(HasSubstr("small_chromm_heads.safetensors"), HasSubstr("missing root.2.bias")));
  damaged = weights_;
  damaged.tensors["fuse.0.weight"] = torch::zeros({48, kSmallHumanDim});
  EXPECT_THAT(sentence_of([&] { load_chromm_heads(damaged); }), HasSubstr("leaves none for the scene"));
  damaged.tensors["fuse.0.weight"] = torch::zeros({48});
  EXPECT_THAT(sentence_of([&] { load_chromm_heads(damaged); }), HasSubstr("fuse.0.weight is not a matrix"));
  damaged = weights_;
  damaged.tensors["betas.2.weight"] = torch::zeros({11, 32});
  EXPECT_THAT(sentence_of([&] { check_chromm_heads(damaged); }),
              HasSubstr("betas.2.weight has shape (11, 32)"));
  EXPECT_THAT(sentence_of([&] {
                load_chromm_heads({"other.pt", {}, {}});
              }),
              HasSubstr("other.pt holds an unknown network, not CHROMM heads"));
}

class ChrommNetworkTest : public ::testing::Test {
 protected:
  static std::unique_ptr<ChrommNetwork> network(bool own_heads) {
    return std::make_unique<ChrommNetwork>(
        small_multi_hmr(), own_heads ? load_chromm_heads(small_heads_checkpoint()) : ChrommHeads(nullptr),
        body_, torch::kCPU, false);
  }
  // Of pictures in a world of their own.
  static SceneEstimate scene(std::int64_t pictures) {
    ToldScene told;
    told.pose = [](int, int) { return Eigen::Isometry3d::Identity(); };
    return told.estimate(torch::zeros({pictures, 3, kSmallSceneSide, kSmallSceneSide}), {});
  }
  static torch::Tensor squares(std::int64_t pictures) {
    return plain_formula_images(pictures, kSmallHumanSide, kSmallHumanSide);
  }
  static std::vector<PictureArea> whole(std::size_t pictures) {
    return std::vector<PictureArea>(pictures, {0, 0, kSmallHumanSide, kSmallHumanSide});
  }
  static inline const std::shared_ptr<const Smpl> body_ =
      std::make_shared<Smpl>(procedural_body(BodyDetail::low));
};

TEST_F(ChrommNetworkTest, people_of_a_picture_do_not_depend_on_the_others) {
  for (const bool own_heads : {false, true}) {
    const auto chromm = network(own_heads);
    const SceneEstimate all_scene = scene(3);
    SceneEstimate last_scene = scene(1);
    last_scene.features = all_scene.features.slice(0, 2);
    const ChrommPeople all = chromm->find(squares(3), whole(3), all_scene, 0.3),
                       last = chromm->find(squares(3).slice(0, 2), whole(1), last_scene, 0.3);
    const auto here = torch::nonzero(all.view == 2).squeeze(1);
    ASSERT_GT(here.size(0), 0);
    ASSERT_EQ(here.size(0), last.view.size(0));
    for (const auto part : {&ChrommPeople::token, &ChrommPeople::head, &ChrommPeople::pelvis,
                            &ChrommPeople::rotations, &ChrommPeople::betas, &ChrommPeople::score})
      EXPECT_LT(relative_l2((all.*part).index_select(0, here), last.*part), 1e-4) << own_heads;
    EXPECT_EQ(all.residual_depth.defined(), own_heads);
    EXPECT_EQ(all.mask.defined(), own_heads);
    if (own_heads) {
      EXPECT_EQ(all.mask.sizes(), torch::IntArrayRef({3, kSmallSceneSide, kSmallSceneSide}));
    }
  }
}

TEST_F(ChrommNetworkTest, without_own_heads_people_are_multi_hmrs) {
  const SceneEstimate seen = scene(2);
  const ChrommPeople people = network(false)->find(squares(2), whole(2), seen, 0.3);
  auto K = seen.K.clone();
  K.slice(1, 0, 2) *= double(kSmallHumanSide) / kSmallSceneSide;
  const MultiHmrOutput own = small_multi_hmr()->forward(normalize_colors(squares(2)), K, 0.3);
  ASSERT_GT(own.index.size(0), 0);
  const double ratio = double(kSmallSceneSide) / kSmallHumanSide;
  EXPECT_LT(relative_l2(people.head, ratio * own.loc), 1e-5);
  EXPECT_LT(relative_l2(people.rotations, own.rotations), 1e-5);
  // The pelvis where Multi-HMR's body shows it, in pixels of the scene.
  const auto joints = joints_about_head(*body_, own.rotations, own.bodies.betas);
  EXPECT_LT(joints.select(1, 15).abs().max().item<double>(), 1e-6);
  const auto pelvis = torch::matmul(seen.K.index_select(0, own.index.select(1, 0)),
                                    (own.transl + joints.select(1, 0)).unsqueeze(-1))
                          .squeeze(-1);
  for (std::int64_t i = 0; i < pelvis.size(0); ++i) {
    if (pelvis[i][2].item<double>() < 0.01) continue;
    EXPECT_LT(relative_l2(people.pelvis[i], pelvis[i].slice(0, 0, 2) / pelvis[i][2]), 1e-4) << i;
  }
}

TEST_F(ChrommNetworkTest, own_heads_take_the_scenes_token_under_the_head) {
  const SceneEstimate seen = scene(2);
  const auto chromm = network(true);
  const ChrommPeople people = chromm->find(squares(2), whole(2), seen, 0.3);
  ASSERT_GT(people.view.size(0), 0);
  ChrommHeads heads = load_chromm_heads(small_heads_checkpoint());
  for (std::int64_t i = 0; i < people.view.size(0); ++i) {
    const auto cell = (people.head[i].clamp(0, kSmallSceneSide - 1) / 14).floor().to(torch::kLong);
    const auto token = seen.features[people.view[i].item<std::int64_t>()]
                           .select(1, cell[1].item<std::int64_t>())
                           .select(1, cell[0].item<std::int64_t>());
    const ChrommBodies body = heads->bodies(token.unsqueeze(0), people.token[i].unsqueeze(0));
    EXPECT_LT(relative_l2(people.rotations[i], body.rotations[0]), 1e-4) << i;
    EXPECT_NEAR(people.residual_depth[i].item<double>(), body.residual_depth[0].item<double>(), 1e-4);
  }
}

TEST_F(ChrommNetworkTest, of_nobody_is_empty_and_stops_when_it_is_told_to) {
  for (const bool own_heads : {false, true}) {
    const ChrommPeople people = network(own_heads)->find(squares(2), whole(2), scene(2), 1.1);
    EXPECT_EQ(people.view.size(0), 0);
    EXPECT_EQ(people.rotations.sizes(), torch::IntArrayRef({0, 53, 3, 3}));
    EXPECT_EQ(people.pelvis.sizes(), torch::IntArrayRef({0, 2}));
    Progress stopped;
    stopped.stop_requested = [] { return true; };
    EXPECT_THROW(network(own_heads)->find(squares(1), whole(1), scene(1), 0.3, stopped), Cancelled);
  }
}

TEST_F(ChrommNetworkTest, heads_for_another_multi_hmr_are_refused) {
  ChrommHeadsConfig other;
  other.human_dim = 384;
  const ChrommHeads heads(other);
  EXPECT_THAT(sentence_of([&] { ChrommNetwork(small_multi_hmr(), heads, body_, torch::kCPU, false); }),
              HasSubstr("for 384 channels of Multi-HMR, and Multi-HMR tiny has 64"));
}

}  // namespace
}  // namespace ahap
