#include "reconstruction/mesh.h"

#include <Eigen/Geometry>

namespace ahap {

std::vector<Eigen::Vector3f> vertex_normals(const std::vector<Eigen::Vector3f>& positions,
                                            const std::vector<Triangle>& triangles) {
  std::vector<Eigen::Vector3f> normals(positions.size(), Eigen::Vector3f::Zero());
  for (const auto& [a, b, c] : triangles) {
    const Eigen::Vector3f n = (positions[b] - positions[a]).cross(positions[c] - positions[a]);
    for (int i : {a, b, c}) normals[i] += n;
  }
  for (auto& n : normals) n.normalize();
  return normals;
}

}  // namespace ahap
