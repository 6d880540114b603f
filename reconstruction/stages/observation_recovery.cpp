#include "reconstruction/stages/observation_recovery.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/body_fit/body_fit.h"

namespace ahap {
namespace {

// Chosen on real pictures (the open half of a benchmark).
constexpr int kMinExpected = 6;      // body points inside the picture that make a person expected there
constexpr double kWeakAgrees = 0.3;  // similarity of a weak detection's pose with the expected one
constexpr double kSecondLookAgrees =
    0.45;  // of a pose that was sought there: it was guided by what is expected
constexpr double kSecondLookScore = 0.3;  // mean score of its surest joints
constexpr double kSomebodyElse = 0.55;    // similarity with another observation: the same person again
constexpr double kSamePlace =
    0.25;  // mean distance of joints, share of the size: the same person, when nobody else is there
constexpr double kSureAlone =
    0.6;  // score of somebody whom one view alone shows though others are placed about the same scene
constexpr double kMinDepth = 0.3;  // metres

// Where a view should show the points of a person: COCO's, score 1 where they are known and inside the
// picture, else 0.
CocoPose expected_pose(const AssociatedPerson& person, const AssociatedView& view) {
  CocoPose pose;
  Eigen::Vector2d sum(0, 0);
  int inside = 0;
  const Eigen::Isometry3d camera_from_world = view.camera.camera_from_world();
  for (int k = 0; k < kCocoPoints; ++k) {
    if (!(person.sigma[k] > 0) || (camera_from_world * person.points[k]).z() < kMinDepth) continue;
    const auto pixel = project({view.camera, view.k1}, person.points[k]);
    if (!pixel || pixel->x() < 0 || pixel->y() < 0 || pixel->x() >= view.camera.width ||
        pixel->y() >= view.camera.height)
      continue;
    pose[k] = {*pixel, 1};
    sum += *pixel;
    ++inside;
  }
  for (ScoredPoint& joint : pose) {
    if (joint.score == 0 && inside > 0) joint.pixel = sum / inside;
  }
  return pose;
}

// Mean distance between what a view shows of somebody and where it should show a person, weighted by the
// points' sureness, as a share of the person's size; 1 where little of the person is known there.
double distance_from(const AssociatedPerson& person, const AssociatedView& view, const PhotoPerson& shown) {
  const CocoPose expected = expected_pose(person, view);
  const double size = body_size(shown.observation);
  double sum = 0, weights = 0;
  int count = 0;
  for (int k = 0; k < kCocoPoints; ++k) {
    if (expected[k].score == 0) continue;
    const double weight = 0.1 + shown.pose[k].score;
    sum += weight * std::min((expected[k].pixel - shown.pose[k].pixel).norm() / size, 0.6);
    weights += weight;
    ++count;
  }
  return count < kMinExpected ? 1 : sum / weights;
}

bool shown_in(const AssociatedPerson& person, int view, const std::vector<PhotoPerson>& found) {
  return std::any_of(person.observations.begin(), person.observations.end(),
                     [&](int n) { return found[n].observation.view == view; });
}

}  // namespace

std::vector<PhotoPerson> take_weak(std::vector<PhotoPerson>& found, double threshold) {
  const auto weak = std::stable_partition(
      found.begin(), found.end(), [&](const PhotoPerson& p) { return p.observation.score >= threshold; });
  std::vector<PhotoPerson> taken(std::make_move_iterator(weak), std::make_move_iterator(found.end()));
  found.erase(weak, found.end());
  return taken;
}

int recover_people(const std::vector<View>& views, const PhotoPeople& networks,
                   const std::vector<PhotoPerson>& weak, JointAssociation& association,
                   std::vector<PhotoPerson>& found, const Progress& progress) {
  int recovered = 0;
  std::vector<bool> used(weak.size(), false);
  for (std::size_t p = 0; p < association.people.size(); ++p) {
    AssociatedPerson& person = association.people[p];
    for (std::size_t v = 0; v < views.size(); ++v) {
      step(progress, "hidden people", double(p) / double(association.people.size()));
      if (shown_in(person, int(v), found) || !association.views[v].estimated) continue;
      const CocoPose expected = expected_pose(person, association.views[v]);
      if (std::count_if(expected.begin(), expected.end(), [](const ScoredPoint& j) { return j.score > 0; }) <
          kMinExpected)
        continue;

      const auto is_new = [&](const PhotoPerson& candidate) {
        return std::none_of(found.begin(), found.end(), [&](const PhotoPerson& other) {
          return other.observation.view == int(v) &&
                 pose_similarity(candidate.pose, other.pose) > kSomebodyElse;
        });
      };
      int best = -1;
      double most = kWeakAgrees;
      for (std::size_t w = 0; w < weak.size(); ++w) {
        if (used[w] || weak[w].observation.view != int(v)) continue;
        const double agrees = pose_similarity(weak[w].pose, expected);
        if (agrees > most && is_new(weak[w])) most = agrees, best = int(w);
      }
      PhotoPerson candidate;
      if (best >= 0) {
        candidate = weak[best];
        used[best] = true;
      } else {
        candidate = networks.look_for(views[v].image, int(v), expected);
        if (candidate.observation.score < kSecondLookScore ||
            pose_similarity(candidate.pose, expected) < kSecondLookAgrees || !is_new(candidate))
          continue;
      }
      person.observations.push_back(int(found.size()));
      association.person_of_observation.push_back(int(p));
      association.adjusted.push_back(false);
      found.push_back(std::move(candidate));
      ++recovered;
    }
  }
  return recovered;
}

void settle_single_observations(JointAssociation& association, const std::vector<PhotoPerson>& found) {
  auto& people = association.people;
  const auto several = [](const AssociatedPerson& person) { return person.observations.size() > 1; };
  for (AssociatedPerson& single : people) {
    if (single.observations.size() != 1) continue;
    const int n = single.observations.front(), view = found[n].observation.view;
    if (!association.views[view].estimated) continue;
    AssociatedPerson* nearest = nullptr;
    double least = kSamePlace;
    for (AssociatedPerson& person : people) {
      if (!several(person) || shown_in(person, view, found)) continue;
      const double distance = distance_from(person, association.views[view], found[n]);
      if (distance < least) least = distance, nearest = &person;
    }
    if (!nearest) continue;
    nearest->observations.push_back(n);
    single.observations.clear();
  }
  if (std::any_of(people.begin(), people.end(), several)) {
    for (AssociatedPerson& single : people) {
      if (single.observations.size() == 1 &&
          found[single.observations.front()].observation.score < kSureAlone &&
          estimated_views(association) > 1 &&
          association.views[found[single.observations.front()].observation.view].estimated) {
        single.observations.clear();
      }
    }
  }
  std::erase_if(people, [](const AssociatedPerson& person) { return person.observations.empty(); });
  std::fill(association.person_of_observation.begin(), association.person_of_observation.end(), -1);
  for (std::size_t p = 0; p < people.size(); ++p) {
    for (const int n : people[p].observations) association.person_of_observation[n] = int(p);
  }
}

}  // namespace ahap
