#include "reconstruction/evaluation/result_difference.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "reconstruction/evaluation/metrics.h"
#include "reconstruction/geometry/assignment.h"

namespace ahap {
namespace {

constexpr double kSamePlace = 1;  // metres, of two pelvises that may be one person's

struct SharedCameras {
  CameraPoses first, second;
  std::vector<double> focal;  // |log(f / f')|
};

double focal_length(const Camera& camera) {
  return (camera.K(0, 0) + camera.K(1, 1)) / 2;
}

SharedCameras shared_cameras(const Reconstruction& first, const Reconstruction& second) {
  SharedCameras shared;
  for (const ReconstructedView& a : first.views) {
    const auto b = std::find_if(second.views.begin(), second.views.end(),
                                [&](const ReconstructedView& view) { return view.name == a.name; });
    if (b == second.views.end() || !a.camera_estimated || !b->camera_estimated) continue;
    shared.first.push_back(a.camera(0).world_from_camera);
    shared.second.push_back(b->camera(0).world_from_camera);
    shared.focal.push_back(std::abs(std::log(focal_length(a.camera(0)) / focal_length(b->camera(0)))));
  }
  return shared;
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
                              .joints = {}};
  const auto first_from_second = align_trajectories(shared.second, shared.first, AlignmentGroup::Sim3);
  if (!first_from_second) return difference;
  if (difference.cameras >= 2) difference.scale = 1 / first_from_second->scale;
  if (difference.cameras >= 3)
    difference.centres = translation_error(shared.second, shared.first, AlignmentGroup::Sim3).value();
  compare_people(first, second, *first_from_second, difference);
  return difference;
}

}  // namespace ahap
