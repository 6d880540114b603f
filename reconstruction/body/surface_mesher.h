#pragma once

#include <Eigen/Core>
#include <array>
#include <functional>
#include <vector>

namespace ahap {

using DistanceFunction = std::function<double(const Eigen::Vector3d&)>;
using SizeFunction = std::function<double(const Eigen::Vector3d&)>;

// A closed surface, mirrored in the plane x = 0: vertices on the plane come first, then each vertex of the
// left side (x > 0) is followed by its mirror image.
struct SymmetricMesh {
  std::vector<Eigen::Vector3d> positions;
  std::vector<std::array<int, 3>> faces;  // counter-clockwise seen from outside
  std::vector<int> mirror;                // the vertex on the other side; itself on the plane
};

// The zero set of an implicit function that is negative inside and symmetric in x, as triangles whose edges
// are about as long as edge_length says. grid holds ascending sample coordinates per axis; x starts at 0.
// Marching tetrahedra, then incremental isotropic remeshing (Botsch and Kobbelt 2004) on the surface.
SymmetricMesh mesh_surface(const DistanceFunction& distance, const std::array<std::vector<double>, 3>& grid,
                           const SizeFunction& edge_length);

}  // namespace ahap
