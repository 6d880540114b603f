#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <vector>

namespace ahap {

using Color = std::array<std::uint8_t, 3>;     // sRGB
using Triangle = std::array<std::int32_t, 3>;  // counter-clockwise seen from outside

// Metres, world frame. normals and colors are empty or as long as positions.
struct TriangleMesh {
  std::vector<Eigen::Vector3f> positions;
  std::vector<Eigen::Vector3f> normals;
  std::vector<Triangle> triangles;
};

// Metres, world frame; all arrays equally long.
struct PointCloud {
  std::vector<Eigen::Vector3f> positions;
  std::vector<Color> colors;
  std::vector<float> confidence;     // 0..1, larger is more certain
  std::vector<std::uint16_t> view;   // index of the view a point was seen in
  std::vector<std::uint8_t> person;  // person id, 0 = scene

  std::size_t size() const { return positions.size(); }
  std::size_t bytes() const {
    return size() * (sizeof(Eigen::Vector3f) + sizeof(Color) + sizeof(float) + sizeof(std::uint16_t) + 1);
  }
};

// Area-weighted vertex normals.
std::vector<Eigen::Vector3f> vertex_normals(const std::vector<Eigen::Vector3f>& positions,
                                            const std::vector<Triangle>& triangles);

}  // namespace ahap
