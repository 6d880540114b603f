#include "reconstruction/stages/clip_place.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ahap {
namespace {

constexpr std::size_t kKeyframes = 60;      // at most so many frames give points
constexpr std::size_t kGroundBodies = 200;  // about so many bodies tell gravity and floor

}  // namespace

ClipPlace::ClipPlace(int max_points) : max_points_(std::size_t(std::max(0, max_points))) {}

bool ClipPlace::takes(std::size_t index, std::size_t count) {
  return index % ((count + kKeyframes - 1) / kKeyframes) == 0;
}

void ClipPlace::add(const FramePlace& frame, std::size_t count, const Eigen::Isometry3d& world_from_camera,
                    const std::function<bool(const Eigen::Vector2d&, double)>& hidden) {
  const double most = std::max(1.0, double(max_points_) / double(std::min(kKeyframes, count)));
  const double pixels = double(frame.points.size(0)) * double(frame.points.size(1));
  const int stride = std::max(1, int(std::ceil(std::sqrt(pixels / most))));
  const auto sampled = [&](const torch::Tensor& map) {
    return map.cpu()
        .slice(0, stride / 2, c10::nullopt, stride)
        .slice(1, stride / 2, c10::nullopt, stride)
        .contiguous();
  };
  const auto points = sampled(frame.points), confidence = sampled(frame.confidence);
  const auto colors = sampled(frame.colors), counts = sampled(frame.counts);
  const auto point = points.accessor<float, 3>();
  const auto sure = confidence.accessor<float, 2>();
  const auto color = colors.accessor<std::uint8_t, 3>();
  const auto is_place = counts.accessor<bool, 2>();
  for (std::int64_t y = 0; y < points.size(0); ++y) {
    for (std::int64_t x = 0; x < points.size(1); ++x) {
      const Eigen::Vector3d X(point[y][x][0], point[y][x][1], point[y][x][2]);
      const Eigen::Vector2d pixel(double(x * stride + stride / 2), double(y * stride + stride / 2));
      if (!is_place[y][x] || !X.allFinite() || X.z() <= 0 || (hidden && hidden(pixel, X.z()))) continue;
      if (points_.size() >= max_points_) return;
      points_.positions.push_back((world_from_camera * X).cast<float>());
      points_.colors.push_back({color[y][x][0], color[y][x][1], color[y][x][2]});
      points_.confidence.push_back(sure[y][x]);
      points_.view.push_back(0);
      points_.person.push_back(0);
    }
  }
}

WorldFrame world_of_clip(const std::vector<Person>& people, const PointCloud& place,
                         std::vector<Eigen::Isometry3d> world_from_camera) {
  SceneForGround ground;
  ground.world_from_camera = std::move(world_from_camera);
  std::size_t bodies = 0, count = 0;
  for (const Person& person : people) bodies += person.bodies.size();
  const std::size_t stride = bodies / kGroundBodies + 1;
  for (const Person& person : people) {
    for (const BodyInFrame& body : person.bodies) {
      if (count++ % stride != 0) continue;
      auto& joints = ground.bodies.emplace_back();
      for (const Eigen::Vector3f& X : body.joints) joints.push_back(X.cast<double>());
    }
  }
  ground.points = place.positions;
  return world_frame(ground);
}

}  // namespace ahap
