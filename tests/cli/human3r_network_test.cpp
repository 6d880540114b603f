#include "app/cli/human3r_network.h"

#include <gmock/gmock.h>

#include "tests/cli/program.h"
#include "tests/fixtures/small_human3r.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::HasSubstr;

using Metadata = std::map<std::string, std::string>;

const Metadata kSmallSquare = {{"mhmr_img_res", "28"}};

Metadata with(Metadata metadata, const std::string& key, const std::string& value) {
  metadata[key] = value;
  return metadata;
}

NetworkTensors run(const NetworkTensors& tensors, const Metadata& metadata) {
  static const Checkpoint weights = small_human3r_checkpoint();
  return run_human3r(weights, {"video.safetensors", tensors, metadata}, /*bf16=*/false, {});
}

torch::Tensor video(std::int64_t frames) {
  return formula_images(frames, 16, 32).clamp(-1, 1);
}

void expect_same(const NetworkTensors& one, const NetworkTensors& other) {
  ASSERT_EQ(one.size(), other.size());
  for (const auto& [name, tensor] : one) EXPECT_TRUE(torch::equal(tensor, other.at(name))) << name;
}

TEST(Human3rNetwork, TensorsAreWholeAndNamedAsTheReferences) {
  const NetworkTensors output = run({{"input", video(2)}}, kSmallSquare);
  using Shape = std::vector<std::int64_t>;
  const std::map<std::string, Shape> expected = {{"input", {2, 3, 16, 32}},
                                                 {"hmr.input", {2, 3, 28, 28}},
                                                 {"enc.feat", {2, 2, 64}},
                                                 {"hmr.feat", {2, 4, 64}},
                                                 {"det.logits", {2, 2, 2}},
                                                 {"out.smpl_scores", {2, 2, 2}},
                                                 {"msk.logits", {4, 196}},
                                                 {"out.msk", {2, 28, 28}},
                                                 {"img.mean", {2, 64}},
                                                 {"pose.in", {2, 64}},
                                                 {"pose.out", {2, 64}},
                                                 {"pose.raw", {2, 7}},
                                                 {"state.pos_yx", {20, 2}},
                                                 {"state.in", {2, 20, 64}},
                                                 {"state.new", {2, 20, 64}},
                                                 {"mem.in.v1", {8, 128}},
                                                 {"mem.new", {2, 8, 128}},
                                                 {"ttt.gate", {2, 20}},
                                                 {"dec.out", {2, 2, 64}},
                                                 {"out.pts3d_in_self_view", {2, 16, 32, 3}},
                                                 {"out.conf_self", {2, 16, 32}},
                                                 {"out.pts3d_in_other_view", {2, 16, 32, 3}},
                                                 {"out.conf", {2, 16, 32}},
                                                 {"out.rgb", {2, 16, 32, 3}},
                                                 {"out.camera_pose", {2, 7}},
                                                 {"post.c2w", {2, 4, 4}},
                                                 {"post.c2w_chained", {2, 4, 4}},
                                                 {"post.kept_views", {2}},
                                                 {"post.focal", {2}},
                                                 {"view.reset", {2}},
                                                 {"det.count", {2}}};
  for (const auto& [name, shape] : expected) {
    ASSERT_TRUE(output.contains(name)) << name;
    EXPECT_EQ(output.at(name).sizes(), shape) << name;
  }
  EXPECT_FALSE(output.contains("mem.in.v0")) << "the first frame reads no memory";
  const std::int64_t n = output.at("det.count")[1].item<std::int64_t>();
  ASSERT_GT(n, 0);
  for (const auto& [name, width] : std::map<std::string, std::int64_t>{{"det.offset.v1", 2},
                                                                       {"prompt.in.v1", 128},
                                                                       {"human.out.v1", 64},
                                                                       {"smpl.decpose.raw.v1", 318},
                                                                       {"out.smpl_loc.v1", 2},
                                                                       {"out.smpl_shape.v1", 10},
                                                                       {"out.smpl_transl.v1", 3},
                                                                       {"human.pos_yx.v1", 2}})
    EXPECT_EQ(output.at(name).sizes(), (Shape{n, width})) << name;
  EXPECT_EQ(output.at("out.smpl_id.v1").sizes(), Shape{n});
}

