#include "reconstruction/export/unit_normals.h"

namespace ahap {

std::vector<Eigen::Vector3f> unit_normals(const TriangleMesh& mesh) {
  std::vector<Eigen::Vector3f> normals =
      mesh.normals.empty() ? vertex_normals(mesh.positions, mesh.triangles) : mesh.normals;
  for (Eigen::Vector3f& n : normals) {
    const float length = n.norm();
    n = length > 1e-12f ? Eigen::Vector3f(n / length) : Eigen::Vector3f::UnitY();
  }
  return normals;
}

}  // namespace ahap
