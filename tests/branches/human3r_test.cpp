#include "reconstruction/branches/human3r/human3r.h"

#include <gmock/gmock.h>

#include <chrono>
#include <limits>

#include "reconstruction/branches/human3r/frame_geometry.h"
#include "tests/fixtures/small_human3r.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr Human3rOptions kSmall = {.ttt3r = true, .square_side = 56};

// Frame v of the references' synthetic video, in -1..1.
torch::Tensor frame_of_video(int v, std::int64_t height, std::int64_t width) {
  const auto real = torch::dtype(torch::kDouble);
  const auto c = torch::arange(3, real).view({3, 1, 1}), y = torch::arange(height, real).view({-1, 1}),
             x = torch::arange(width, real);
  return torch::sin(0.05 * (c + 1) * x + 0.07 * y + 1.3 * v + 0.9 * c).to(torch::kFloat).unsqueeze(0);
}

class SmallHuman3r : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { network_ = load_human3r(small_human3r_checkpoint()); }
  static void TearDownTestSuite() { network_ = nullptr; }
  static Human3rFrame look(Human3rState& state, int v, const Human3rOptions& options = kSmall) {
    return network_->step(frame_of_video(v, 32, 48), state, options);
  }
  static Human3r network_;
};
Human3r SmallHuman3r::network_{nullptr};

void expect_equal(const Human3rState& a, const Human3rState& b) {
  EXPECT_TRUE(torch::equal(a.tokens, b.tokens));
  EXPECT_TRUE(torch::equal(a.memory, b.memory));
  EXPECT_EQ(a.fresh, b.fresh);
  EXPECT_EQ(a.people.ids, b.people.ids);
}

TEST_F(SmallHuman3r, AFrameHasACameraMapsAndPeople) {
  Human3rState state = network_->start();
  const Human3rFrame frame = look(state, 0);
  EXPECT_EQ(frame.world_from_camera.sizes(), torch::IntArrayRef({4, 4}));
  EXPECT_EQ(frame.points.sizes(), torch::IntArrayRef({32, 48, 3}));
  EXPECT_EQ(frame.world_points.sizes(), torch::IntArrayRef({32, 48, 3}));
  EXPECT_EQ(frame.colors.sizes(), torch::IntArrayRef({32, 48, 3}));
  EXPECT_EQ(frame.mask.sizes(), torch::IntArrayRef({32, 48}));
  EXPECT_GE(frame.confidence.min().item<float>(), 1);
  EXPECT_TRUE(torch::isfinite(frame.world_points).all().item<bool>());
  const std::int64_t n = frame.detected.score.size(0);
  ASSERT_GT(n, 0);
  EXPECT_EQ(frame.bodies.rotations.sizes(), (std::vector<std::int64_t>{n, 53, 3, 3}));
  EXPECT_EQ(frame.bodies.transl.sizes(), (std::vector<std::int64_t>{n, 3}));
  EXPECT_EQ(std::int64_t(frame.ids.size()), n);
  const auto orthogonal =
      torch::matmul(frame.bodies.rotations, frame.bodies.rotations.transpose(-1, -2)) - torch::eye(3);
  EXPECT_LT(orthogonal.abs().max().item<float>(), 1e-5);
}

TEST_F(SmallHuman3r, NobodyIsAnEmptyListAndChangesNoIds) {
  Human3rState state = network_->start();
  Human3rOptions nobody = kSmall;
  nobody.threshold = 2;
  for (int v = 0; v < 2; ++v) {
    const Human3rFrame frame = look(state, v, nobody);
    EXPECT_EQ(frame.bodies.rotations.sizes(), (std::vector<std::int64_t>{0, 53, 3, 3}));
    EXPECT_TRUE(frame.ids.empty());
  }
  EXPECT_TRUE(state.people.ids.empty());
}

TEST_F(SmallHuman3r, MapsThatAreNotWantedAreLeftOut) {
  Human3rState all = network_->start(), few = network_->start();
  Human3rOptions camera_only = kSmall;
  camera_only.world_and_colors = false;
  const Human3rFrame one = look(all, 0), other = look(few, 0, camera_only);
  EXPECT_FALSE(other.world_points.defined());
  EXPECT_TRUE(torch::equal(one.points, other.points));
  expect_equal(all, few);
}

