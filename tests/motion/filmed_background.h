#pragma once

#include <vector>

#include "reconstruction/camera.h"
#include "reconstruction/motion/background_motion.h"
#include "tests/fixtures/random_geometry.h"

namespace ahap {

// A place of walls, floor and things that stand about, 8 m wide and deep.
inline std::vector<Eigen::Vector3d> points_of_place(unsigned seed, int count) {
  RandomGeometry random(seed);
  std::vector<Eigen::Vector3d> points;
  for (int i = 0; i < count; ++i) {
    switch (i % 3) {
      case 0:
        points.emplace_back(random.uniform(-4, 4), 0, random.uniform(-4, 4));
        break;
      case 1:
        points.emplace_back(random.uniform(-4, 4), random.uniform(0, 3), -4);
        break;
      default:
        points.emplace_back(random.uniform(-3, 3), random.uniform(0, 1.5), random.uniform(-3, 1));
    }
  }
  return points;
}

// What a camera shows of them, frame by frame, with noise of so many pixels.
inline BackgroundTracks filmed(const std::vector<Eigen::Vector3d>& points, const std::vector<Camera>& cameras,
                               double noise = 0.2, unsigned seed = 5) {
  RandomGeometry random(seed);
  BackgroundTracks tracks;
  for (const Camera& camera : cameras) {
    std::vector<FollowedPoint>& shown = tracks.emplace_back();
    for (int i = 0; i < int(points.size()); ++i) {
      const auto pixel = camera.project(points[std::size_t(i)]);
      if (!pixel || (pixel->array() < 0).any() || pixel->x() > camera.width || pixel->y() > camera.height)
        continue;
      const Eigen::Vector2d seen = *pixel + noise * Eigen::Vector2d(random.normal(), random.normal());
      shown.push_back({i, seen.cast<float>()});
    }
  }
  return tracks;
}

// Turns about the vertical by so many degrees a frame, in one place.
inline std::vector<Camera> panning(const Camera& start, int frames, double degrees) {
  std::vector<Camera> cameras(std::size_t(frames), start);
  for (int f = 0; f < frames; ++f) {
    const Eigen::AngleAxisd turn(f * degrees * EIGEN_PI / 180, Eigen::Vector3d::UnitY());
    cameras[std::size_t(f)].world_from_camera.linear() = turn * start.world_from_camera.linear();
  }
  return cameras;
}

// Carried along a bend while it looks at the same place.
inline std::vector<Camera> carried(const Eigen::Vector3d& from, const Eigen::Vector3d& target, int frames,
                                   double metres) {
  std::vector<Camera> cameras;
  for (int f = 0; f < frames; ++f) {
    const double along = double(f) / (frames - 1);
    const Eigen::Vector3d place =
        from + Eigen::Vector3d(metres * along, 0.1 * std::sin(5 * along), 0.3 * metres * along * along);
    cameras.push_back(camera_looking_at(place, target));
  }
  return cameras;
}

}  // namespace ahap
