#include "reconstruction/branches/pi3/pi3.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/fixtures/seeded_weights.h"
#include "tests/fixtures/small_pi3.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

// Relative L2. Two float32 programs differ by about 1e-6 in tokens and poses, 6e-6 in points and confidences.
constexpr double kTokens = 1e-5, kPixels = 3e-5;

const char* references() {
  return std::getenv("AHAP_REFERENCES");
}

std::filesystem::path pi3_data(const std::string& name) {
  return (references() ? std::filesystem::path(references()) : std::filesystem::path(AHAP_TEST_DATA)) /
         "pi3" / name;
}

void expect_close(const std::string& name, const torch::Tensor& mine, const torch::Tensor& reference,
                  double limit) {
  ASSERT_EQ(mine.sizes(), reference.sizes()) << name;
  const double difference = relative_l2(mine, reference);
  if (references()) std::cout << "  " << name << " " << difference << " of " << limit << "\n";
  EXPECT_LE(difference, limit) << name;
}

// A condition's formula at every pixel (views, height, width).
template <typename Formula>
torch::Tensor at_pixels(std::int64_t views, std::int64_t height, std::int64_t width, Formula formula) {
  const auto v = torch::arange(views, torch::kDouble).view({-1, 1, 1});
  const auto y = torch::arange(height, torch::kDouble).view({-1, 1}),
             x = torch::arange(width, torch::kDouble);
  return formula(v.expand({views, height, width}), y.expand({views, height, width}),
                 x.expand({views, height, width}));
}

torch::Tensor formula_depth(std::int64_t views, std::int64_t height, std::int64_t width) {
  return at_pixels(views, height, width,
                   [](const auto& v, const auto& y, const auto& x) {
                     const auto depth = 2 + 0.8 * torch::sin(0.03 * x + 0.05 * y + 0.7 * v);
                     return torch::where((x + 2 * y + 3 * v).remainder(11) == 0, torch::zeros_like(depth),
                                         depth);
                   })
      .to(torch::kFloat);
}

torch::Tensor formula_K(std::int64_t views, std::int64_t height, std::int64_t width) {
  auto K = torch::zeros({views, 3, 3});
  const double W = double(width), H = double(height);
  for (std::int64_t v = 0; v < views; ++v) {
    const double n = double(v);
    K[v] = torch::tensor(
               {0.9 * W + 3 * n, 0.0, 0.5 * W + 1.5 * n, 0.0, 0.95 * W + 2 * n, 0.5 * H - n, 0.0, 0.0, 1.0})
               .view({3, 3});
  }
  return K;
}

// Unit vectors through the pixels' centres.
torch::Tensor formula_rays(const torch::Tensor& K, std::int64_t height, std::int64_t width) {
  const auto entry = [&](int row, int column) {
    return K.select(1, row).select(1, column).to(torch::kDouble).view({-1, 1, 1});
  };
  const auto rays = at_pixels(K.size(0), height, width, [&](const auto&, const auto& y, const auto& x) {
    return torch::stack(
        {(x + 0.5 - entry(0, 2)) / entry(0, 0), (y + 0.5 - entry(1, 2)) / entry(1, 1), torch::ones_like(x)},
        -1);
  });
  return (rays / rays.norm(2, {-1}, true)).to(torch::kFloat);
}

Pi3Conditions conditions_of(const Checkpoint& reference, const Pi3Input& input) {
  Pi3Conditions conditions;
  const auto given = reference.metadata.find("conditions");
  if (given == reference.metadata.end()) return conditions;
  const auto json = nlohmann::json::parse(given->second);
  const std::int64_t V = input.images.size(0), H = input.images.size(2), W = input.images.size(3);
  if (json.contains("K")) conditions.K = reference.at("input.intrinsics");
  if (json.contains("R")) conditions.rays = formula_rays(reference.at("input.intrinsics"), H, W);
  if (json.contains("P")) conditions.world_from_camera = reference.at("input.poses");
  if (json.contains("D")) conditions.depth = formula_depth(V, H, W);
  conditions.use_depth = reference.at("input.mask_add_depth");
  conditions.use_rays = reference.at("input.mask_add_ray");
  conditions.use_poses = reference.at("input.mask_add_pose");
  return conditions;
}

