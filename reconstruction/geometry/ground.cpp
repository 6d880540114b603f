#include "reconstruction/geometry/ground.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "reconstruction/geometry/level_camera.h"

namespace ahap {

namespace {

constexpr double kDegree = M_PI / 180;
constexpr double kFootAboveSole = 0.03;   // metres, SMPL's foot joint over the ground
constexpr double kAnkleAboveSole = 0.08;  // metres, SMPL's ankle joint over the ground
constexpr double kCameraHeight = 1.6;     // metres, assumed where nothing tells the floor

// The weighted mean of directions, without those farther from it than `limit`; started from the direction
// that most agree with.
struct RobustMean {
  Eigen::Vector3d mean = Eigen::Vector3d::Zero();
  double weight = 0;
};
std::optional<RobustMean> robust_mean(const std::vector<Eigen::Vector3d>& directions,
                                      const std::vector<double>& weights, double limit) {
  const auto sum_near = [&](const Eigen::Vector3d& center) {
    RobustMean near;
    for (std::size_t i = 0; i < directions.size(); ++i) {
      if (directions[i].dot(center) <= std::cos(limit)) continue;
      near.mean += weights[i] * directions[i];
      near.weight += weights[i];
    }
    return near;
  };
  RobustMean best;
  for (const auto& direction : directions) {
    const RobustMean near = sum_near(direction);
    if (near.weight > best.weight) best = near;
  }
  if (!(best.mean.norm() > 0)) return std::nullopt;
  best = sum_near(best.mean.normalized());
  if (!(best.mean.norm() > 0)) return std::nullopt;
  best.mean.normalize();
  return best;
}

double quantile(std::vector<double> values, double q) {
  const auto at = values.begin() + std::ptrdiff_t(q * double(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

// Ground under each body's lowest foot, along up.
std::vector<double> soles(const Eigen::Vector3d& up, std::span<const std::vector<Eigen::Vector3d>> bodies) {
  std::vector<double> heights;
  for (const auto& joints : bodies) {
    if (joints.size() != kSmplJoints) continue;
    const double ankle = std::min(up.dot(joints[7]), up.dot(joints[8])) - kAnkleAboveSole;
    const double foot = std::min(up.dot(joints[10]), up.dot(joints[11])) - kFootAboveSole;
    heights.push_back(std::min(ankle, foot));
  }
  return heights;
}

}  // namespace

std::optional<UpEstimate> up_from_people(std::span<const std::vector<Eigen::Vector3d>> bodies,
                                         std::span<const double> weights) {
  std::vector<Eigen::Vector3d> axes;
  std::vector<double> axis_weights;
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    const auto& joints = bodies[i];
    if (joints.size() != kSmplJoints) continue;
    const Eigen::Vector3d trunk = (joints[12] - joints[0]).normalized();
    const Eigen::Vector3d legs = (joints[0] - 0.5 * (joints[7] + joints[8])).normalized();
    if (!(trunk.dot(legs) > std::cos(30 * kDegree))) continue;
    axes.push_back((joints[12] - 0.5 * (joints[7] + joints[8])).normalized());
    axis_weights.push_back(weights.empty() ? 1 : weights[i]);
  }
  const auto mean = robust_mean(axes, axis_weights, 30 * kDegree);
  if (!mean) return std::nullopt;
  // One standing body leans by about 7 degrees, its estimated pose included.
  const double people = mean->weight / *std::max_element(axis_weights.begin(), axis_weights.end());
  return UpEstimate{mean->mean, 7 * kDegree / std::sqrt(people)};
}

std::optional<UpEstimate> up_from_views(std::span<const Eigen::Isometry3d> world_from_camera,
                                        std::span<const UpEstimate> up_in_camera) {
  std::vector<Eigen::Vector3d> directions;
  std::vector<double> weights;
  for (std::size_t v = 0; v < up_in_camera.size(); ++v) {
    const Eigen::Vector3d up = world_from_camera[v].linear() * up_in_camera[v].up;
    if (!up.allFinite() || !(up.norm() > 0)) continue;
    directions.push_back(up.normalized());
    weights.push_back(1 / std::pow(std::max(up_in_camera[v].sigma, 0.1 * kDegree), 2));
  }
  const auto mean = robust_mean(directions, weights, 20 * kDegree);
  if (!mean) return std::nullopt;
  return UpEstimate{mean->mean, 1 / std::sqrt(mean->weight)};
}

std::optional<Floor> floor_height(const Eigen::Vector3d& up, std::span<const Eigen::Vector3f> points,
                                  std::span<const std::vector<Eigen::Vector3d>> bodies) {
  const std::vector<double> feet = soles(up, bodies);
  std::vector<double> heights;
  for (const auto& point : points) {
    const double height = up.dot(point.cast<double>());
    if (std::isfinite(height)) heights.push_back(height);
  }
  if (feet.empty() && heights.size() < 100) return std::nullopt;
  // Most people stand on the floor; somebody on a chair or a badly placed body must not move it.
  const double standing = feet.empty() ? 0 : quantile(feet, 0.4);

  if (heights.size() >= 100) {
    constexpr double kBin = 0.02, kReach = 0.35;  // metres
    const double low = feet.empty() ? quantile(heights, 0.002) - 0.1 : standing - kReach;
    const double high = feet.empty() ? quantile(heights, 0.5) : standing + kReach;
    const int bins = std::clamp(int((high - low) / kBin), 1, 100000);
    std::vector<double> histogram(bins, 0);
    for (const double height : heights) {
      const int bin = int(std::floor((height - low) / kBin));
      if (bin >= 0 && bin < bins) histogram[bin] += 1;
    }
    std::vector<double> smooth(bins, 0);
    for (int i = 0; i < bins; ++i) {
      constexpr double kernel[5] = {1, 2, 3, 2, 1};
      for (int k = -2; k <= 2; ++k) {
        if (i + k >= 0 && i + k < bins) smooth[i] += kernel[k + 2] / 9 * histogram[i + k];
      }
    }
    const double top = *std::max_element(smooth.begin(), smooth.end());
    double mean = 0;
    for (const double density : smooth) mean += density / bins;
    // With feet the strongest layer near them, without the lowest one that is nearly as strong as any.
    const double needed = feet.empty() ? 0.3 * top : top;
    const int peak = int(std::find_if(smooth.begin(), smooth.end(), [&](double d) { return d >= needed; }) -
                         smooth.begin());
    int best = peak;
    while (best + 1 < bins && smooth[best + 1] > smooth[best]) ++best;
    const bool pronounced = top > 2.5 * mean && top * 9.0 / 3.0 > 0.01 * double(heights.size());
    if (pronounced) return Floor{low + (best + 0.5) * kBin, true};
  }
  if (feet.empty()) return std::nullopt;
  return Floor{standing, false};
}

std::optional<Eigen::Vector3d> floor_normal(const Eigen::Vector3d& up, double height,
                                            std::span<const Eigen::Vector3f> points) {
  // Least squares on the points of a slab around the last plane, while the slab gets thinner.
  Eigen::Vector3d normal = up, center = height * up;
  std::size_t inside = 0;
  for (const double thickness : {0.4, 0.2, 0.1, 0.06, 0.06}) {
    Eigen::Vector3d mean = Eigen::Vector3d::Zero();
    std::vector<Eigen::Vector3d> near;
    for (const auto& point : points) {
      const Eigen::Vector3d X = point.cast<double>();
      if (!(std::abs(normal.dot(X - center)) < thickness)) continue;
      near.push_back(X);
      mean += X;
    }
    inside = near.size();
    if (inside < 200) return std::nullopt;
    mean /= double(inside);
    Eigen::Matrix3d covariance = Eigen::Matrix3d::Zero();
    for (const auto& X : near) covariance += (X - mean) * (X - mean).transpose() / double(inside);
    const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> solver(covariance);
    // A floor reaches at least a third of a metre in both directions.
    if (!(solver.eigenvalues()(1) > 0.1)) return std::nullopt;
    normal = solver.eigenvectors().col(0);
    if (normal.dot(up) < 0) normal = -normal;
    center = mean;
  }
  if (normal.dot(up) < std::cos(15 * kDegree) || double(inside) < 0.03 * double(points.size()))
    return std::nullopt;
  return normal;
}

WorldFrame world_frame(const SceneForGround& scene) {
  WorldFrame frame;
  const bool has_camera = !scene.world_from_camera.empty();
  const Eigen::Isometry3d reference =
      has_camera ? scene.world_from_camera[scene.reference] : Eigen::Isometry3d::Identity();

  const auto people = up_from_people(scene.bodies, scene.body_weights);
  const auto views = up_from_views(scene.world_from_camera, scene.up_in_camera);
  Eigen::Vector3d up = -reference.linear().col(1);
  if (views) {
    up = views->up;
    frame.up_source = UpSource::gravity_estimate;
    // People who stand straight sharpen it, unless the two contradict each other.
    if (people && people->up.dot(up) > std::cos(20 * kDegree)) {
      up = (views->up / (views->sigma * views->sigma) + people->up / (people->sigma * people->sigma))
               .normalized();
    }
  } else if (people) {
    up = people->up;
    frame.up_source = UpSource::people_and_floor;
    if (const auto floor = floor_height(up, scene.points, scene.bodies); floor && floor->from_points) {
      if (const auto normal = floor_normal(up, floor->height, scene.points)) up = *normal;
    }
  }

  const auto floor = floor_height(up, scene.points, scene.bodies);
  frame.floor_found = floor.has_value();
  const double height = floor ? floor->height : up.dot(reference.translation()) - kCameraHeight;

  Eigen::Vector3d over = reference.translation();
  if (!scene.bodies.empty()) {
    over.setZero();
    for (const auto& joints : scene.bodies) over += joints.at(0) / double(scene.bodies.size());
  }
  const Eigen::Vector3d origin = over + (height - up.dot(over)) * up;
  frame.world_from_old.linear() =
      level_from_camera(reference.linear().transpose() * up) * reference.linear().transpose();
  frame.world_from_old.translation() = -(frame.world_from_old.linear() * origin);
  return frame;
}

}  // namespace ahap
