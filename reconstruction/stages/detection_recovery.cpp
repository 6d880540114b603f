#include "reconstruction/stages/detection_recovery.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "reconstruction/multiview/human_scene.h"
#include "reconstruction/networks/eigen_conversion.h"

namespace ahap {
namespace {

constexpr double kReach = 0.3;  // metres across the ray between a weak detection and the person it confirms
constexpr double kSameDistance = 0.25;  // of the logarithm of their distances from the camera

// Where each person's key point is in the world, by the detections that agree.
std::vector<std::optional<Eigen::Vector3d>> places(const HumanEstimate& human, const std::vector<int>& person,
                                                   int people, const CameraEstimates& cameras) {
  const auto view = integers(human.view);
  const auto keypoint = points2(human.keypoint);
  const auto depth = doubles(human.keypoint_depth);
  std::vector<std::optional<Eigen::Vector3d>> place(people);
  for (int p = 0; p < people; ++p) {
    std::vector<PointObservation> seen;
    double first_depth = 0;
    for (int n = 0; n < int(person.size()); ++n) {
      if (person[n] != p || !cameras.estimated[view[n]] || !cameras.used[n]) continue;
      if (seen.empty()) first_depth = depth[n];
      seen.push_back({cameras.cameras[view[n]], keypoint[n], 1});
    }
    if (!seen.empty()) place[p] = person_position(seen, 0, first_depth).keypoint;
  }
  return place;
}

// Whom each candidate shows that is not strong: of those whom its view has not got, the one who is expected
// there; -1: nobody, or a strong one.
std::vector<int> people_expected(const HumanEstimate& candidates, const std::vector<int>& strong,
                                 const std::vector<int>& person,
                                 const std::vector<std::optional<Eigen::Vector3d>>& place,
                                 const CameraEstimates& cameras) {
  const auto view = integers(candidates.view);
  const auto keypoint = points2(candidates.keypoint);
  const auto depth = doubles(candidates.keypoint_depth);
  const int all = int(view.size()), P = int(place.size());
  std::vector<int> expected(all, -1);
  for (int v = 0; v < int(cameras.cameras.size()); ++v) {
    if (!cameras.estimated[v]) continue;
    std::vector<int> weak;
    std::vector<bool> present(P, false);
    for (int n = 0; n < all; ++n) {
      if (view[n] != v) continue;
      if (strong[n] < 0)
        weak.push_back(n);
      else
        present[person[strong[n]]] = true;
    }
    Eigen::MatrixXd cost = Eigen::MatrixXd::Constant(weak.size(), P, std::numeric_limits<double>::infinity());
    const Camera& camera = cameras.cameras[v];
    for (int p = 0; p < P; ++p) {
      if (present[p] || !place[p]) continue;
      const Eigen::Vector3d X = camera.world_from_camera.inverse() * *place[p];
      if (!(X.z() > 0)) continue;
      const Eigen::Vector2d pixel = (camera.K * X).hnormalized();
      for (std::size_t i = 0; i < weak.size(); ++i) {
        const double across = (keypoint[weak[i]] - pixel).norm() * X.z() / camera.K(0, 0) / kReach;
        const double along = std::abs(std::log(depth[weak[i]] / X.z())) / kSameDistance;
        if (across < 1 && along < 1) cost(i, p) = std::hypot(across, along);
      }
    }
    const std::vector<int> shown = assign(cost);
    for (std::size_t i = 0; i < weak.size(); ++i) expected[weak[i]] = shown[i];
  }
  return expected;
}

}  // namespace

std::vector<int64_t> detections_from(const HumanEstimate& human, double threshold) {
  const auto score = doubles(human.score);
  std::vector<int64_t> rows;
  for (std::size_t n = 0; n < score.size(); ++n) {
    if (score[n] >= threshold) rows.push_back(int64_t(n));
  }
  return rows;
}

HumanEstimate select_detections(const HumanEstimate& human, const std::vector<int64_t>& rows) {
  HumanEstimate selected = human;
  const auto index = torch::tensor(rows, torch::kLong);
  for (auto member :
       {&HumanEstimate::view, &HumanEstimate::score, &HumanEstimate::keypoint, &HumanEstimate::box,
        &HumanEstimate::detection_features, &HumanEstimate::mask, &HumanEstimate::keypoint_depth,
        &HumanEstimate::joints2d, &HumanEstimate::joints2d_sigma, &HumanEstimate::keypoint_sigma,
        &HumanEstimate::keypoint_depth_sigma, &HumanEstimate::pose6d, &HumanEstimate::betas,
        &HumanEstimate::heading}) {
    torch::Tensor& values = selected.*member;
    if (values.defined()) values = values.index_select(0, index.to(values.device()));
  }
  return selected;
}

void recover_detections(const HumanEstimate& with_weak, const std::vector<int64_t>& sure,
                        const torch::Tensor& K_then, const SceneEstimate& scene, AhapHeads& heads, int S,
                        HumanEstimate& human, Identities& identities, CameraEstimates& cameras) {
  const int N = int(human.view.size(0)), all = int(with_weak.view.size(0)), V = int(cameras.cameras.size());
  const int P = int(identities.A.size(0));
  const auto& person = identities.person_of_detection;
  const bool everybody_known = std::all_of(person.begin(), person.end(), [](int p) { return p >= 0; });
  if (all == N || N == 0 || !everybody_known || !heads->association->config.seeded_queries) return;
  HumanEstimate candidates = with_weak;
  {
    SceneEstimate then;
    then.K = K_then;
    std::vector<Eigen::Matrix3d> K;
    for (int v = 0; v < V; ++v) K.push_back(matrix3(scene.K[v]));
    use_intrinsics(then, candidates, K);
  }
  std::vector<int> strong(all, -1);  // row in `human`
  for (int m = 0; m < N; ++m) strong[sure[m]] = m;

  const std::vector<int> joined =
      people_expected(candidates, strong, person, places(human, person, P, cameras), cameras);
  std::vector<int64_t> rows;
  std::vector<int> of_person;
  std::vector<bool> used, left_right_swapped;
  for (int n = 0; n < all; ++n) {
    if (strong[n] < 0 && joined[n] < 0) continue;
    rows.push_back(n);
    of_person.push_back(strong[n] < 0 ? joined[n] : person[strong[n]]);
    used.push_back(strong[n] >= 0 && cameras.used[strong[n]]);
    left_right_swapped.push_back(strong[n] >= 0 && cameras.left_right_swapped[strong[n]]);
  }
  if (int(rows.size()) == N) return;
  human = select_detections(candidates, rows);
  const DetectionQueries queries =
      query_every_detection(heads->fusion, heads->association, human.detection_features,
                            scene_at_detections(scene, human, S), human.view);
  auto messages = std::move(identities.messages);
  identities = identities_of(queries, of_person);
  identities.messages = std::move(messages);
  cameras.used = std::move(used);
  cameras.left_right_swapped = std::move(left_right_swapped);
}

}  // namespace ahap
