#include "reconstruction/branches/multi_hmr/multi_hmr.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "reconstruction/body/procedural_body.h"
#include "reconstruction/body_layer/smpl.h"
#include "reconstruction/body_layer/smplx_to_smpl.h"
#include "reconstruction/branches/multi_hmr/multi_hmr_branch.h"
#include "reconstruction/smpl_joints.h"
#include "tests/fixtures/seeded_weights.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr double kTimesDeviation = 4;  // of the recorded float32 run from the same run in float64

std::filesystem::path data(const std::string& name) {
  const char* folder = std::getenv("AHAP_REFERENCES");
  return (folder ? std::filesystem::path(folder) : std::filesystem::path(AHAP_TEST_DATA)) / "multi_hmr" /
         name;
}

class Reference {
 public:
  explicit Reference(const std::string& name) : tensors(read_checkpoint(data(name + ".safetensors"))) {
    std::ifstream in(data(name + ".deviation.json"));
    deviation_ = nlohmann::json::parse(in);
  }
  void expect(const std::string& name, const torch::Tensor& mine) const {
    const torch::Tensor& recorded = tensors.at(name);
    ASSERT_EQ(mine.sizes(), recorded.sizes()) << name;
    const double difference = (mine - recorded).abs().max().item<double>();
    const double allowed = kTimesDeviation * deviation_.at(name).at("max_abs").get<double>();
    if (std::getenv("AHAP_REFERENCES"))
      std::cout << "  " << name << " " << difference << ", allowed " << allowed << "\n";
    EXPECT_LE(difference, allowed) << name;
  }
  Checkpoint tensors;

 private:
  nlohmann::json deviation_;
};

// Every eighth of the rows and columns from the middle of the first cell on, every 32nd channel from the
// fifth on.
torch::Tensor grid_of(const torch::Tensor& features) {
  const std::int64_t k = features.size(1) / 8;
  return features.slice(1, k / 2, c10::nullopt, k)
      .slice(2, k / 2, c10::nullopt, k)
      .slice(3, 5, c10::nullopt, 32);
}

void expect_reference(MultiHmr& network, const Reference& reference, const torch::Tensor& images) {
  const auto sampled = images.slice(2, 3, c10::nullopt, 14).slice(3, 3, c10::nullopt, 14);
  ASSERT_LT((sampled - reference.tensors.at("input.sub")).abs().max().item<double>(), 1e-6);
  const double threshold = reference.tensors.at("detection.threshold")[0].item<float>();
  const MultiHmrOutput output = network->forward(images, reference.tensors.at("K"), threshold);

  reference.expect("backbone.features.corner", output.features.flatten(1, 2).slice(1, 0, 64).slice(2, 0, 64));
  reference.expect("backbone.features.grid", grid_of(output.features));
  reference.expect("detection.logits", output.logits);
  reference.expect("detection.scores", output.scores);
  reference.expect("detection.nms", suppress_non_maxima(output.scores));
  ASSERT_TRUE(torch::equal(output.index, reference.tensors.at("detection.index")));
  reference.expect("detection.score", output.score);
  reference.expect("offset", output.offset);
  reference.expect("loc", output.loc);
  reference.expect("camera.corner", output.camera.slice(1, 0, 6).slice(2, 0, 6));
  reference.expect(
      "camera.detected",
      output.camera.index({output.index.select(1, 0), output.index.select(1, 1), output.index.select(1, 2)}));
  reference.expect("pose6d", output.bodies.pose6d);
  reference.expect("rotmat", output.rotations);
  reference.expect("betas", output.bodies.betas);
  reference.expect("cam", output.bodies.camera);
  reference.expect("expression", output.bodies.expression);
  reference.expect("dist", output.distance);
  reference.expect("transl", output.transl);
}

MultiHmr seeded_small() {
  return load_multi_hmr(seeded_checkpoint(data("672_S.keys.txt")));
}

TEST(MultiHmr, SmallAgreesWithTheRecordedReference) {
  MultiHmr network = seeded_small();
  EXPECT_EQ(network->config.size, "S");
  EXPECT_EQ(network->config.input_size(), 672);
  expect_reference(network, Reference("672_S_synth_2v_336"), formula_images(2, 336, 336));
}

TEST(MultiHmr, PeopleOfOneImageDoNotDependOnTheOtherImages) {
  MultiHmr network = seeded_small();
  const auto images = formula_images(3, 112, 112);
  const auto K =
      torch::tensor({97.f, 0.f, 56.f, 0.f, 97.f, 56.f, 0.f, 0.f, 1.f}).view({1, 3, 3}).repeat({3, 1, 1});
  const MultiHmrOutput all = network->forward(images, K, 0.5);
  const MultiHmrOutput last = network->forward(images.slice(0, 2), K.slice(0, 2), 0.5);
  const auto here = torch::nonzero(all.index.select(1, 0) == 2).squeeze(1);
  ASSERT_GT(here.size(0), 0);
  EXPECT_LT(relative_l2(all.bodies.pose6d.index_select(0, here), last.bodies.pose6d), 1e-5);
  EXPECT_LT(relative_l2(all.transl.index_select(0, here), last.transl), 1e-5);
}

// Joints in the camera frame (P, 24, 3), metres, of mean bodies that are bent and placed as the network says.
torch::Tensor joints_of(const MultiHmrOutput& people) {
  constexpr int kHead = 15;
  const Smpl body(procedural_body(BodyDetail::low));
  const std::int64_t P = people.rotations.size(0);
  const auto joints = body.joints(torch::zeros({P, kSmplBetas}),
                                  smpl_rotations(smplx_rotations(people.rotations)), torch::zeros({P, 3}));
  return joints + (people.transl - joints.select(1, kHead)).unsqueeze(1);
}