torch::Tensor subsampled(const torch::Tensor& map, std::int64_t stride) {
  return map.slice(1, 0, c10::nullopt, stride).slice(2, 0, c10::nullopt, stride);
}

void expect_pi3_reference(Pi3& network, const Checkpoint& reference) {
  const auto number = [&](const char* key) { return std::stoll(reference.metadata.at(key)); };
  Pi3Input input{.images = plain_formula_images(number("views"), number("height"), number("width"))};
  expect_close("input.sub",
               subsampled(input.images.flatten(0, 1), 7).reshape(reference.at("input.sub").sizes()),
               reference.at("input.sub"), kTokens);
  input.conditions = conditions_of(reference, input);
  const Pi3Output output = network->forward(input);

  if (reference.tensors.contains("hidden.corner")) {
    const auto patches = network->encoder->patches(normalize_colors(input.images));
    expect_close("enc.out", patches.slice(1, 0, 32).slice(2, 0, 32), reference.at("enc.out.corner"), kTokens);
    const auto halves = output.hidden.slice(1, 0, 24).chunk(2, -1);
    expect_close("hidden", torch::cat({halves[0].slice(-1, 0, 32), halves[1].slice(-1, 0, 32)}, -1),
                 reference.at("hidden.corner"), kTokens);
  }
  expect_close("camera_poses", output.camera_poses, reference.at("camera_poses"), kTokens);
  const std::int64_t stride = number("stride");
  expect_close("local_points", subsampled(output.local_points, stride), reference.at("local_points"),
               kPixels);
  expect_close("points", subsampled(output.points, stride), reference.at("points"), kPixels);
  expect_close("conf", subsampled(output.conf, stride), reference.at("conf"), kPixels);
  if (!network->config.x) return;
  expect_close("rays", subsampled(output.rays, number("rays_stride")), reference.at("rays"), kPixels);
  expect_close("metric", output.metric, reference.at("metric"), kPixels);
}

void expect_reordered(const Pi3Output& one, const Pi3Output& other, const torch::Tensor& order) {
  const auto expect = [&](const char* name, const torch::Tensor& a, const torch::Tensor& b) {
    expect_close(name, b, a.index_select(0, order), kTokens);
  };
  expect("hidden", one.hidden, other.hidden);
  expect("local_points", one.local_points, other.local_points);
  expect("points", one.points, other.points);
  expect("conf", one.conf, other.conf);
  expect("camera_poses", one.camera_poses, other.camera_poses);
}

TEST(Pi3, TheOrderOfViewsIsOnlyAnOrder) {
  const auto images = plain_formula_images(4, 42, 56), order = torch::tensor({2, 0, 3, 1});
  for (const bool x : {false, true}) {
    Pi3 network = small_pi3(x);
    const Pi3Output one = network->forward({.images = images});
    const Pi3Output other = network->forward({.images = images.index_select(0, order)});
    expect_reordered(one, other, order);
    if (x) expect_close("metric", other.metric, one.metric, kTokens);
  }
}

TEST(Pi3, AViewAloneIsEnoughAndEveryMultipleOf14IsASize) {
  for (const bool x : {false, true}) {
    const Pi3Output output = small_pi3(x)->forward({.images = plain_formula_images(1, 14, 70)});
    EXPECT_EQ(output.local_points.sizes(), (std::vector<std::int64_t>{1, 14, 70, 3}));
    EXPECT_EQ(output.conf.sizes(), (std::vector<std::int64_t>{1, 14, 70}));
    EXPECT_TRUE(torch::isfinite(output.points).all().item<bool>());
    EXPECT_EQ(output.metric.defined(), x);
  }
}

TEST(Pi3, PointsOfTheWorldAreTheCamerasPointsMovedByTheirPose) {
  const Pi3Output output = small_pi3(true)->forward({.images = plain_formula_images(2, 28, 28)});
  const auto pose = output.camera_poses[1];
  const auto R = pose.slice(0, 0, 3).slice(1, 0, 3), t = pose.slice(0, 0, 3).select(1, 3);
  EXPECT_TRUE(torch::allclose(torch::matmul(R, R.t()), torch::eye(3), 0, 1e-6));
  EXPECT_TRUE(
      torch::allclose(output.points[1][5][20], torch::mv(R, output.local_points[1][5][20]) + t, 1e-5, 1e-5));
  EXPECT_TRUE(torch::allclose(output.rays.norm(2, {-1}), torch::ones({2, 28, 28}), 0, 1e-6));
}

