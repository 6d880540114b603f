#include <gmock/gmock.h>

#include "reconstruction/branches/depth_anything3/depth_anything3.h"
#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/networks/dinov2.h"
#include "tests/cli/program.h"
#include "tests/fixtures/seeded_weights.h"
#include "tests/fixtures/small_pi3.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::EndsWith;
using ::testing::HasSubstr;

const std::filesystem::path kData = AHAP_TEST_DATA;

class NetworkCommand : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::map<std::string, torch::Tensor>& tensors) {
    save_safetensors(tensors, {}, folder_ / name);
    return (folder_ / name).string();
  }
  std::string pi3_weights(bool x) {
    return write(x ? "pi3x.safetensors" : "pi3.safetensors", small_pi3_checkpoint(x).tensors);
  }
  std::string weights(const std::string& list) {
    return write("weights.safetensors", seeded_checkpoint(kData / list).tensors);
  }
  // Exit status; what was said lies in `said_`.
  int run(const std::string& network, const std::string& weights, const std::string& input) {
    Program program({"network", network, "--weights", weights, "--input", input, "--output", output()});
    const int status = program.status();
    said_ = program.err();
    return status;
  }
  std::string output() const { return (folder_ / "output.safetensors").string(); }

  TemporaryFolder folder_;
  std::string said_;
};

TEST_F(NetworkCommand, WritesTheSceneNetworksTensorsWhole) {
  const std::string file = weights("da3/small.keys.txt");
  const auto images = formula_images(3, 28, 42);
  ASSERT_EQ(run("scene", file, write("input.safetensors", {{"images", images}})), 0) << said_;
  const Checkpoint written = read_checkpoint(output());
  const DepthAnything3Output output =
      load_depth_anything3(read_checkpoint(file))->forward({.images = images});
  const std::map<std::string, torch::Tensor> expected = {{"features", output.features.back()},
                                                         {"cam_token", output.camera_feature},
                                                         {"depth", output.dense.depth},
                                                         {"depth_conf", output.dense.depth_conf},
                                                         {"ray", output.dense.ray},
                                                         {"ray_conf", output.dense.ray_conf},
                                                         {"pose_enc", output.pose_encoding},
                                                         {"extrinsics", output.cameras.camera_from_world}};
  for (const auto& [name, tensor] : expected) {
    ASSERT_EQ(written.at(name).sizes(), tensor.sizes()) << name;
    EXPECT_LT(relative_l2(written.at(name), tensor), 1e-5) << name;
  }
  EXPECT_EQ(written.at("intrinsics").sizes(), (std::vector<std::int64_t>{3, 3, 3}));
  EXPECT_EQ(written.at("ref.index")[0].item<int>(), output.reference_view);
}

TEST_F(NetworkCommand, WritesTheHumanNetworksTensorsWhole) {
  const std::string file = weights("multi_hmr/672_S.keys.txt");
  const auto K = torch::tensor({97.f, 0.f, 56.f, 0.f, 97.f, 56.f, 0.f, 0.f, 1.f}).view({1, 3, 3});
  ASSERT_EQ(
      run("human", file,
          write("input.safetensors",
                {{"images", formula_images(1, 112, 112)}, {"K", K}, {"threshold", torch::full({1}, 0.5f)}})),
      0)
      << said_;
  const Checkpoint written = read_checkpoint(output());
  const std::int64_t people = written.at("detection.index").size(0);
  EXPECT_GT(people, 0);
  EXPECT_EQ(written.at("features").sizes(), (std::vector<std::int64_t>{1, 8, 8, 384}));
  EXPECT_EQ(written.at("camera").sizes(), (std::vector<std::int64_t>{1, 8, 8, 99}));
  EXPECT_EQ(written.at("rotmat").sizes(), (std::vector<std::int64_t>{people, 53, 3, 3}));
  for (const char* name : {"detection.logits", "detection.scores", "detection.score", "offset", "loc",
                           "pose6d", "betas", "cam", "expression", "dist", "transl"})
    EXPECT_TRUE(written.tensors.contains(name)) << name;
}

TEST_F(NetworkCommand, WritesPi3sTensorsWhole) {
  const auto images = plain_formula_images(2, 28, 42);
  ASSERT_EQ(run("pi3", pi3_weights(false), write("input.safetensors", {{"images", images}})), 0) << said_;
  const Checkpoint written = read_checkpoint(output());
  const Pi3Output output = small_pi3(false)->forward({.images = images});
  const std::map<std::string, torch::Tensor> expected = {{"enc.out", output.encoded},
                                                         {"hidden", output.hidden},
                                                         {"point_decoder", output.point_tokens},
                                                         {"conf_decoder", output.conf_tokens},
                                                         {"camera_decoder", output.camera_tokens},
                                                         {"local_points", output.local_points},
                                                         {"points", output.points},
                                                         {"conf", output.conf},
                                                         {"camera_poses", output.camera_poses},
                                                         {"intrinsics", fit_intrinsics(output.local_points)}};
  for (const auto& [name, tensor] : expected) {
    ASSERT_EQ(written.at(name).sizes(), tensor.sizes()) << name;
    EXPECT_LT(relative_l2(written.at(name), tensor), 1e-5) << name;
  }
  EXPECT_FALSE(written.tensors.contains("metric"));
}

