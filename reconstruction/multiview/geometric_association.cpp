#include "reconstruction/multiview/geometric_association.h"

#include <algorithm>
#include <limits>
#include <set>
#include <stdexcept>

#include "reconstruction/geometry/assignment.h"
#include "reconstruction/geometry/similarity.h"

namespace ahap {

namespace {

double mean_distance(const std::vector<Eigen::Vector3d>& a, const std::vector<Eigen::Vector3d>& b) {
  if (a.size() != b.size() || a.empty()) {
    throw std::invalid_argument("geometric association: bodies with " + std::to_string(a.size()) + " and " +
                                std::to_string(b.size()) + " joints");
  }
  double sum = 0;
  for (std::size_t j = 0; j < a.size(); ++j) sum += (a[j] - b[j]).norm();
  return sum / double(a.size());
}

Eigen::Quaterniond quaternion(const Eigen::Vector3d& v) {
  const double angle = v.norm();
  return angle > 0 ? Eigen::Quaterniond(Eigen::AngleAxisd(angle, v / angle)) : Eigen::Quaterniond::Identity();
}

}  // namespace

double association_cost(const Tracklet& a, const Tracklet& b, const GeometricAssociationOptions& options) {
  double sum = 0;
  int shared = 0;
  for (const auto& [frame, body] : a.frames) {
    const auto other = b.frames.find(frame);
    if (other == b.frames.end()) continue;
    sum += options.world_weight * mean_distance(body.world, other->second.world);
    sum += options.canonical_weight * mean_distance(body.canonical, other->second.canonical);
    ++shared;
  }
  return shared > 0 ? sum / shared : std::numeric_limits<double>::infinity();
}

std::vector<std::pair<int, int>> nearest_view_pairs(std::span<const Eigen::Vector3d> camera_centers, int k) {
  const int views = int(camera_centers.size());
  std::set<std::pair<int, int>> pairs;
  for (int v = 0; v < views; ++v) {
    std::vector<int> others;
    for (int o = 0; o < views; ++o) {
      if (o != v) others.push_back(o);
    }
    std::stable_sort(others.begin(), others.end(), [&](int a, int b) {
      return (camera_centers[a] - camera_centers[v]).squaredNorm() <
             (camera_centers[b] - camera_centers[v]).squaredNorm();
    });
    others.resize(std::min<std::size_t>(others.size(), std::max(0, k)));
    for (int o : others) pairs.insert(std::minmax(v, o));
  }
  return {pairs.begin(), pairs.end()};
}

std::vector<int> associate_geometrically(std::span<const Tracklet> tracklets,
                                         std::span<const Eigen::Vector3d> camera_centers,
                                         const GeometricAssociationOptions& options) {
  std::vector<std::vector<int>> of_view(camera_centers.size());
  std::vector<int> view;
  for (int i = 0; i < int(tracklets.size()); ++i) {
    of_view.at(tracklets[i].view).push_back(i);
    view.push_back(tracklets[i].view);
  }
  struct Match {
    int a = 0, b = 0;  // indices of tracklets
    double cost = 0;   // metres
  };
  std::vector<Match> matches;
  for (const auto& [v, w] : nearest_view_pairs(camera_centers, options.neighbours)) {
    Eigen::MatrixXd cost(of_view[v].size(), of_view[w].size());
    for (int i = 0; i < cost.rows(); ++i) {
      for (int j = 0; j < cost.cols(); ++j) {
        cost(i, j) = association_cost(tracklets[of_view[v][i]], tracklets[of_view[w][j]], options);
      }
    }
    const std::vector<int> column = assign(cost, options.max_cost);
    for (int i = 0; i < cost.rows(); ++i) {
      if (column[i] >= 0) matches.push_back({of_view[v][i], of_view[w][column[i]], cost(i, column[i])});
    }
  }
  std::stable_sort(matches.begin(), matches.end(),
                   [](const auto& a, const auto& b) { return a.cost < b.cost; });
  ConflictFreeGroups groups(view);
  for (const Match& match : matches) groups.merge(match.a, match.b);
  return groups.labels();
}

BodyParameters fuse_bodies(std::span<const BodyParameters> bodies, std::span<const double> weights) {
  if (bodies.empty()) throw std::invalid_argument("fusion of bodies: none given");
  const auto weight = [&](std::size_t i) { return weights.empty() ? 1.0 : weights[i]; };
  BodyParameters fused = bodies.front();
  double total = 0;
  for (std::size_t i = 0; i < bodies.size(); ++i) total += weight(i);
  if (!(total > 0)) return fused;
  for (std::size_t k = 0; k < fused.shape.size(); ++k) {
    fused.shape[k] = 0;
    for (std::size_t i = 0; i < bodies.size(); ++i)
      fused.shape[k] += weight(i) / total * bodies[i].shape.at(k);
  }
  for (std::size_t j = 0; j < fused.pose.size(); ++j) {
    std::vector<Eigen::Quaterniond> rotations;
    for (const auto& body : bodies) rotations.push_back(quaternion(body.pose.at(j)));
    if (const auto mean = mean_rotation(rotations, weights)) {
      const Eigen::AngleAxisd rotation(*mean);
      fused.pose[j] = rotation.angle() * rotation.axis();
    }
  }
  return fused;
}

}  // namespace ahap