TEST(Pi3, OtherSizesAreRefusedWithASentence) {
  EXPECT_THAT(sentence_of([] {
                small_pi3(true)->forward({.images = torch::rand({1, 3, 28, 30})});
              }),
              HasSubstr("H and W multiples of 14"));
}

TEST(Pi3, AStopEndsItWithinABlock) {
  Pi3 network = small_pi3(true);
  int reports = 0;
  Progress progress;
  progress.report = [&](const std::string&, double) { ++reports; };
  progress.stop_requested = [&] { return reports == 3; };
  EXPECT_THROW(network->forward({.images = plain_formula_images(1, 28, 28)}, false, progress), Cancelled);
}

TEST(Pi3, Bfloat16IsCloseToFloat32) {
  Pi3 network = small_pi3(true);
  const auto images = plain_formula_images(2, 42, 56);
  const auto exact = network->forward({.images = images}).hidden;
  const auto rounded = network->forward({.images = images}, /*bf16=*/true).hidden;
  EXPECT_GT((rounded - exact).abs().max().item<double>(), 0);
  EXPECT_LT(relative_l2(rounded, exact), 0.02);
}

class KnownViews : public ::testing::Test {
 protected:
  static constexpr std::int64_t V = 3, H = 28, W = 42;
  KnownViews() {
    all_.depth = formula_depth(V, H, W);
    all_.rays = formula_rays(formula_K(V, H, W), H, W);
    all_.world_from_camera = torch::eye(4).repeat({V, 1, 1});
    all_.world_from_camera.slice(1, 0, 3).select(2, 3).copy_(
        torch::tensor({0.1f, 0.2f, -0.3f, 0.5f, 0.f, -0.15f, 0.9f, -0.3f, 0.3f}).view({3, 3}));
  }
  Pi3Output with(const Pi3Conditions& conditions) {
    return network_->forward({.images = images_, .conditions = conditions});
  }
  static double change(const Pi3Output& a, const Pi3Output& b) { return relative_l2(a.hidden, b.hidden); }

  Pi3 network_ = small_pi3(true);
  torch::Tensor images_ = plain_formula_images(V, H, W);
  Pi3Conditions all_;
};

TEST_F(KnownViews, EveryConditionCounts) {
  const Pi3Output none = with({});
  EXPECT_GT(change(with({.depth = all_.depth}), none), 1e-4);
  EXPECT_GT(change(with({.rays = all_.rays}), none), 1e-4);
  EXPECT_GT(change(with({.world_from_camera = all_.world_from_camera}), none), 1e-4);
}

TEST_F(KnownViews, UnitAndWorldOfWhatIsKnownDoNotMatter) {
  Pi3Conditions other = all_;
  other.depth = all_.depth * 10;
  auto moved = all_.world_from_camera.clone();
  moved.slice(1, 0, 3).select(2, 3).mul_(10);
  auto world = torch::eye(4);
  world.slice(0, 0, 3).slice(1, 0, 3).copy_(
      rotations_from_nine(torch::tensor({{3.f, 1.f, 0.f, -1.f, 2.f, 1.f, 0.f, 1.f, -2.f}}))[0]);
  world[1][3] = 7;
  other.world_from_camera = torch::matmul(world, moved);
  EXPECT_LT(change(with(other), with(all_)), 1e-5);
}

TEST_F(KnownViews, IntrinsicsAreRays) {
  EXPECT_LT(change(with({.K = formula_K(V, H, W)}), with({.rays = all_.rays})), 1e-5);
}

TEST_F(KnownViews, AMaskLeavesViewsOut) {
  const auto nobody = torch::zeros({V}, torch::kInt), first = torch::tensor({1, 0, 0});
  Pi3Conditions unused = all_;
  unused.use_depth = unused.use_rays = unused.use_poses = nobody;
  EXPECT_EQ(change(with(unused), with({})), 0);
  Pi3Conditions one{.world_from_camera = all_.world_from_camera, .use_poses = first};
  EXPECT_EQ(change(with(one), with({})), 0) << "a single pose relates nothing";

  Pi3Conditions some = all_, zeroed = all_;
  some.use_rays = first;
  zeroed.use_rays = first;
  zeroed.rays = all_.rays.clone();
  zeroed.rays.slice(0, 1).fill_(1);
  EXPECT_EQ(change(with(some), with(zeroed)), 0) << "rays of views left out";
}