TEST_F(SmallHuman3r, TheStatesUpdateIsGatedFromTheSecondFrameOn) {
  Human3rState gated = network_->start(), replaced = network_->start();
  Human3rOptions plain = kSmall;
  plain.ttt3r = false;
  look(gated, 0);
  look(replaced, 0, plain);
  expect_equal(gated, replaced);

  const auto before = gated.tokens;
  std::map<std::string, torch::Tensor> seen;
  network_->step(frame_of_video(1, 32, 48), gated, kSmall, {},
                 [&](const std::string& name, const torch::Tensor& tensor) { seen[name] = tensor; });
  look(replaced, 1, plain);
  const auto gate = seen.at("ttt.gate").view({1, -1, 1});
  EXPECT_GT(gate.min().item<float>(), 0);
  EXPECT_LT(gate.max().item<float>(), 1);
  EXPECT_LT(relative_l2(gated.tokens, gate * seen.at("state.new") + (1 - gate) * before), 1e-6);
  EXPECT_TRUE(torch::equal(replaced.tokens[0], seen.at("state.new")));
  EXPECT_TRUE(torch::equal(replaced.memory, gated.memory)) << "the memory is not gated";
}

TEST_F(SmallHuman3r, AResetBeginsAWorldButKnowsThePeople) {
  Human3rState state = network_->start();
  const Human3rFrame first = look(state, 0);
  const Human3rFrame second = look(state, 1);
  network_->reset(state);
  const Human3rFrame again = look(state, 0);
  EXPECT_TRUE(torch::equal(again.world_points, first.world_points));
  EXPECT_TRUE(torch::equal(again.world_from_camera, first.world_from_camera));
  EXPECT_EQ(again.ids, first.ids);
  EXPECT_FALSE(torch::equal(second.world_from_camera, first.world_from_camera));
}

TEST_F(SmallHuman3r, AStateIsAValue) {
  Human3rState state = network_->start();
  look(state, 0);
  Human3rState copy = state;
  const Human3rFrame one = look(state, 1);
  const Human3rFrame other = look(copy, 1);
  EXPECT_TRUE(torch::equal(one.points, other.points));
  expect_equal(state, copy);
}

TEST_F(SmallHuman3r, AStopLeavesTheStateAsItWas) {
  Human3rState state = network_->start();
  look(state, 0);
  const Human3rState before = state;
  for (const int after : {0, 5, 10, 14}) {
    int asked = 0;
    Progress progress;
    progress.stop_requested = [&] { return asked++ == after; };
    EXPECT_THROW(network_->step(frame_of_video(1, 32, 48), state, kSmall, progress), Cancelled) << after;
    expect_equal(state, before);
  }
}

TEST_F(SmallHuman3r, WhatItKeepsAndAFramesTimeDoNotGrow) {
  constexpr Human3rOptions kQuick = {.square_side = 28, .world_and_colors = false};
  const auto milliseconds = [&](Human3rState state, int v) {
    const auto begin = std::chrono::steady_clock::now();
    network_->step(frame_of_video(v, 16, 16), state, kQuick);
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  };
  Human3rState state = network_->start();
  network_->step(frame_of_video(0, 16, 16), state, kQuick);
  const Human3rState young = state;
  for (int v = 1; v < 100; ++v) network_->step(frame_of_video(v, 16, 16), state, kQuick);
  EXPECT_EQ(state.tokens.numel(), young.tokens.numel());
  EXPECT_EQ(state.memory.numel(), young.memory.numel());
  EXPECT_LE(std::int64_t(state.people.ids.size()), kMostRemembered);

  double early = std::numeric_limits<double>::infinity(), late = early;
  for (int v = 100; v < 120; ++v) {  // in turn, since the machine may do something else, too
    early = std::min(early, milliseconds(young, v));
    late = std::min(late, milliseconds(state, v));
  }
  RecordProperty("early_ms", std::to_string(early));
  RecordProperty("late_ms", std::to_string(late));
  EXPECT_LT(late, 1.5 * early);
}

TEST_F(SmallHuman3r, Bfloat16IsCloseToFloat32) {
  Human3rState exact = network_->start(), rounded = network_->start();
  Human3rOptions options = kSmall;
  const auto points = look(exact, 0, options).points;
  options.bf16 = true;
  const double difference = relative_l2(look(rounded, 0, options).points, points);
  EXPECT_GT(difference, 1e-6) << "something is rounded";
  EXPECT_LT(difference, 0.05);
}

