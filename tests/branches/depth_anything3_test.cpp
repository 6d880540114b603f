#include "reconstruction/branches/depth_anything3/depth_anything3.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "tests/fixtures/seeded_weights.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr double kTolerance = 1e-5;  // relative L2; two float32 programs differ by about 2e-6

std::filesystem::path data(const std::string& name) {
  // References too large for the repository are compared where this variable names their folder.
  const char* folder = std::getenv("AHAP_REFERENCES");
  return (folder ? std::filesystem::path(folder) / "da3" : std::filesystem::path(AHAP_TEST_DATA) / "da3") /
         name;
}

std::int64_t number(const Checkpoint& reference, const char* key) {
  return std::stoll(reference.metadata.at(key));
}

DepthAnything3Input input_of(const Checkpoint& reference) {
  DepthAnything3Input input;
  const auto given = [&](const char* name) {
    const auto found = reference.tensors.find(name);
    return found == reference.tensors.end() ? torch::Tensor() : found->second;
  };
  const auto picture = given("input.image_u8");
  input.images = picture.defined() ? normalize_colors(picture.permute({0, 3, 1, 2}).to(torch::kFloat) / 255)
                                   : formula_images(number(reference, "views"), number(reference, "height"),
                                                    number(reference, "width"));
  input.camera_from_world = given("input.extrinsics");
  input.K = given("input.intrinsics");
  return input;
}

// The first patches of a feature map, and the first channels of its two halves.
torch::Tensor corner(const torch::Tensor& features) {
  const auto patches = features.flatten(1, 2);
  const auto halves = patches.slice(1, 0, std::min<std::int64_t>(64, patches.size(1))).chunk(2, -1);
  return torch::cat({halves[0].slice(-1, 0, 32), halves[1].slice(-1, 0, 32)}, -1);
}

torch::Tensor every(const torch::Tensor& map, std::int64_t stride) {
  return map.slice(1, 0, c10::nullopt, stride).slice(2, 0, c10::nullopt, stride);
}

void expect_near(const std::string& name, const torch::Tensor& mine, const torch::Tensor& reference) {
  ASSERT_EQ(mine.sizes(), reference.sizes()) << name;
  const double difference = relative_l2(mine, reference);
  ::testing::Test::RecordProperty(name, std::to_string(difference));
  if (std::getenv("AHAP_REFERENCES")) std::cout << "  " << name << " " << difference << "\n";
  EXPECT_LE(difference, kTolerance) << name;
}

void expect_reference(DepthAnything3& network, const std::string& name) {
  SCOPED_TRACE(name);
  const Checkpoint reference = read_checkpoint(data(name + ".safetensors"));
  const DepthAnything3Input input = input_of(reference);
  expect_near("input.sub", every(input.images.flatten(0, 1), 7).view_as(reference.at("input.sub")),
              reference.at("input.sub"));
  const DepthAnything3Output output = network->forward(input);

  for (int i = 0; i < kTaps; ++i) {
    const std::string tap = "feat" + std::to_string(i) + ".corner";
    expect_near(tap, corner(output.features[i]), reference.at(tap));
  }
  expect_near("cam_token", output.camera_feature, reference.at("cam_token"));
  expect_near("pose_enc", output.pose_encoding, reference.at("pose_enc"));
  expect_near("extrinsics", output.cameras.camera_from_world, reference.at("extrinsics"));
  expect_near("c2w", output.cameras.world_from_camera, reference.at("c2w"));
  const std::int64_t depth_stride = number(reference, "depth_stride"),
                     ray_stride = number(reference, "ray_stride");
  expect_near("depth", every(output.dense.depth, depth_stride), reference.at("depth"));
  expect_near("depth_conf", every(output.dense.depth_conf, depth_stride), reference.at("depth_conf"));
  expect_near("ray", every(output.dense.ray, ray_stride), reference.at("ray"));
  expect_near("ray_conf", every(output.dense.ray_conf, ray_stride), reference.at("ray_conf"));
  if (reference.tensors.contains("ref.index")) {
    EXPECT_EQ(output.reference_view, reference.at("ref.index")[0].item<int>());
  }
}

