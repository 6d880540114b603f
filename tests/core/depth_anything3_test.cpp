#include "reconstruction/scene/depth_anything3.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "tests/core/seeded_weights.h"
#include "tests/values/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
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
