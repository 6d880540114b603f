#pragma once

#include "reconstruction/mesh.h"

namespace ahap {

// The mesh's normals, or computed ones where it has none; all of length one, as glTF demands (up where a
// vertex has no surface around it).
std::vector<Eigen::Vector3f> unit_normals(const TriangleMesh& mesh);

}  // namespace ahap