DepthAnything3 seeded(const std::string& variant) {
  return load_depth_anything3(seeded_checkpoint(data(variant + ".keys.txt")));
}

TEST(DepthAnything3, SmallAgreesWithTheRecordedReferences) {
  DepthAnything3 network = seeded("small");
  EXPECT_EQ(network->config.size, "Small");
  for (const char* name : {"small_synth_1v_70x98", "small_synth_3v_140x196_posed", "small_photo_2v_140x252"})
    expect_reference(network, name);
}

TEST(DepthAnything3, TheOrderOfViewsIsOnlyAnOrder) {
  DepthAnything3 network = seeded("small");
  const auto images = formula_images(4, 42, 56);
  const auto order = torch::tensor({2, 0, 3, 1});
  const DepthAnything3Output one = network->forward({.images = images});
  const DepthAnything3Output other = network->forward({.images = images.index_select(0, order)});
  EXPECT_EQ(order[other.reference_view].item<int>(), one.reference_view);
  expect_near("depth", other.dense.depth, one.dense.depth.index_select(0, order));
  expect_near("ray", other.dense.ray, one.dense.ray.index_select(0, order));
  expect_near("pose_enc", other.pose_encoding, one.pose_encoding.index_select(0, order));
}

TEST(DepthAnything3, Bfloat16IsCloseToFloat32) {
  DepthAnything3 network = seeded("small");
  const auto images = formula_images(2, 126, 168);
  const auto exact = network->forward({.images = images}).dense.depth;
  const auto rounded = network->forward({.images = images}, /*with_rays=*/false, /*bf16=*/true).dense.depth;
  EXPECT_GT((rounded - exact).abs().max().item<double>(), 0);
  EXPECT_LT(((rounded - exact) / exact).abs().median().item<double>(), 0.02);
}

TEST(DepthAnything3, ItsFunctionsAgreeWithTheRecordedOnes) {
  const Checkpoint units = read_checkpoint(data("units.safetensors"));
  const auto at = [&](const std::string& name) { return units.at(name); };

  expect_near("rotary", RotaryEmbedding(at("rope.pos_yx")).turn(at("rope.in")), at("rope.out"));
  expect_near("position a", 0.1 * position_map(48, 3, 5, 70.0 / 42).permute({1, 2, 0}), at("uv_a.embed"));
  expect_near("position b", 0.1 * position_map(64, 8, 8, 1).permute({1, 2, 0}), at("uv_b.embed"));
  EXPECT_EQ(select_reference_view(at("refsel.cls")), at("refsel.saddle_balanced")[0].item<int>());

  const auto pos_embed = seeded_tensor("model.backbone.pretrained.pos_embed", {1, 1370, 384});
  for (const auto& [rows, columns] : {std::pair(18, 18), {10, 18}, {36, 20}, {37, 37}, {37, 36}}) {
    const std::string name = "posembed_" + std::to_string(rows) + "x" + std::to_string(columns);
    const auto resized = interpolate_positions(pos_embed, rows, columns)[0];
    expect_near(name + ".corner", resized.slice(0, 0, 64).slice(1, 0, 16), at(name + ".corner"));
    expect_near(name + ".last", resized[-1].slice(0, 0, 64), at(name + ".last"));
  }
}

