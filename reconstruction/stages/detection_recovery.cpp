#include "reconstruction/stages/detection_recovery.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "reconstruction/geometry/assignment.h"
#include "reconstruction/multiview/human_scene.h"

namespace ahap {
namespace {

constexpr double kReach = 0.3;  // metres across the ray between a weak detection and the person it confirms
constexpr double kSameDistance = 0.25;  // of the logarithm of their distances from the camera

// Where each person's key point is in the world, by the detections that agree.
std::vector<std::optional<Eigen::Vector3d>> places(const BranchObservations& seen,
                                                   const std::vector<int>& person, int people,
                                                   const Cameras& cameras) {
  std::vector<std::optional<Eigen::Vector3d>> place(people);
  for (int p = 0; p < people; ++p) {
    std::vector<PointObservation> observations;
    double first_depth = 0;
    for (std::size_t n = 0; n < person.size(); ++n) {
      const SeenPerson& one = seen.people[n];
      if (person[n] != p || !cameras.placed(one) || !one.agrees) continue;
      if (observations.empty()) first_depth = one.depth;
      observations.push_back({cameras.of(one), one.keypoint, 1});
    }
    if (!observations.empty()) place[p] = person_position(observations, 0, first_depth).keypoint;
  }
  return place;
}

// How far a weak person is from a place in the world, as its camera sees both, in the distances that still
// confirm; infinity beyond them.
double distance_from(const SeenPerson& weak, const Camera& camera, const Eigen::Vector3d& place) {
  const double never = std::numeric_limits<double>::infinity();
  const Eigen::Vector3d X = camera.world_from_camera.inverse() * place;
  if (!(X.z() > 0)) return never;
  const Eigen::Vector2d pixel = (camera.K * X).hnormalized();
  const double across = (weak.keypoint - pixel).norm() * X.z() / camera.K(0, 0) / kReach;
  const double along = std::abs(std::log(weak.depth / X.z())) / kSameDistance;
  return across < 1 && along < 1 ? std::hypot(across, along) : never;
}

// Whom each weak person shows: of those whom its view has not got, the one who is expected there; -1: nobody.
std::vector<int> people_expected(const BranchObservations& seen, const std::vector<int>& person,
                                 const std::vector<std::optional<Eigen::Vector3d>>& place,
                                 const Cameras& cameras) {
  std::vector<int> expected(seen.weak.size(), -1);
  for (int v = 0; v < int(cameras.views.size()); ++v) {
    if (!cameras.estimated[v]) continue;
    std::vector<bool> present(place.size(), false);
    for (std::size_t n = 0; n < person.size(); ++n) {
      if (seen.people[n].view == v) present[person[n]] = true;
    }
    std::vector<int> weak;
    for (int n = 0; n < int(seen.weak.size()); ++n) {
      if (seen.weak[n].view == v) weak.push_back(n);
    }
    Eigen::MatrixXd cost =
        Eigen::MatrixXd::Constant(weak.size(), place.size(), std::numeric_limits<double>::infinity());
    for (std::size_t p = 0; p < place.size(); ++p) {
      if (present[p] || !place[p]) continue;
      for (std::size_t i = 0; i < weak.size(); ++i)
        cost(i, p) = distance_from(seen.weak[weak[i]], cameras.views[v], *place[p]);
    }
    const std::vector<int> shown = assign(cost);
    for (std::size_t i = 0; i < weak.size(); ++i) expected[weak[i]] = shown[i];
  }
  return expected;
}

// Moves the weak people that are `expected` to be somebody to the others, ordered by their rows. `person` is
// told with them.
void join(const std::vector<int>& expected, BranchObservations& seen, std::vector<int>& person) {
  std::vector<std::pair<SeenPerson, int>> all;
  for (std::size_t n = 0; n < seen.people.size(); ++n) all.push_back({std::move(seen.people[n]), person[n]});
  std::vector<SeenPerson> still_weak;
  for (std::size_t n = 0; n < seen.weak.size(); ++n) {
    if (expected[n] < 0) {
      still_weak.push_back(std::move(seen.weak[n]));
      continue;
    }
    seen.weak[n].agrees = false;
    all.push_back({std::move(seen.weak[n]), expected[n]});
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first.row < b.first.row; });
  seen.people.clear();
  person.clear();
  for (auto& [one, who] : all) {
    seen.people.push_back(std::move(one));
    person.push_back(who);
  }
  seen.weak = std::move(still_weak);
}

}  // namespace

void recover_detections(const SceneEstimate& scene, const HumanEstimate& human, AhapHeads& heads,
                        const Cameras& cameras, BranchObservations& seen, Identities& identities) {
  std::vector<int> person = identities.person_of_detection;
  const bool everybody_known = std::all_of(person.begin(), person.end(), [](int p) { return p >= 0; });
  if (seen.weak.empty() || seen.people.empty() || !everybody_known ||
      !heads->association->config.seeded_queries)
    return;
  const std::vector<int> expected =
      people_expected(seen, person, places(seen, person, int(identities.A.size(0)), cameras), cameras);
  if (std::all_of(expected.begin(), expected.end(), [](int p) { return p < 0; })) return;
  join(expected, seen, person);
  const auto [of_human, of_scene, view] = detection_features(scene, human, rows_of(seen.people), seen.size);
  Identities again = identities_of(
      query_every_detection(heads->fusion, heads->association, of_human, of_scene, view), person);
  again.messages = std::move(identities.messages);
  identities = std::move(again);
}

}  // namespace ahap