TEST_F(SmallHuman3r, AFrameThatDoesNotFitIsRefusedAndTheStateStays) {
  Human3rState state = network_->start();
  look(state, 0);
  const Human3rState before = state;
  const auto refusal = [&](const torch::Tensor& image, Human3rOptions options = kSmall) {
    const std::string sentence = sentence_of([&] { network_->step(image, state, options); });
    expect_equal(state, before);
    return sentence;
  };
  EXPECT_THAT(refusal(frame_of_video(1, 32, 50)), HasSubstr("multiples of 16, not 50 x 32 pixels"));
  EXPECT_THAT(refusal(frame_of_video(1, 48, 32)),
              AllOf(HasSubstr("has 32 x 48 pixels, the frames before it have 48 x 32 pixels"),
                    HasSubstr("one size")));
  EXPECT_THAT(refusal(torch::zeros({2, 3, 32, 48})), HasSubstr("one frame at a time"));
  EXPECT_THAT(refusal(torch::zeros({1, 3, 0, 48})), HasSubstr("one frame at a time"));
  EXPECT_THAT(refusal(torch::full({1, 3, 32, 48}, std::nanf(""))), HasSubstr("no numbers"));
  EXPECT_THAT(refusal(frame_of_video(1, 32, 48), {.square_side = 60}), HasSubstr("multiple of 14, not 60"));
}

TEST(Human3rPeople, OfTooManyTheStrongestStayInOrder) {
  torch::nn::Module root;
  PersonHeads heads(root, {.human_dim = 4, .image_dim = 4, .decoder_dim = 4});
  for (auto& item : root.named_parameters())
    item.value().set_data(seeded_tensor(item.key(), item.value().sizes().vec()));
  const auto same = torch::ones({16, 16, 4});  // equal scores: every cell is a peak
  const DetectedPeople people = heads.detect(same, 64, 64, 0, {});
  EXPECT_EQ(people.score.size(0), kMostPeople);
  EXPECT_EQ(people.left_out, 16 * 16 - kMostPeople);
  const auto order = people.row * 16 + people.column;
  EXPECT_TRUE((order.slice(0, 1) > order.slice(0, 0, -1)).all().item<bool>());
}

TEST(Human3rPeople, ASquareHoldsTheFrameInItsMiddle) {
  const auto square = padded_square(torch::ones({1, 3, 32, 64}), 56);
  EXPECT_EQ(square.sizes(), torch::IntArrayRef({1, 3, 56, 56}));
  const auto white = normalize_colors(torch::ones({1, 3, 1, 1})),
             black = normalize_colors(torch::zeros({1, 3, 1, 1}));
  EXPECT_TRUE(torch::allclose(square.slice(2, 14, 42), white.expand({1, 3, 28, 56})));
  EXPECT_TRUE(torch::allclose(square.slice(2, 0, 14), black.expand({1, 3, 14, 56})));

  auto map = torch::zeros({56, 56});
  map.slice(0, 14, 42).fill_(1);
  EXPECT_TRUE(torch::equal(frame_of_square(map, 32, 64), torch::ones({32, 64})));
}

TEST(Human3rGeometry, AFocalLengthIsFoundThroughOutliers) {
  const std::int64_t H = 24, W = 32;
  const auto x = (torch::arange(W) - W / 2).expand({H, W}),
             y = (torch::arange(H) - H / 2).unsqueeze(1).expand({H, W});
  const auto depth = 2 + 0.1 * torch::sin(x * 0.3) + 0.05 * y;
  auto points = torch::stack({x * depth / 40, y * depth / 40, depth}, -1);
  EXPECT_NEAR(focal_of_points(points), 40, 1e-4);
  points[3][4].fill_(0);
  points.slice(0, 20).slice(1, 0, 6).mul_(torch::tensor({5, 5, 1}));
  EXPECT_NEAR(focal_of_points(points), 40, 4);
  EXPECT_EQ(focal_of_points(points * torch::tensor({1, 1, -1})), 0) << "all behind the camera";
}

