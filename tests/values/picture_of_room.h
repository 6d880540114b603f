#pragma once

#include <cmath>

#include "reconstruction/camera.h"
#include "reconstruction/image.h"

namespace ahap {

// A room of checked walls, floor and ceiling around the origin, its axes turned by `room_yaw` in a world with
// Y up.
inline Image picture_of_room(const Camera& camera, double room_yaw) {
  Image picture(camera.width, camera.height);
  const Eigen::Matrix3d room_from_world =
      Eigen::AngleAxisd(-room_yaw, Eigen::Vector3d::UnitY()).toRotationMatrix();
  const Eigen::Vector3d origin = room_from_world * camera.center();
  const Eigen::Vector3d low(-5, 0, -4), high(5, 3, 4);
  constexpr int kSamples = 3;
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      double sum = 0;
      for (int sample = 0; sample < kSamples * kSamples; ++sample) {
        const Eigen::Vector2d pixel(x + (sample % kSamples + 0.5) / kSamples,
                                    y + (sample / kSamples + 0.5) / kSamples);
        const Eigen::Vector3d ray =
            room_from_world * camera.world_from_camera.linear() * (camera.K.inverse() * pixel.homogeneous());
        double nearest = 1e9;
        for (int k = 0; k < 3; ++k)
          nearest = std::min(nearest, ((ray[k] > 0 ? high[k] : low[k]) - origin[k]) / ray[k]);
        const Eigen::Vector3d X = origin + nearest * ray;
        int check = 0;
        for (int k = 0; k < 3; ++k) check += int(std::floor(X[k] / 0.7 + 0.3 + 1e-6));
        sum += check % 2 == 0 ? 200 : 90;
      }
      for (int c = 0; c < 3; ++c) picture.pixel(x, y)[c] = std::uint8_t(sum / (kSamples * kSamples));
    }
  }
  return picture;
}

}  // namespace ahap