TEST_F(NetworkCommand, GivesPi3xTheConditionsThatTheInputNames) {
  const auto images = plain_formula_images(2, 28, 42), depth = torch::rand({2, 28, 42}) + 1;
  const auto poses = torch::eye(4).repeat({2, 1, 1}), second = torch::tensor({0, 1}, torch::kInt);
  const std::string weights = pi3_weights(true);
  const auto points = [&](const std::map<std::string, torch::Tensor>& tensors,
                          const std::map<std::string, std::string>& metadata = {}) {
    save_safetensors(tensors, metadata, folder_ / "input.safetensors");
    EXPECT_EQ(run("pi3x", weights, (folder_ / "input.safetensors").string()), 0) << said_;
    return read_checkpoint(output()).at("points").clone();
  };
  Pi3 network = small_pi3(true);
  const auto expect = [&](const Pi3Conditions& conditions, const torch::Tensor& written) {
    EXPECT_LT(relative_l2(written, network->forward({.images = images, .conditions = conditions}).points),
              1e-5);
  };
  expect({.depth = depth, .use_depth = second},
         points({{"images", images}, {"depths", depth}, {"mask_add_depth", second}}));
  const std::map<std::string, torch::Tensor> recorded = {
      {"input.images", images}, {"input.depths", depth}, {"input.poses", poses}};
  expect({.depth = depth, .world_from_camera = poses}, points(recorded));
  expect({.depth = depth, .use_depth = second},
         points(recorded, {{"conditions", R"({"D": 1, "mD": [0, 1]})"}}));
}

TEST_F(NetworkCommand, RefusesWhatPi3CannotTake) {
  const std::string pi3x = pi3_weights(true);
  const auto fails_with = [&](const std::map<std::string, torch::Tensor>& tensors, const std::string& why) {
    EXPECT_EQ(run("pi3x", pi3x, write("input.safetensors", tensors)), 1);
    EXPECT_THAT(said_, HasSubstr("input.safetensors: " + why));
  };
  const auto images = plain_formula_images(2, 28, 42);
  fails_with({{"images", torch::rand({1, 3, 28, 30})}}, "tensor images has shape (1, 3, 28, 30), but height");
  fails_with({{"images", formula_images(2, 28, 42)}}, "tensor images must hold colours in 0..1");
  fails_with({{"images", images}, {"depths", torch::ones({2, 28, 28})}},
             "tensor depths has shape (2, 28, 28)");
  fails_with({{"images", images}, {"mask_add_ray", torch::ones({3})}}, "tensor mask_add_ray has shape (3)");
  EXPECT_EQ(run("pi3", pi3x, write("input.safetensors", {{"images", images}})), 1);
  EXPECT_THAT(said_, HasSubstr("pi3x.safetensors holds Pi3X, not Pi3"));
}

TEST_F(NetworkCommand, FailsWithOneSentenceThatNamesFileAndTensor) {
  const std::string human = weights("multi_hmr/672_S.keys.txt");
  const auto images = formula_images(1, 28, 28);
  const std::string empty = write("empty.safetensors", {}),
                    odd = write("odd.safetensors", {{"images", torch::rand({1, 3, 28, 30})}}),
                    flat = write("flat.safetensors", {{"images", torch::rand({3, 28})}}),
                    no_K = write("no_K.safetensors", {{"images", images}}),
                    half = write("half.safetensors",
                                 {{"images", images}, {"extrinsics", torch::eye(4).unsqueeze(0)}});
  const auto fails_with = [&](const std::string& network, const std::string& input, const std::string& why) {
    EXPECT_EQ(run(network, human, input), 1) << input;
    EXPECT_THAT(said_, HasSubstr(why));
    EXPECT_FALSE(std::filesystem::exists(output()));
  };
  fails_with("human", empty, "tensor images is missing");
  fails_with("human", odd, "multiples of 14");
  fails_with("human", flat, "tensor images has shape (3, 28) instead of (*, 3, *, *)");
  fails_with("human", no_K, "no_K.safetensors: tensor K is missing");
  fails_with("scene", half, "must be given together");
  fails_with("scene", no_K, "holds Multi-HMR, not Depth Anything 3 (any-view)");
  EXPECT_EQ(run("hand", human, no_K), 2);
}

}  // namespace
}  // namespace ahap