TEST_F(KnownViews, WhatCannotBeTakenIsRefused) {
  const auto refusal = [&](const Pi3Conditions& conditions) {
    return sentence_of([&] { with(conditions); });
  };
  EXPECT_THAT(refusal({.depth = torch::ones({V, H, W + 1})}), HasSubstr("depths given to Pi3X"));
  EXPECT_THAT(refusal({.K = torch::zeros({V, 3, 3})}), HasSubstr("intrinsics"));
  EXPECT_THAT(refusal({.world_from_camera = 2 * torch::eye(4).repeat({V, 1, 1})}), HasSubstr("poses"));
  network_ = small_pi3(false);
  EXPECT_THAT(refusal(all_), HasSubstr("Pi3 takes no known cameras or depth"));
}

TEST(Pi3, ItsFunctionsAgreeWithTheRecordedOnes) {
  const Checkpoint units = read_checkpoint(pi3_data("units.safetensors"));
  const auto at = [&](const std::string& name) { return units.at(name); };
  const auto expect = [&](const std::string& name, const torch::Tensor& mine,
                          const torch::Tensor& reference) { expect_close(name, mine, reference, 3e-6); };
  const auto unambiguous = torch::tensor({0, 1, 2, 3, 5});  // the fifth one's singular values tie
  expect("rot9", rotations_from_nine(at("rot9.in")).index_select(0, unambiguous),
         at("rot9.out").index_select(0, unambiguous));
  expect("rope", RotaryEmbedding(at("rope.pos_yx")[0]).turn(at("rope.in")), at("rope.out"));
  const CameraEncoding cameras(at("prope.c2w"), 2, 3);
  expect("prope.q", cameras.queries(at("prope.in")), at("prope.q"));
  expect("prope.kv", cameras.keys_and_values(at("prope.in")), at("prope.kv"));
  expect("prope.o", cameras.attended(at("prope.in")), at("prope.o"));
  expect("uv a", uv_map(3, 5, 70.0 / 42).permute({1, 2, 0}), at("uv.3x5_aspect_70_42"));
  expect("uv b", uv_map(8, 8, 1).permute({1, 2, 0}), at("uv.8x8_aspect_1"));
  const auto depth = prepare_conditions({.depth = at("norm.depths")}, 2, 28, 42).depth;
  expect("norm", depth.select(1, 0), at("norm.depths_out"));
  const auto K = fit_intrinsics(at("K.rays").unsqueeze(0)).diagonal(0, 1, 2);
  expect("K", K, at("K.centred").diagonal(0, 1, 2));

  const auto pos_embed = seeded_tensor("encoder.pos_embed", {1, 1370, 1024});
  for (const auto& [rows, columns] : {std::pair(9, 11), {27, 48}, {37, 37}, {54, 24}}) {
    const std::string name = "posembed_" + std::to_string(rows) + "x" + std::to_string(columns);
    const auto resized = interpolate_positions(pos_embed, rows, columns, /*antialiased=*/true)[0];
    expect(name, resized.slice(0, 0, 64).slice(1, 0, 16), at(name + ".corner"));
    expect(name, resized[-1].slice(0, 0, 64), at(name + ".last"));
  }
}

TEST(Pi3, IntrinsicsOfAPinholeCameraAreFound) {
  const std::int64_t H = 28, W = 42;
  const auto v = (torch::arange(H) + 0.5).unsqueeze(1).expand({H, W}),
             u = (torch::arange(W) + 0.5).expand({H, W});
  const auto z = torch::rand({H, W}) + 1;
  const auto points = torch::stack({(u - 21) / 50 * z, (v - 14) / 60 * z, z}, -1).unsqueeze(0);
  const auto K = torch::tensor({50.f, 0.f, 21.f, 0.f, 60.f, 14.f, 0.f, 0.f, 1.f}).view({1, 3, 3});
  EXPECT_TRUE(torch::allclose(fit_intrinsics(points), K, 1e-5, 1e-4));
}

