#include "reconstruction/multiview/spatial_association.h"

#include <gtest/gtest.h>

#include "tests/fixtures/people_simulation.h"

namespace ahap {
namespace {

// How similar detections look: the same person about `same`, others about `other`, both with this deviation.
Eigen::MatrixXd looks(const PeopleScene& scene, double same, double other, double deviation, int seed) {
  RandomGeometry random(seed);
  const int N = int(scene.detections.size());
  Eigen::MatrixXd similarity = Eigen::MatrixXd::Identity(N, N);
  for (int a = 0; a < N; ++a) {
    for (int b = 0; b < a; ++b) {
      const double mean = scene.true_person[a] == scene.true_person[b] ? same : other;
      similarity(a, b) = similarity(b, a) = std::clamp(mean + random.normal(deviation), 0.0, 1.0);
    }
  }
  return similarity;
}

std::vector<int> views_of(const PeopleScene& scene) {
  std::vector<int> view;
  for (const auto& d : scene.detections) view.push_back(d.view);
  return view;
}

// Share of pairs of detections of different views that are rightly together or apart.
double accuracy(const PeopleScene& scene, const std::vector<int>& person) {
  double right = 0, pairs = 0;
  for (std::size_t a = 0; a < person.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      if (scene.detections[a].view == scene.detections[b].view) continue;
      right += (person[a] == person[b]) == (scene.true_person[a] == scene.true_person[b]);
      ++pairs;
    }
  }
  return right / pairs;
}

TEST(SpatialAssociation, WhoeverLooksLikeHimselfIsFound) {
  const PeopleScene scene = simulate_people(1, 5, 4, PeopleNoise{});
  EXPECT_EQ(
      accuracy(scene, associate_in_space(scene.views, scene.detections, looks(scene, 0.9, 0.1, 0, 1)).person),
      1);
}

// Mean accuracy over scenes of clustering by looks alone and by `linked(scene, similarity)`.
template <typename Clustered>
std::pair<double, double> by_appearance_and(Clustered linked, double same, double other, double deviation) {
  double by_appearance = 0, otherwise = 0;
  constexpr int kScenes = 8;
  for (int seed = 0; seed < kScenes; ++seed) {
    const PeopleScene scene = simulate_people(seed, 5, 4, PeopleNoise{});
    const auto similarity = looks(scene, same, other, deviation, seed);
    by_appearance += accuracy(scene, cluster_detections(similarity, views_of(scene), kSamePerson)) / kScenes;
    otherwise += accuracy(scene, linked(scene, similarity)) / kScenes;
  }
  return {by_appearance, otherwise};
}

TEST(SpatialAssociation, PlacesPutConfusedLooksRight) {
  const auto [by_appearance, in_space] = by_appearance_and(
      [](const PeopleScene& scene, const Eigen::MatrixXd& similarity) {
        return associate_in_space(scene.views, scene.detections, similarity).person;
      },
      0.55, 0.25, 0.2);
  EXPECT_LT(by_appearance, 0.93);
  EXPECT_GT(in_space, by_appearance + 0.05);
  RecordProperty("by_looks", std::to_string(by_appearance));
  RecordProperty("in_space", std::to_string(in_space));
}

TEST(SpatialAssociation, KnownCamerasTellApartWhoLooksAlike) {
  const auto [by_appearance, with_cameras] = by_appearance_and(
      [](const PeopleScene& scene, const Eigen::MatrixXd& similarity) {
        std::vector<Eigen::Isometry3d> poses;
        for (const Camera& camera : scene.cameras) poses.push_back(camera.world_from_camera);
        return cluster_with_cameras(scene.views, scene.detections, similarity, poses);
      },
      0.45, 0.35, 0.1);
  EXPECT_LT(by_appearance, 0.85);
  EXPECT_GT(with_cameras, 0.92);
  RecordProperty("by_looks", std::to_string(by_appearance));
  RecordProperty("with_cameras", std::to_string(with_cameras));
}

TEST(SpatialAssociation, DependsOnItsInputAlone) {
  const PeopleScene scene = simulate_people(3, 4, 3, PeopleNoise{});
  const auto similarity = looks(scene, 0.6, 0.3, 0.2, 3);
  EXPECT_EQ(associate_in_space(scene.views, scene.detections, similarity).person,
            associate_in_space(scene.views, scene.detections, similarity).person);
}

TEST(SpatialAssociation, NobodyIsTwiceInOneView) {
  const PeopleScene scene = simulate_people(4, 4, 4, PeopleNoise{});
  const int N = int(scene.detections.size());
  const auto person = associate_in_space(scene.views, scene.detections, Eigen::MatrixXd::Ones(N, N)).person;
  for (int a = 0; a < N; ++a) {
    for (int b = 0; b < a; ++b) {
      EXPECT_FALSE(person[a] == person[b] && scene.detections[a].view == scene.detections[b].view);
    }
  }
}

TEST(SpatialAssociation, StrangersStayStrangers) {
  const PeopleScene scene = simulate_people(5, 3, 3, PeopleNoise{});
  const int N = int(scene.detections.size());
  const auto person = associate_in_space(scene.views, scene.detections, Eigen::MatrixXd::Zero(N, N)).person;
  for (int n = 0; n < N; ++n) EXPECT_EQ(person[n], n);
}

TEST(SpatialAssociation, NobodyAtAllIsNobody) {
  const PeopleScene scene = simulate_people(5, 3, 3, PeopleNoise{});
  EXPECT_TRUE(associate_in_space(scene.views, {}, Eigen::MatrixXd(0, 0)).person.empty());
}

}  // namespace
}  // namespace ahap
