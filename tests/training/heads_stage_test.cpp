#include "reconstruction/training/heads_stage.h"

#include <gtest/gtest.h>

#include "reconstruction/body/procedural_body.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/rotations.h"

namespace ahap {
namespace {

constexpr std::uint64_t kSeed = 3;
constexpr int kSize = 128;  // of the pictures and of both branches' squares
constexpr int kChannels = 16;

HeadsStageOptions one_capture() {
  HeadsStageOptions options;
  options.world.min_people = options.world.max_people = 3;
  options.world.min_views = options.world.max_views = 3;
  options.world.width = options.world.height = kSize;
  options.camera_noise = 0;
  options.pool = options.new_per_step = options.captures_per_step = 1;
  options.validation_captures = 1;
  options.weights.vertices3d = options.weights.vertices2d = options.weights.translation = 1;
  return options;
}

// Backbones that know the truth about the capture of kSeed: the human branch's key point is an SMPL joint.
class TrueScene : public SceneBranch {
 public:
  explicit TrueScene(const DenseBatch& truth) : truth_(truth) {}
  int input_size() const override { return kSize; }
  bool relates_cameras() const override { return true; }
  SceneEstimate estimate(const torch::Tensor& images, const Progress&) override {
    const int64_t V = images.size(0);
    SceneEstimate scene;
    scene.features = torch::zeros({V, kChannels, 8, 8});
    scene.K = torch::eye(3).repeat({V, 1, 1});
    for (int64_t v = 0; v < V; ++v) {
      scene.K[v].slice(0, 0, 2).select(1, 2) = kSize / 2.0;
      scene.K[v][0][0] = scene.K[v][1][1] = truth_.focal[v];
    }
    return scene;
  }

 private:
  const DenseBatch& truth_;
};

class TruePeople : public HumanBranch {
 public:
  explicit TruePeople(const DenseBatch& truth) : truth_(truth) {}
  int input_size() const override { return kSize; }
  HumanEstimate estimate(const torch::Tensor& images, const SceneEstimate&, const DetectionThresholds&,
                         const Progress&) override {
    torch::manual_seed(1);
    const auto looks = torch::randn({16, kChannels});  // of each person
    HumanEstimate human;
    human.features = torch::zeros({images.size(0), kChannels, 8, 8});
    std::vector<torch::Tensor> keypoint, features, pose, betas;
    std::vector<int64_t> view;
    std::vector<float> depth;
    for (const PersonTarget& person : truth_.people) {
      view.push_back(person.view);
      keypoint.push_back(torch::tensor({float(person.keypoint.x()), float(person.keypoint.y())}) * kSize);
      depth.push_back(float(std::exp(person.log_range + kLogDistance) * truth_.focal[person.view] / kSize));
      features.push_back(looks[person.person] + 0.1 * torch::randn({kChannels}));
      std::vector<torch::Tensor> rotations;
      for (const auto& R : person.rotations) rotations.push_back(tensor_of(R));
      pose.push_back(sixd_from_matrix(torch::stack(rotations)));
      betas.push_back(torch::tensor(std::vector<float>(person.betas.begin(), person.betas.end())));
    }
    human.view = torch::tensor(view);
    human.score = torch::ones({int64_t(view.size())});
    human.keypoint = torch::stack(keypoint);
    human.keypoint_depth = torch::tensor(depth);
    human.detection_features = torch::stack(features);
    human.pose6d = torch::stack(pose);
    human.betas = torch::stack(betas);
    human.box = torch::cat({human.keypoint - 1, human.keypoint + 1}, 1);
    return human;
  }

 private:
  const DenseBatch& truth_;
};

AhapHeads small_heads() {
  AssociationConfig association;
  association.human_dim = association.scene_dim = kChannels;
  association.dim = 32;
  association.heads = 4;
  association.embedding_dim = 16;
  association.queries = 6;
  HumanHeadConfig head;
  head.human_dim = head.detection_dim = head.scene_dim = kChannels;
  head.projected_scene_dim = 8;
  head.person_dim = head.dim = 32;
  head.heads = 4;
  head.layers = 1;
  return AhapHeads(association, head);
}

class HeadsStageOn : public ::testing::TestWithParam<int> {
 protected:
  const HeadsStageOptions options = one_capture();
  const std::vector<RenderedCapture> captures =
      training_captures(kSeed, 1, options.world, options.camera_noise);
  const DenseBatch truth = dense_batch(captures, kSize, GetParam());
  const Smpl body{procedural_body(BodyDetail::low)};
  TrueScene scene{truth};
  TruePeople people{truth};
};

// The head starts from what the human branch believes. So when that is the truth, nothing about bodies is
// left to learn, in any view, whichever joint the key point is.
TEST_P(HeadsStageOn, TheTruthAboutBodiesHasNoLoss) {
  HeadsStage stage(small_heads(), options, body, scene, people, GetParam());
  Measures terms;
  stage.loss(kSeed, 0, terms);
  ASSERT_TRUE(terms.count("cross_joints3d"));
  for (const char* loss : {"rotations", "betas", "depth", "translation", "joints3d", "vertices3d", "joints2d",
                           "vertices2d", "cross_joints3d", "cross_joints2d"}) {
    EXPECT_NEAR(terms[loss], 0, 2e-3) << loss;
  }
  EXPECT_GT(terms["assign"], 0.3);
}

TEST_P(HeadsStageOn, WhoIsWhoIsLearned) {
  torch::manual_seed(1);
  HeadsStage stage(small_heads(), options, body, scene, people, GetParam());
  torch::optim::Adam optimizer(stage.heads->parameters(), 1e-3);
  Measures first, last;
  for (int step = 0; step < 60; ++step) {
    optimizer.zero_grad();
    stage.loss(kSeed, step, step == 0 ? first : last).backward();
    optimizer.step();
  }
  EXPECT_LT(last["assign"], 0.5 * first["assign"]);
}

INSTANTIATE_TEST_SUITE_P(KeyPoint, HeadsStageOn, ::testing::Values(0, 15),
                         [](const auto& info) { return info.param == 0 ? "Pelvis" : "Head"; });

}  // namespace
}  // namespace ahap