TEST(MultiHmr, Bfloat16MovesJointsByMillimetres) {
  MultiHmr network = seeded_small();
  const auto images = formula_images(1, 168, 168);
  const auto K = torch::tensor({165.f, 0.f, 84.f, 0.f, 165.f, 84.f, 0.f, 0.f, 1.f}).view({1, 3, 3});
  const MultiHmrOutput exact = network->forward(images, K, 0),
                       rounded = network->forward(images, K, 0, /*bf16=*/true);
  EXPECT_GT(relative_l2(rounded.features, exact.features), 1e-5) << "something is rounded";
  EXPECT_LT(relative_l2(rounded.features, exact.features), 0.005);

  const auto joints = joints_of(exact), moved = joints_of(rounded);
  std::vector<torch::Tensor> distances;  // of people whom both find
  for (std::int64_t n = 0; n < exact.index.size(0); ++n)
    for (std::int64_t m = 0; m < rounded.index.size(0); ++m)
      if (torch::equal(exact.index[n], rounded.index[m]))
        distances.push_back((moved[m] - joints[n]).norm(2, {1}));
  ASSERT_GT(2 * distances.size(), std::size_t(exact.index.size(0)));
  for (const torch::Tensor& person : distances) EXPECT_LT(person.mean().item<double>(), 0.005);
  RecordProperty("joints_mm", std::to_string(1000 * torch::stack(distances).mean().item<double>()));
}

TEST(MultiHmr, NobodyIsAnEmptyList) {
  MultiHmr network = seeded_small();
  const MultiHmrOutput output =
      network->forward(formula_images(2, 56, 56), torch::eye(3).repeat({2, 1, 1}), 1.0);
  EXPECT_EQ(output.index.size(0), 0);
  EXPECT_EQ(output.rotations.sizes(), (std::vector<std::int64_t>{0, 53, 3, 3}));
  EXPECT_EQ(output.transl.sizes(), (std::vector<std::int64_t>{0, 3}));
}

TEST(MultiHmr, EqualNeighboursBothStayAndTheEdgeIsNoNeighbour) {
  auto scores = torch::full({1, 4, 4}, 0.1f);
  scores[0][0][0] = 0.9f;
  scores[0][0][1] = 0.9f;
  scores[0][2][2] = 0.5f;
  const auto peaks = suppress_non_maxima(scores);
  EXPECT_EQ((peaks > 0.2).sum().item<int>(), 3);
  EXPECT_EQ(peaks[0][1][1].item<float>(), 0);
}

TEST(MultiHmr, AnUnusableFileIsNamedWithItsTensor) {
  const Checkpoint good = seeded_checkpoint(data("672_S.keys.txt"));
  for (const char* name : {"mlp_offset.2.bias", "x_attention_head.init_cam",
                           "x_attention_head.cross_queries_x", "backbone.encoder.blocks.0.mlp.fc2.weight"}) {
    Checkpoint missing = good, misshapen = good;
    missing.tensors.erase(name);
    misshapen.tensors[name] = torch::zeros({7});
    for (const Checkpoint& bad : {missing, misshapen})
      EXPECT_THAT(sentence_of([&] { load_multi_hmr(bad); }),
                  AllOf(HasSubstr(bad.file.string()), HasSubstr(name)));
  }
  Checkpoint other{"depth.safetensors", {{"model.backbone.pretrained.camera_token", torch::zeros({1})}}, {}};
  EXPECT_EQ(sentence_of([&] { load_multi_hmr(other); }),
            "depth.safetensors holds Depth Anything 3 (any-view), not Multi-HMR");
}

TEST(MultiHmr, TheOfficialFileKeepsItsWeightsOneLevelDown) {
  Checkpoint nested{"multiHMR_672_S.pt", {}, {}};
  for (const auto& [name, tensor] : seeded_checkpoint(data("672_S.keys.txt")).tensors)
    nested.tensors["model_state_dict." + name] = tensor;
  nested.tensors["model_state_dict.smpl_layer.neutral_10.bm_x.v_template"] = torch::zeros({3, 3});
  EXPECT_NO_THROW(load_multi_hmr(nested));
}

TEST(MultiHmr, ItsInputIsASquareUpToItsSize) {
  MultiHmr network = seeded_small();
  const auto K = torch::eye(3).unsqueeze(0);
  for (const auto& [height, width] : {std::pair(56, 70), {686, 686}})
    EXPECT_THAT(
        sentence_of([&, h = height, w = width] { network->forward(formula_images(1, h, w), K, 0.3); }),
        HasSubstr("square images of at most 672 pixels"));
}

// A minute and gigabytes: run by hand with AHAP_REFERENCES and a filter.
TEST(MultiHmr, LargeOnAPhotographAgreesToo) {
  if (!std::getenv("AHAP_REFERENCES"))
    GTEST_SKIP() << "AHAP_REFERENCES names the folder of the large references";
  MultiHmr network = load_multi_hmr(seeded_checkpoint(data("896_L.keys.txt")));
  const Reference reference("896_L_photo_1v");
  const auto placement = reference.tensors.at("input.placement")[0];
  const auto picture = read_checkpoint(data("896_L_photo_1v.image0.safetensors")).at("image_u8");
  auto square = torch::zeros({1, 3, 896, 896});
  const std::int64_t x0 = placement[0].item<std::int64_t>(), y0 = placement[1].item<std::int64_t>();
  square.slice(2, y0, y0 + picture.size(0))
      .slice(3, x0, x0 + picture.size(1))
      .copy_(picture.permute({2, 0, 1}) / 255.0);
  expect_reference(network, reference, normalize_colors(square));
}

}  // namespace
}  // namespace ahap
