#include "reconstruction/stages/detection_recovery.h"

#include <gtest/gtest.h>

#include "reconstruction/networks/eigen_conversion.h"
#include "tests/fixtures/random_geometry.h"

namespace ahap {
namespace {

constexpr int kSide = 224, kHumanDim = 12, kSceneDim = 4;
constexpr double kThreshold = 0.3;

AhapHeads small_heads() {
  AssociationConfig association;
  association.human_dim = kHumanDim;
  association.scene_dim = kSceneDim;
  association.dim = 16;
  association.heads = 4;
  association.embedding_dim = 8;
  association.seeded_queries = true;
  HumanHeadConfig head;
  head.human_dim = head.scene_dim = head.detection_dim = head.dim = head.person_dim =
      head.projected_scene_dim = 16;
  head.heads = 4;
  torch::manual_seed(1);
  return AhapHeads(association, head);
}

// Three cameras around two people. Both are found in the first two views, and in the third view one of them;
// the other is there too weak to be believed.
class Confirmation : public ::testing::Test {
 protected:
  Confirmation() {
    for (int v = 0; v < 3; ++v) {
      cameras.cameras.push_back(camera_looking_at({4 * std::cos(2.1 * v), 1.5, 4 * std::sin(2.1 * v)},
                                                  {0, 0.9, 0}, 1.0, kSide, kSide));
    }
    cameras.estimated.assign(3, true);
    torch::manual_seed(2);
    scene.features = torch::randn({3, kSceneDim, 14, 14});
    std::vector<torch::Tensor> K;
    for (const Camera& camera : cameras.cameras) K.push_back(tensor_of(camera.K));
    scene.K = torch::stack(K);
  }

  void see(int view, const Eigen::Vector3d& X, double score) {
    const Camera& camera = cameras.cameras[view];
    seen_.push_back({view, *camera.project(X), (camera.camera_from_world() * X).z(), score});
  }

  // The strong detections and all, as the human branch gives them.
  void gather() {
    const int64_t N = int64_t(seen_.size());
    all.view = torch::zeros({N}, torch::kLong);
    all.score = torch::zeros({N});
    all.keypoint = torch::zeros({N, 2});
    all.keypoint_depth = torch::zeros({N});
    all.detection_features = torch::randn({N, kHumanDim});
    for (int64_t n = 0; n < N; ++n) {
      all.view[n] = seen_[n].view;
      all.score[n] = seen_[n].score;
      for (int k = 0; k < 2; ++k) all.keypoint[n][k] = seen_[n].pixel[k];
      all.keypoint_depth[n] = seen_[n].depth;
    }
    sure = detections_from(all, kThreshold);
    strong = select_detections(all, sure);
    cameras.used.assign(strong.view.size(0), true);
    cameras.left_right_swapped.assign(strong.view.size(0), false);
  }

  void confirm() {
    identities.A = torch::ones({2, strong.view.size(0)});
    recover_detections(all, sure, scene.K, scene, heads, kSide, strong, identities, cameras);
  }

  const Eigen::Vector3d here{-0.6, 0.9, 0}, there{0.7, 0.9, 0.3};
  AhapHeads heads = small_heads();
  CameraEstimates cameras;
  SceneEstimate scene;
  HumanEstimate all, strong;
  std::vector<int64_t> sure;
  Identities identities;

 private:
  struct Seen {
    int view;
    Eigen::Vector2d pixel;
    double depth, score;
  };
  std::vector<Seen> seen_;
};

TEST_F(Confirmation, AWeakDetectionIsTakenWhereOtherViewsExpectThePerson) {
  see(0, here, 0.9), see(0, there, 0.8), see(1, here, 0.9), see(1, there, 0.8);
  see(2, there + Eigen::Vector3d(0.05, 0.03, 0), 0.2), see(2, here, 0.9);
  gather();
  ASSERT_EQ(strong.view.size(0), 5) << "the weak one does not count by itself";
  identities.person_of_detection = {0, 1, 0, 1, 0};
  confirm();
  ASSERT_EQ(strong.view.size(0), 6);
  EXPECT_EQ(identities.person_of_detection, (std::vector<int>{0, 1, 0, 1, 1, 0}));
  EXPECT_FLOAT_EQ(strong.score[4].item<float>(), 0.2f) << "ordered by view, as they were found";
  EXPECT_EQ(identities.A.size(0), 2);
  EXPECT_EQ(identities.A.size(1), 6);
  EXPECT_EQ(cameras.used, (std::vector<bool>{true, true, true, true, false, true}))
      << "it was taken because it agrees";
}

TEST_F(Confirmation, AWeakDetectionElsewhereIsNotTaken) {
  see(0, here, 0.9), see(0, there, 0.8), see(1, here, 0.9), see(1, there, 0.8);
  see(2, here, 0.9), see(2, there + Eigen::Vector3d(0, 0.8, 0), 0.2);
  gather();
  identities.person_of_detection = {0, 1, 0, 1, 0};
  confirm();
  EXPECT_EQ(strong.view.size(0), 5);
  EXPECT_EQ(identities.person_of_detection.size(), 5u);
}

TEST_F(Confirmation, NobodyIsSeenTwiceInOneView) {
  see(0, here, 0.9), see(0, there, 0.8), see(1, here, 0.9), see(1, there, 0.8);
  see(2, here, 0.9), see(2, there, 0.7), see(2, there + Eigen::Vector3d(0.05, 0, 0), 0.2);
  gather();
  identities.person_of_detection = {0, 1, 0, 1, 0, 1};
  confirm();
  EXPECT_EQ(strong.view.size(0), 6);
}

TEST_F(Confirmation, DistancesMoveWithTheFocalLength) {
  see(0, here, 0.9), see(0, there, 0.8), see(1, here, 0.9), see(1, there, 0.8), see(2, here, 0.9),
      see(2, there, 0.2);
  gather();
  const double depth = all.keypoint_depth[5].item<double>();
  all.keypoint_depth = all.keypoint_depth * 0.5;
  const auto K_then = scene.K.clone();
  K_then.slice(1, 0, 2).slice(2, 0, 2) *= 0.5;
  identities.person_of_detection = {0, 1, 0, 1, 0};
  identities.A = torch::ones({2, 5});
  recover_detections(all, sure, K_then, scene, heads, kSide, strong, identities, cameras);
  ASSERT_EQ(strong.view.size(0), 6);
  EXPECT_NEAR(strong.keypoint_depth[5].item<double>(), depth, 1e-4);
}

}  // namespace
}  // namespace ahap