TEST(Human3rGeometry, APoseHasAUnitQuaternionAndAStretchedTranslation) {
  const auto pose = decode_pose(torch::tensor({0.f, 0.f, 1.f, -2.f, 0.f, 0.f, 2.f}));
  EXPECT_NEAR(pose[2].item<double>(), std::exp(1.0) - 1, 1e-6);
  EXPECT_NEAR(pose[3].item<double>(), std::sqrt(0.5), 1e-6);
  EXPECT_NEAR(pose[6].item<double>(), -std::sqrt(0.5), 1e-6);
  const auto world_from_camera = world_from_camera_of(pose);  // a quarter turn about -z
  EXPECT_NEAR(world_from_camera[1][0].item<double>(), -1, 1e-6);
  EXPECT_NEAR(world_from_camera[2][3].item<double>(), std::exp(1.0) - 1, 1e-6);
  EXPECT_EQ(stretched(torch::zeros({1, 3})).abs().max().item<float>(), 0);
}

TEST(Human3rGeometry, ChunksAreJoinedByTheFrameTheyShare) {
  const auto shift = [](double x) {
    auto pose = torch::eye(4, torch::kDouble);
    pose[0][3] = x;
    return pose;
  };
  ChunkedWorld world;
  EXPECT_EQ(world.place(shift(1))[0][3].item<double>(), 1);
  world.next_chunk(shift(2));
  EXPECT_EQ(world.place(shift(0))[0][3].item<double>(), 2);
  world.next_chunk(shift(5));
  EXPECT_EQ(world.place(shift(1))[0][3].item<double>(), 8);
}

TEST(Human3rFile, ItsWeightsStayInTheMappedFile) {
  TemporaryFolder folder;
  save_safetensors(small_human3r_checkpoint().tensors, {}, folder / "weights.safetensors");
  const Checkpoint checkpoint = read_checkpoint(folder / "weights.safetensors");
  const Human3r network = load_human3r(checkpoint);
  for (const auto& item : network->named_parameters())
    EXPECT_EQ(item.value().data_ptr(), checkpoint.at(item.key()).data_ptr()) << item.key();
}

TEST(Human3rFile, SizesAreToldFromTheTensorsAndTheSquareFromTheSource) {
  Checkpoint checkpoint = small_human3r_checkpoint(), nested{"human3r.pth", {}, {}};
  for (const auto& [name, tensor] : checkpoint.tensors) nested.tensors["model." + name] = tensor;
  nested.metadata["args.model"] = "ARCroco3DStereo(Config(mhmr_img_res=672, pose_head=True))";
  const Human3rConfig config = human3r_config(nested);
  EXPECT_EQ(config.decoder_depth, 4);
  EXPECT_EQ(config.memory.slots, 8);
  EXPECT_EQ(config.square_side, 672);
  EXPECT_EQ(human3r_config(checkpoint).square_side, 896);
  EXPECT_NO_THROW(check_human3r(nested));
}

TEST(Human3rFile, AnUnusableFileIsNamedWithItsTensor) {
  const Checkpoint good = small_human3r_checkpoint();
  for (const char* name : {"pose_token", "register_tokens.weight", "enc_blocks.3.attn.qkv.bias",
                           "dec_blocks_state.0.norm_y.weight", "downstream_head.dpt_rgb.head.4.bias",
                           "downstream_head.init_betas", "pose_retriever.write_blocks.1.mlp.fc2.weight",
                           "backbone.encoder.pos_embed"}) {
    Checkpoint missing = good, misshapen = good;
    missing.tensors.erase(name);
    misshapen.tensors[name] = torch::zeros({7});
    for (const Checkpoint& bad : {missing, misshapen})
      EXPECT_THAT(sentence_of([&] { load_human3r(bad); }),
                  AllOf(HasSubstr(bad.file.string()), HasSubstr(name)));
  }
  Checkpoint shorter = good;
  shorter.tensors.erase("enc_blocks.2.norm1.weight");
  EXPECT_THAT(sentence_of([&] { load_human3r(shorter); }), HasSubstr("2 blocks enc_blocks.*"));
}

TEST(Human3rFile, ANeighboursWeightsAreNamedForWhatTheyAre) {
  Checkpoint cut3r = small_human3r_checkpoint();
  std::erase_if(cut3r.tensors, [](const auto& item) {
    return item.first.starts_with("backbone.") || item.first.starts_with("downstream_head.mlp_");
  });
  EXPECT_THAT(sentence_of([&] { load_human3r(cut3r); }),
              HasSubstr("holds CUT3R (without people), not Human3R"));
  const Checkpoint people{"people.pt", {{"mlp_classif.0.weight", torch::zeros({1})}}, {}};
  EXPECT_EQ(sentence_of([&] { load_human3r(people); }), "people.pt holds Multi-HMR, not Human3R");
}

}  // namespace
}  // namespace ahap
