#include <gmock/gmock.h>

#include "reconstruction/branches/depth_anything3/depth_anything3.h"
#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/networks/dinov2.h"
#include "tests/cli/program.h"
#include "tests/fixtures/seeded_weights.h"

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
