#include "reconstruction/stages/detection_recovery.h"

#include <gtest/gtest.h>

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
      cameras.views.push_back(camera_looking_at({4 * std::cos(2.1 * v), 1.5, 4 * std::sin(2.1 * v)},
                                                {0, 0.9, 0}, 1.0, kSide, kSide));
      seen.views.emplace_back().K = cameras.views[v].K;
    }
    seen.size = kSide;
    cameras.estimated.assign(3, true);
    torch::manual_seed(2);
    scene.features = torch::randn({3, kSceneDim, 14, 14});
  }

  void see(int view, const Eigen::Vector3d& X, double score) {
    const Camera& camera = cameras.views[view];
    SeenPerson person;
    person.row = rows_++;
    person.view = view;
    person.score = score;
    person.keypoint = *camera.project(X);
    person.depth = (camera.camera_from_world() * X).z();
    (score >= kThreshold ? seen.people : seen.weak).push_back(person);
  }

  // As the human branch gives them, ordered by view.
  void gather() {
    human.detection_features = torch::randn({int64_t(rows_), kHumanDim});
    human.view = torch::zeros({int64_t(rows_)}, torch::kLong);
    human.keypoint = torch::zeros({int64_t(rows_), 2});
    for (const auto* people : {&seen.people, &seen.weak}) {
      for (const SeenPerson& person : *people) {
        human.view[person.row] = person.view;
        for (int k = 0; k < 2; ++k) human.keypoint[person.row][k] = person.keypoint[k];
      }
    }
  }

  void confirm() {
    identities.A = torch::ones({2, int64_t(seen.people.size())});
    recover_detections(scene, human, heads, cameras, seen, identities);
  }

  const Eigen::Vector3d here{-0.6, 0.9, 0}, there{0.7, 0.9, 0.3};
  AhapHeads heads = small_heads();
  Cameras cameras;
  SceneEstimate scene;
  HumanEstimate human;
  BranchObservations seen;
  Identities identities;

 private:
  int rows_ = 0;
};

TEST_F(Confirmation, AWeakDetectionIsTakenWhereOtherViewsExpectThePerson) {
  see(0, here, 0.9), see(0, there, 0.8), see(1, here, 0.9), see(1, there, 0.8);
  see(2, there + Eigen::Vector3d(0.05, 0.03, 0), 0.2), see(2, here, 0.9);
  gather();
  identities.person_of_detection = {0, 1, 0, 1, 0};
  confirm();
  ASSERT_EQ(seen.people.size(), 6u);
  EXPECT_TRUE(seen.weak.empty());
  EXPECT_EQ(identities.person_of_detection, (std::vector<int>{0, 1, 0, 1, 1, 0}));
  EXPECT_EQ(seen.people[4].score, 0.2) << "ordered by view, as they were found";
  EXPECT_EQ(identities.A.size(0), 2);
  EXPECT_EQ(identities.A.size(1), 6);
  for (int n = 0; n < 6; ++n) EXPECT_EQ(seen.people[n].agrees, n != 4) << "it was taken because it agrees";
}

TEST_F(Confirmation, AWeakDetectionElsewhereIsNotTaken) {
  see(0, here, 0.9), see(0, there, 0.8), see(1, here, 0.9), see(1, there, 0.8);
  see(2, here, 0.9), see(2, there + Eigen::Vector3d(0, 0.8, 0), 0.2);
  gather();
  identities.person_of_detection = {0, 1, 0, 1, 0};
  confirm();
  EXPECT_EQ(seen.people.size(), 5u);
  EXPECT_EQ(identities.person_of_detection.size(), 5u);
}

TEST_F(Confirmation, NobodyIsSeenTwiceInOneView) {
  see(0, here, 0.9), see(0, there, 0.8), see(1, here, 0.9), see(1, there, 0.8);
  see(2, here, 0.9), see(2, there, 0.7), see(2, there + Eigen::Vector3d(0.05, 0, 0), 0.2);
  gather();
  identities.person_of_detection = {0, 1, 0, 1, 0, 1};
  confirm();
  EXPECT_EQ(seen.people.size(), 6u);
}

TEST_F(Confirmation, DistancesMoveWithTheFocalLength) {
  see(0, here, 0.9), see(0, there, 0.8), see(1, here, 0.9), see(1, there, 0.8), see(2, here, 0.9),
      see(2, there, 0.2);
  gather();
  const double depth = seen.weak[0].depth;
  std::vector<Eigen::Matrix3d> right;
  for (SeenView& view : seen.views) {
    right.push_back(view.K);
    view.K.topLeftCorner<2, 2>() *= 0.5;
  }
  for (auto* people : {&seen.people, &seen.weak}) {
    for (SeenPerson& person : *people) person.depth *= 0.5;
  }
  use_intrinsics(seen, right);
  identities.person_of_detection = {0, 1, 0, 1, 0};
  confirm();
  ASSERT_EQ(seen.people.size(), 6u);
  EXPECT_NEAR(seen.people[5].depth, depth, 1e-9);
}

}  // namespace
}  // namespace ahap
