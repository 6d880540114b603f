#include "renderer/standpoint.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "renderer/orbit_camera.h"

namespace ahap {
namespace {

constexpr float kTurn = 2 * float(EIGEN_PI);
constexpr float kMargin = 0.84f;            // of the picture, where people are framed in it
constexpr float kLeastSeconds = 1e-3f;      // between two stops
using Values = Eigen::Matrix<float, 9, 1>;  // pivot, yaw, pitch, roll; logarithms of distance and reach

Values values_of(const Standpoint& s) {
  Values values;
  values << s.pivot, s.yaw, s.pitch, s.roll, std::log(s.distance), std::log(s.reach.x()),
      std::log(s.reach.y());
  return values;
}

Standpoint standpoint_from(const Values& values) {
  return {.pivot = values.head<3>(),
          .yaw = values[3],
          .pitch = std::clamp(values[4], -float(EIGEN_PI) / 2, float(EIGEN_PI) / 2),
          .roll = values[5],
          .distance = std::exp(values[6]),
          .reach = values.tail<2>().array().exp()};
}

// The stops as values whose angles differ by less than half a turn from one to the next.
std::vector<Values> unwrapped(std::span<const CameraStop> stops) {
  std::vector<Values> way;
  for (const CameraStop& stop : stops) {
    Values values = values_of(stop.standpoint);
    for (const int angle : {3, 5})
      if (!way.empty()) values[angle] -= kTurn * std::round((values[angle] - way.back()[angle]) / kTurn);
    way.push_back(values);
  }
  return way;
}

float length_of(const CameraStop& stop) {
  return std::max(kLeastSeconds, stop.seconds);
}

}  // namespace

Eigen::Isometry3f Standpoint::world_from_camera() const {
  const OrbitCamera::Turntable turntable{pivot, yaw, pitch, distance};
  Eigen::Isometry3f pose = turntable.world_from_camera();
  pose.linear() = pose.linear() * Eigen::AngleAxisf(roll, Eigen::Vector3f::UnitZ()).toRotationMatrix();
  return pose;
}

ViewTransform Standpoint::view(const Eigen::Vector2f& size, const Eigen::AlignedBox3f& scene) const {
  const float focal = (size / 2).cwiseQuotient(reach).minCoeff();
  Eigen::Matrix3f K;
  K << focal, 0, size.x() / 2, 0, focal, size.y() / 2, 0, 0, 1;
  return view_of_scene(world_from_camera(), K, size, scene);
}

Standpoint standpoint_of(const ViewTransform& view, float distance) {
  const Eigen::Isometry3f pose = view.camera_from_world.inverse();
  const Eigen::Vector3f forward = pose.linear().col(2);
  Standpoint standpoint;
  standpoint.distance = distance;
  standpoint.pivot = pose.translation() + distance * forward;
  standpoint.pitch = std::asin(std::clamp(-forward.y(), -1.0f, 1.0f));
  standpoint.yaw = std::atan2(-forward.x(), -forward.z());
  const Eigen::Matrix3f level = standpoint.world_from_camera().linear();
  const Eigen::Vector3f right = pose.linear().col(0);
  standpoint.roll = std::atan2(right.dot(level.col(1)), right.dot(level.col(0)));
  standpoint.reach = {1 / view.ndc_from_camera(0, 0), -1 / view.ndc_from_camera(1, 1)};
  return standpoint;
}

Standpoint turned_around(std::span<const Eigen::Vector3f> points, float yaw, float pitch, float aspect) {
  Eigen::AlignedBox3f box;
  for (const Eigen::Vector3f& point : points) box.extend(point);
  const float vertical = std::tan(0.5f * OrbitCamera::kVerticalFov);
  Standpoint standpoint{.pivot = box.center(),
                        .yaw = yaw,
                        .pitch = pitch,
                        .distance = 0.3f,
                        .reach = {vertical * aspect, vertical}};
  // What turns passes every point of circles: at each height, the widest one.
  const float widest = (box.max() - box.min()).cwiseProduct(Eigen::Vector3f(1, 0, 1)).norm() / 2;
  const Eigen::Matrix3f axes = standpoint.world_from_camera().linear();
  constexpr int kSteps = 32;
  for (const float y : {box.min().y(), box.max().y()}) {
    for (int i = 0; i < kSteps; ++i) {
      const float angle = kTurn * float(i) / kSteps;
      const Eigen::Vector3f on_circle(widest * std::cos(angle), y - standpoint.pivot.y(),
                                      widest * std::sin(angle));
      const Eigen::Vector3f X = axes.transpose() * on_circle;
      for (int axis = 0; axis < 2; ++axis)
        standpoint.distance =
            std::max(standpoint.distance, std::abs(X[axis]) / (kMargin * standpoint.reach[axis]) - X.z());
    }
  }
  return standpoint;
}

float way_seconds(std::span<const CameraStop> stops) {
  float seconds = 0;
  for (std::size_t i = 0; i + 1 < stops.size(); ++i) seconds += length_of(stops[i]);
  return seconds;
}

Standpoint on_way(std::span<const CameraStop> stops, float seconds) {
  const std::vector<Values> way = unwrapped(stops);
  std::size_t from = 0;
  while (from + 2 < way.size() && seconds > length_of(stops[from])) seconds -= length_of(stops[from++]);
  if (way.size() == 1) return stops.front().standpoint;
  const float length = length_of(stops[from]);
  const float t = std::clamp(seconds / length, 0.0f, 1.0f);
  const auto speed = [&](std::size_t i) -> Values {
    if (i == 0 || i + 1 == way.size()) return Values::Zero();
    return (way[i + 1] - way[i - 1]) / (length_of(stops[i - 1]) + length_of(stops[i]));
  };
  const float t2 = t * t, t3 = t2 * t;
  return standpoint_from((2 * t3 - 3 * t2 + 1) * way[from] + (t3 - 2 * t2 + t) * length * speed(from) +
                         (3 * t2 - 2 * t3) * way[from + 1] + (t3 - t2) * length * speed(from + 1));
}

}  // namespace ahap