TEST(Pi3, WeightsAreFoundStrictlyAndConditionsLeftOutOnRequest) {
  for (const bool x : {false, true}) {
    const Checkpoint file = small_pi3_checkpoint(x);
    const Pi3Input input{.images = plain_formula_images(2, 28, 28)};
    const auto expected = small_pi3(x)->forward(input).points;
    EXPECT_TRUE(torch::equal(load_pi3(file)->forward(input).points, expected));
    EXPECT_TRUE(
        torch::equal(load_pi3(file, torch::kCPU, /*conditions=*/false)->forward(input).points, expected));
    for (const char* name : {"register_token", "encoder.register_tokens", "decoder.3.attn.q_norm.weight",
                             "point_decoder.linear_out.bias", "camera_head.res_conv.1.res_conv2.weight"}) {
      for (const auto& replacement : {torch::Tensor(), torch::zeros({7})}) {
        Checkpoint bad = file;
        bad.tensors.erase(name);
        if (replacement.defined()) bad.tensors[name] = replacement;
        EXPECT_THAT(sentence_of([&] { check_pi3(bad); }),
                    AllOf(HasSubstr(file.file.string()), HasSubstr(name)));
      }
    }
  }
}

TEST(Pi3, ThePublishedFilesTensorsAllHaveTheirPlace) {
  for (const auto& [list, numbers] :
       {std::pair("pi3.keys.txt", 958'696'738), {"pi3x.keys.txt", 1'360'032'439}}) {
    Checkpoint file = outline_of(pi3_data(list));
    std::int64_t sum = 0;
    for (const auto& [name, tensor] : file.tensors) sum += tensor.numel();
    EXPECT_EQ(sum, numbers);
    check_pi3(file);
    std::erase_if(file.tensors, [](const auto& item) {
      return item.first.starts_with("decoder.34.") || item.first.starts_with("decoder.35.");
    });
    EXPECT_THAT(sentence_of([&] { check_pi3(file); }), HasSubstr("24, 34 and 5 blocks"));
  }
}

TEST(Pi3, WeightsOfAnotherNetworkAreNamed) {
  const auto refusal = [](const char* tensor) {
    const Checkpoint file{"weights.pt", {{tensor, torch::zeros({1})}}, {}};
    return sentence_of([&] { load_pi3(file); });
  };
  EXPECT_EQ(refusal("aggregator.camera_token"), "weights.pt holds VGGT, not Pi3 or Pi3X");
  EXPECT_EQ(refusal("alignnet.scale_token"), "weights.pt holds UniSH, not Pi3 or Pi3X");
  EXPECT_EQ(refusal("mlp_classif.0.weight"), "weights.pt holds Multi-HMR, not Pi3 or Pi3X");
}

TEST(Pi3, AsASceneBranchItGivesCamerasInTheWorld) {
  for (const bool x : {false, true}) {
    Pi3Branch branch(small_pi3(x), torch::kCPU, /*bf16=*/false);
    EXPECT_EQ(branch.input_size(), 518);
    const SceneEstimate scene = branch.estimate(torch::rand({2, 3, 70, 70}), {});
    EXPECT_EQ(scene.features.sizes(), (std::vector<std::int64_t>{2, 128, 5, 5}));
    EXPECT_EQ(scene.depth.sizes(), (std::vector<std::int64_t>{2, 70, 70}));
    EXPECT_EQ(scene.depth_conf.sizes(), (std::vector<std::int64_t>{2, 70, 70}));
    EXPECT_EQ(scene.K.sizes(), (std::vector<std::int64_t>{2, 3, 3}));
    EXPECT_EQ(scene.world_from_camera.sizes(), (std::vector<std::int64_t>{2, 4, 4}));
    EXPECT_EQ(scene.metric, x);
  }
}

// Minutes and gigabytes: run by hand with AHAP_REFERENCES and a filter.
TEST(Pi3, FullSizeReferencesAgree) {
  const char* wanted = references() ? std::getenv("AHAP_REFERENCE") : nullptr;
  if (!wanted) GTEST_SKIP() << "AHAP_REFERENCES (folder) and AHAP_REFERENCE (a file's name) choose one";
  const std::string name = wanted;
  Pi3 network = load_pi3(seeded_checkpoint(pi3_data(name.substr(0, name.find('_')) + ".keys.txt")));
  expect_pi3_reference(network, read_checkpoint(pi3_data(name + ".safetensors")));
}

}  // namespace
}  // namespace ahap