TEST(Human3rNetwork, ResetsAreGivenInThreeWays) {
  const auto frames = video(4);
  const NetworkTensors at_interval = run({{"input", frames}}, with(kSmallSquare, "reset_interval", "2"));
  EXPECT_TRUE(torch::equal(at_interval.at("view.reset"), torch::tensor({0, 1, 0, 0, 1, 0})));
  EXPECT_TRUE(torch::equal(at_interval.at("post.kept_views"), torch::tensor({0, 1, 3, 4})));

  const auto order = with(kSmallSquare, "frame_of_view", "0,1,1,2,3,3");
  expect_same(run({{"input", frames}}, order), at_interval);
  const auto views = frames.index_select(0, torch::tensor({0, 1, 1, 2, 3, 3}));
  expect_same(run({{"input", views}, {"view.reset", torch::tensor({0, 1, 0, 0, 1, 0})}}, kSmallSquare),
              at_interval);
}

TEST(Human3rNetwork, MetadataSayHowItRuns) {
  const NetworkTensors gated = run({{"images", video(3)}}, kSmallSquare),
                       replaced = run({{"input", video(3)}}, with(kSmallSquare, "use_ttt3r", "0")),
                       nobody = run({{"input", video(1)}}, with(kSmallSquare, "classif_bias", "-30"));
  EXPECT_TRUE(torch::equal(gated.at("pose.out")[1], replaced.at("pose.out")[1]));
  EXPECT_FALSE(torch::equal(gated.at("pose.out")[2], replaced.at("pose.out")[2]));
  EXPECT_EQ(nobody.at("det.count")[0].item<int>(), 0);
  EXPECT_EQ(nobody.at("out.smpl_rotmat.v0").sizes(), (std::vector<std::int64_t>{0, 53, 3, 3}));
}

TEST(Human3rNetwork, BadInputIsRefusedWithItsFile) {
  const auto refusal = [](const NetworkTensors& tensors, const Metadata& metadata) {
    const std::string sentence = sentence_of([&] { run(tensors, metadata); });
    EXPECT_THAT(sentence, HasSubstr("video.safetensors"));
    return sentence;
  };
  const auto frames = video(2);
  EXPECT_THAT(refusal({}, {}), HasSubstr("tensor input is missing"));
  EXPECT_THAT(refusal({{"input", torch::zeros({2, 3, 16, 40})}}, {}), HasSubstr("multiples of 16"));
  EXPECT_THAT(refusal({{"input", frames}, {"view.reset", torch::zeros({3})}}, {}),
              HasSubstr("instead of (2)"));
  EXPECT_THAT(refusal({{"input", frames}}, {{"frame_of_view", "0,1,2"}}), HasSubstr("names frame 2"));
  EXPECT_THAT(refusal({{"input", frames}}, {{"frame_of_view", "0,x"}}), HasSubstr("\"0,x\""));
  EXPECT_THAT(refusal({{"input", frames}}, {{"use_ttt3r", "yes"}}), HasSubstr("use_ttt3r is \"yes\""));
}

TEST(Human3rNetwork, TheProgramWritesItsTensors) {
  TemporaryFolder folder;
  const auto file = [&](const char* name) { return (folder / name).string(); };
  save_safetensors(small_human3r_checkpoint().tensors, {}, folder / "weights.safetensors");
  save_safetensors({{"input", video(1)}}, kSmallSquare, folder / "video.safetensors");
  Program program({"network", "human3r", "--weights", file("weights.safetensors"), "--input",
                   file("video.safetensors"), "--output", file("out.safetensors")});
  ASSERT_EQ(program.status(), 0) << program.err();
  const Checkpoint written = read_checkpoint(folder / "out.safetensors");
  EXPECT_EQ(written.metadata.at("network"), "Human3R");
  EXPECT_EQ(written.at("out.smpl_id.v0").scalar_type(), torch::kLong);
}

}  // namespace
}  // namespace ahap
