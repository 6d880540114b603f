#include "reconstruction/multiview/spatial_association.h"

#include <algorithm>
#include <cmath>
#include <future>
#include <map>
#include <numeric>
#include <set>

#include "reconstruction/multiview/pose_hypotheses.h"

namespace ahap {
namespace {

using People = std::vector<int>;  // person of each detection

struct Hypothesis {
  People person;
  std::vector<CamerasFromPeople> hypotheses;
  RefinedCameras cameras;
  double support = 0;
};

bool less_likely(const Hypothesis& a, const Hypothesis& b) {
  return a.support < b.support;
}

class Clustering {
 public:
  Clustering(std::span<const PeopleView> views, std::span<const PeopleDetection> detections,
             const Eigen::MatrixXd& similarity, const SpatialAssociationOptions& options)
      : views_(views), detections_(detections), similarity_(similarity), options_(options) {
    for (const PeopleDetection& d : detections) view_.push_back(d.view);
  }

  People by_appearance(double least) const { return cluster_detections(similarity_, view_, least); }

  People by_appearance_and_place(const RefinedCameras& cameras) const {
    return cluster_detections(in_space(cameras), view_, options_.least);
  }

  // An association with the cameras that it asks for.
  const Hypothesis& with_cameras(const People& person) {
    const auto [known, is_new] = known_.try_emplace(person);
    Hypothesis& h = known->second;
    if (is_new) {
      h = {person, cameras_from_people(views_, detections_as(person)), {}, 0};
      refine(h);
    }
    return h;
  }

  // Links anew and estimates the cameras anew as long as more speaks for it.
  void iterate_to_convergence(Hypothesis& h) {
    for (int round = 0; round < options_.rounds; ++round) {
      const People linked = by_appearance_and_place(h.cameras);
      if (linked == h.person) return;
      const Hypothesis& next = with_cameras(linked);
      if (next.support <= h.support) return;
      h = next;
    }
  }

  // The hypotheses of the cameras in closed form that looks ask for: `first`, which `people` asked for, and
  // those of stricter links.
  std::vector<CamerasFromPeople> suggestions(const People& people,
                                             std::vector<CamerasFromPeople> first) const {
    std::set<People> asked = {people};
    for (const double least : options_.strict) {
      const People stricter = by_appearance(least);
      if (!asked.insert(stricter).second) continue;
      for (CamerasFromPeople& start : cameras_from_people(views_, detections_as(stricter)))
        first.push_back(std::move(start));
    }
    return first;
  }

  // One view at a time takes another pose (pose_hypotheses.h), as long as more speaks for it.
  void relocate_view(Hypothesis& h) const {
    if (int(view_.size()) > options_.max_relocated) return;
    bool moved = false;
    for (int round = 0; round < options_.rounds; ++round) {
      std::vector<Hypothesis> grown;
      for (const CamerasFromPeople& start : relocated(h.cameras)) {
        for (const People& person : std::set<People>{h.person, by_appearance_and_place(unrefined(start))}) {
          grown.push_back({person, {start}, {}, 0});
        }
      }
      refine_roughly(grown);
      keep_strong(grown, h.support - options_.rough_loss);
      if (grown.empty()) break;
      refine_all(grown, {});
      auto next = std::max_element(grown.begin(), grown.end(), less_likely);
      if (next->support <= h.support) break;
      h = std::move(*next);
      moved = true;
    }
    if (moved) h.hypotheses = cameras_from_people(views_, detections_as(h.person));
  }

  // Associations other than `known` that the suggested hypotheses ask for, with these cameras roughly
  // refined.
  std::vector<Hypothesis> alternatives(const People& known, std::vector<CamerasFromPeople> suggested) const {
    std::vector<Hypothesis> found;
    const std::size_t most =
        std::min(options_.alternatives, options_.max_detections / std::max(1, int(view_.size())));
    std::set<People> met = {known};
    for (CamerasFromPeople& start : suggested) {
      if (found.size() == most) break;
      People linked = by_appearance_and_place(unrefined(start));
      if (!met.insert(linked).second) continue;
      for (PoseFromPeople& pose : start.views) pose.inliers = everybody();
      found.push_back({std::move(linked), {std::move(start)}, {}, 0});
    }
    refine_roughly(found);
    return found;
  }

 private:
  std::vector<PeopleDetection> detections_as(const People& person) const {
    std::vector<PeopleDetection> result(detections_.begin(), detections_.end());
    for (std::size_t n = 0; n < result.size(); ++n) result[n].person = person[n];
    return result;
  }

  // The cameras that grow from its hypotheses, and what speaks for them.
  void refine(Hypothesis& h, const CameraRefinementOptions& options = {}) const {
    h.cameras = refine_cameras(views_, detections_as(h.person), h.hypotheses, options);
    h.support = support(h);
  }

  void refine_roughly(std::vector<Hypothesis>& hypotheses) const {
    CameraRefinementOptions roughly;
    roughly.last_iterations = 0;
    refine_all(hypotheses, roughly);
  }

