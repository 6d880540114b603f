#include "reconstruction/evaluation/result_difference.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "reconstruction/evaluation/identity_metrics.h"
#include "reconstruction/evaluation/metrics.h"
#include "reconstruction/geometry/assignment.h"
#include "reconstruction/geometry/similarity.h"

namespace ahap {
namespace {

constexpr double kSamePlace = 1;  // metres, of two pelvises that may be one person's
// Of the cameras' distance from their middle: farther off, people at the worlds' origins say more.
constexpr double kSameCameras = 0.5;

struct SharedCameras {
  CameraPoses first, second;
  std::vector<double> focal;  // |log(f / f')|
};

double focal_length(const Camera& camera) {
  return (camera.K(0, 0) + camera.K(1, 1)) / 2;
}

// Index of the view of this name, -1: there is none.
int view_named(const Reconstruction& result, const std::string& name) {
  const auto found = std::find_if(result.views.begin(), result.views.end(),
                                  [&](const ReconstructedView& view) { return view.name == name; });
  return found == result.views.end() ? -1 : int(found - result.views.begin());
}

SharedCameras shared_cameras(const Reconstruction& first, const Reconstruction& second) {
  SharedCameras shared;
  for (const ReconstructedView& a : first.views) {
    const int index = view_named(second, a.name);
    if (index < 0) continue;
    const ReconstructedView& b = second.views[std::size_t(index)];
    if (!a.camera_estimated || !b.camera_estimated) continue;
    shared.first.push_back(a.camera(0).world_from_camera);
    shared.second.push_back(b.camera(0).world_from_camera);
    shared.focal.push_back(std::abs(std::log(focal_length(a.camera(0)) / focal_length(b.camera(0)))));
  }
  return shared;
}

// Of people alone; views count as those of `first` do.
IdentifiedBoxes identified_boxes(const Reconstruction& result, const Reconstruction& first) {
  IdentifiedBoxes boxes;
  for (const Detection& detection : result.frames.front().detections) {
    const int view = view_named(first, result.views[std::size_t(detection.view)].name);
    if (detection.person_id > kNobody && view >= 0)
      boxes.push_back({.view = view, .id = detection.person_id, .box = detection.box});
  }
  return boxes;
}

std::optional<double> common_identities(const Reconstruction& first, const Reconstruction& second) {
  const IdentifiedBoxes a = identified_boxes(first, first), b = identified_boxes(second, first);
  return identity_scores({&b, 1}, {&a, 1}).f1.value();
}

std::optional<double> mean(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  return std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
}

Joints joints_of(const BodyInFrame& body) {
  Joints joints;
  for (const Eigen::Vector3f& X : body.joints) joints.push_back(X.cast<double>());
  return joints;
}

void compare_people(const Reconstruction& first, const Reconstruction& second,
                    const Similarity& first_from_second, ResultDifference& difference) {
  const auto a = people_in(first, 0), b = people_in(second, 0);
  Eigen::MatrixXd distance(Eigen::Index(a.size()), Eigen::Index(b.size()));
  std::vector<Joints> of_a, of_b;
  for (const PersonInFrame& person : a) of_a.push_back(joints_of(person.body));
  for (const PersonInFrame& person : b) {
    of_b.push_back(joints_of(person.body));
    for (Eigen::Vector3d& X : of_b.back()) X = first_from_second * X;
  }
  for (Eigen::Index i = 0; i < distance.rows(); ++i)
    for (Eigen::Index j = 0; j < distance.cols(); ++j) {
      const double apart = (of_a[std::size_t(i)].at(0) - of_b[std::size_t(j)].at(0)).norm();
      distance(i, j) = apart < kSamePlace ? apart : std::numeric_limits<double>::infinity();
    }
  std::vector<Joints> matched_a, matched_b;
  const std::vector<int> partner = assign(distance);
  for (std::size_t i = 0; i < partner.size(); ++i) {
    if (partner[i] < 0) continue;
    matched_a.push_back(of_a[i]);
    matched_b.push_back(of_b[std::size_t(partner[i])]);
  }
  difference.people = int(matched_a.size());
  difference.joints = mpjpe(matched_b, matched_a).value();
}

}  // namespace

ResultDifference difference_of(const Reconstruction& first, const Reconstruction& second) {
  const SharedCameras shared = shared_cameras(first, second);
  ResultDifference difference{.cameras = int(shared.first.size()),
                              .rotation = mean(relative_rotation_errors(shared.second, shared.first)),
                              .centres = {},
                              .focal = mean(shared.focal),
                              .scale = {},
                              .joints = {},
                              .identities = common_identities(first, second)};
  const auto first_from_second = align_trajectories(shared.second, shared.first, AlignmentGroup::Sim3);
  if (!first_from_second) return difference;
  if (difference.cameras >= 2) difference.scale = 1 / first_from_second->scale;
  if (difference.cameras >= 3)
    difference.centres = translation_error(shared.second, shared.first, AlignmentGroup::Sim3).value();
  compare_people(first, second, *first_from_second, difference);
  return difference;
}

std::optional<Eigen::Isometry3d> motion_along_floor(const Reconstruction& first,
                                                    const Reconstruction& second) {
  const SharedCameras shared = shared_cameras(first, second);
  if (shared.first.empty()) return std::nullopt;
  std::vector<Eigen::Vector3d> from, to, from_axes, to_axes;
  for (std::size_t i = 0; i < shared.first.size(); ++i) {
    from.push_back(shared.second[i].translation());
    to.push_back(shared.first[i].translation());
    for (const int axis : {0, 2}) {  // to the right and ahead
      from_axes.push_back(shared.second[i].linear().col(axis));
      to_axes.push_back(shared.first[i].linear().col(axis));
    }
  }
  // As in align_trajectories, axes are arms as long as the cameras lie apart.
  const double arm = std::max(1e-3, mean_distance_from_middle(to));  // metres
  const std::vector<double> weights(from_axes.size(), arm * arm);
  const auto alignment =
      align_about_axis(Eigen::Vector3d::UnitY(), from, to, {}, from_axes, to_axes, weights);
  if (!alignment || alignment->rms > kSameCameras * arm) return std::nullopt;
  Eigen::Isometry3d motion = alignment->to_from_from;
  motion.translation().y() = 0;
  return motion;
}

}  // namespace ahap