TEST(DepthAnything3, CamerasAreEncodedAndDecodedAsRecorded) {
  const Checkpoint units = read_checkpoint(data("units.safetensors"));
  const auto at = [&](const std::string& name) { return units.at(name); };
  const DecodedCameras decoded = decode_cameras(at("pose.encoding"), 280, 504);
  expect_near("c2w", decoded.world_from_camera, at("pose.c2w"));
  expect_near("w2c", decoded.camera_from_world, at("pose.w2c"));
  expect_near("intrinsics", decoded.K, at("pose.intrinsics"));
  expect_near("encoding back", encode_cameras(at("pose.w2c"), at("pose.intrinsics"), 280, 504),
              at("pose.encoding_back"));

  expect_near("normalised", normalize_cameras(at("camenc.w2c_in")), at("camenc.w2c_normalised"));
  const auto encoding = encode_cameras(at("camenc.w2c_normalised"), at("camenc.intrinsics"), 140, 196);
  expect_near("encoding", encoding, at("camenc.encoding"));
  expect_near("tokens", seeded("small")->cam_enc(encoding), at("camenc.tokens_small_seed1"));
}

TEST(DepthAnything3, AnUnusableFileIsNamedWithItsTensor) {
  const Checkpoint good = seeded_checkpoint(data("small.keys.txt"));
  const auto sentence = [&](const std::string& name, const torch::Tensor& replacement) {
    Checkpoint bad = good;
    if (replacement.defined())
      bad.tensors[name] = replacement;
    else
      bad.tensors.erase(name);
    return sentence_of([&] { load_depth_anything3(bad); });
  };
  const std::string file = good.file.string();
  for (const char* name :
       {"model.head.norm.weight", "model.backbone.pretrained.blocks.3.attn.proj.bias",
        "model.head.scratch.output_conv2_aux.0.2.weight", "model.head.projects.2.weight"}) {
    EXPECT_THAT(sentence(name, {}), AllOf(HasSubstr(file), HasSubstr(name)));
    EXPECT_THAT(sentence(name, torch::zeros({7})), AllOf(HasSubstr(file), HasSubstr(name)));
  }
  EXPECT_THAT(sentence("model.backbone.pretrained.blocks.11.norm1.weight", {}),
              HasSubstr("11 blocks of 384 channels"));

  Checkpoint other{"people.pt", {{"mlp_classif.0.weight", torch::zeros({1})}}, {}};
  EXPECT_EQ(sentence_of([&] { load_depth_anything3(other); }),
            "people.pt holds Multi-HMR, not Depth Anything 3 (any-view)");
}

TEST(DepthAnything3, AStopEndsItWithinABlock) {
  DepthAnything3 network = seeded("small");
  int reports = 0;
  Progress progress;
  progress.report = [&](const std::string&, double) { ++reports; };
  progress.stop_requested = [&] { return reports == 3; };
  EXPECT_THROW(network->forward({.images = formula_images(1, 28, 28)}, false, false, progress), Cancelled);
}

TEST(DepthAnything3, AsASceneBranchItGivesCamerasInTheWorld) {
  DepthAnything3Branch branch(seeded("small"), torch::kCPU, /*bf16=*/false);
  EXPECT_EQ(branch.input_size(), 518);
  const SceneEstimate scene = branch.estimate(torch::rand({2, 3, 70, 70}), {});
  EXPECT_EQ(scene.features.sizes(), (std::vector<std::int64_t>{2, 768, 5, 5}));
  EXPECT_EQ(scene.depth.sizes(), (std::vector<std::int64_t>{2, 70, 70}));
  EXPECT_EQ(scene.world_from_camera.sizes(), (std::vector<std::int64_t>{2, 4, 4}));
  EXPECT_FALSE(scene.metric);
}

// Minutes and gigabytes: run by hand with AHAP_REFERENCES and a filter.
TEST(DepthAnything3, LargerReferencesAgreeToo) {
  const char* wanted = std::getenv("AHAP_REFERENCES") ? std::getenv("AHAP_REFERENCE") : nullptr;
  if (!wanted) GTEST_SKIP() << "AHAP_REFERENCES (folder) and AHAP_REFERENCE (a file's name) choose one";
  const std::string name = wanted;
  DepthAnything3 network = seeded(name.substr(0, name.find('_')));
  expect_reference(network, name);
}

}  // namespace
}  // namespace ahap