  void refine_all(std::vector<Hypothesis>& hypotheses, const CameraRefinementOptions& options) const {
    std::vector<std::future<void>> refining;
    for (Hypothesis& h : hypotheses) {
      refining.push_back(std::async(std::launch::async, [this, &h, &options] { refine(h, options); }));
    }
    for (auto& one : refining) one.get();
  }

  // The few strongest, as far as they have `least` support.
  void keep_strong(std::vector<Hypothesis>& hypotheses, double least) const {
    std::erase_if(hypotheses, [&](const Hypothesis& h) { return h.support < least; });
    std::sort(hypotheses.rbegin(), hypotheses.rend(), less_likely);
    if (int(hypotheses.size()) > options_.followed) hypotheses.resize(options_.followed);
  }

  // The hypotheses in which one view has another pose than in `cameras`.
  std::vector<CamerasFromPeople> relocated(const RefinedCameras& cameras) const {
    CamerasFromPeople now;
    now.reference_view = cameras.reference_view;
    for (std::size_t v = 0; v < views_.size(); ++v) {
      now.views.push_back({cameras.world_from_camera[v], cameras.estimated[v], everybody()});
    }
    std::vector<CamerasFromPeople> found;
    for (const PoseHypothesis& pose : alternative_poses(views_, detections_, similarity_, cameras)) {
      found.push_back(now);
      found.back().views[pose.view].world_from_camera = pose.world_from_camera;
      found.back().views[pose.view].estimated = true;
    }
    return found;
  }

  // As inliers of a view whose people have new numbers: all may take part.
  std::vector<int> everybody() const {
    std::vector<int> people(detections_.size());
    std::iota(people.begin(), people.end(), 0);
    return people;
  }

  RefinedCameras unrefined(const CamerasFromPeople& start) const {
    std::vector<Eigen::Isometry3d> poses;
    for (const PoseFromPeople& view : start.views) poses.push_back(view.world_from_camera);
    RefinedCameras cameras = unrefined_cameras(views_, poses);
    for (std::size_t v = 0; v < views_.size(); ++v) cameras.estimated[v] = start.views[v].estimated;
    return cameras;
  }

  // The similarity with what standing at one place says for it or against it.
  Eigen::MatrixXd in_space(const RefinedCameras& cameras) const {
    const int N = int(detections_.size());
    std::vector<Eigen::Vector3d> place;
    for (const PeopleDetection& d : detections_) {
      place.push_back(seen_place(views_[d.view], d, cameras.K[d.view], cameras.world_from_camera[d.view]));
    }
    Eigen::MatrixXd similarity = similarity_;
    for (int a = 0; a < N; ++a) {
      for (int b = 0; b < N; ++b) {
        const PeopleDetection &one = detections_[a], &other = detections_[b];
        if (!cameras.estimated[one.view] || !cameras.estimated[other.view]) continue;
        const double distance =
            (place[a] - place[b]).norm() / (options_.place_sigma * std::hypot(one.depth, other.depth));
        similarity(a, b) += options_.place_weight * (std::exp(-0.5 * distance * distance) - 0.5);
      }
    }
    return similarity;
  }

  double support(const Hypothesis& h) const {
    double looks = 0;
    for (int a = 0; a < int(h.person.size()); ++a) {
      for (int b = 0; b < a; ++b) {
        if (h.person[a] == h.person[b]) looks += similarity_(a, b) - options_.least;
      }
    }
    return h.cameras.evidence + options_.appearance_weight * looks;
  }

  std::span<const PeopleView> views_;
  std::span<const PeopleDetection> detections_;
  const Eigen::MatrixXd& similarity_;
  const SpatialAssociationOptions& options_;
  std::vector<int> view_;
  std::map<People, Hypothesis> known_;
};

}  // namespace

std::vector<int> cluster_with_cameras(std::span<const PeopleView> views,
                                      std::span<const PeopleDetection> detections,
                                      const Eigen::MatrixXd& similarity,
                                      std::span<const Eigen::Isometry3d> world_from_camera,
                                      const SpatialAssociationOptions& options) {
  return Clustering(views, detections, similarity, options)
      .by_appearance_and_place(unrefined_cameras(views, world_from_camera));
}

SpatiallyAssociated associate_in_space(std::span<const PeopleView> views,
                                       std::span<const PeopleDetection> detections,
                                       const Eigen::MatrixXd& similarity,
                                       const SpatialAssociationOptions& options) {
  Clustering clustering(views, detections, similarity, options);
  Hypothesis best = clustering.with_cameras(clustering.by_appearance(options.least));
  const auto suggested = clustering.suggestions(best.person, best.hypotheses);
  clustering.iterate_to_convergence(best);
  const std::vector<Hypothesis> alternatives = clustering.alternatives(best.person, suggested);
  const auto strongest = std::max_element(alternatives.begin(), alternatives.end(), less_likely);
  if (strongest != alternatives.end() && strongest->support > best.support) {
    Hypothesis other = clustering.with_cameras(strongest->person);
    clustering.iterate_to_convergence(other);
    if (other.support > best.support) best = std::move(other);
  }
  clustering.relocate_view(best);
  return {std::move(best.person), std::move(best.hypotheses), std::move(best.cameras)};
}

}  // namespace ahap
