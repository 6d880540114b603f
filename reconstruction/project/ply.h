#pragma once

#include <filesystem>

#include "reconstruction/mesh.h"

namespace ahap {

// PLY files as this program writes them (export/exporters.h), and no others. Throw a sentence that names the
// file and what is wrong in it.
PointCloud read_points_ply(const std::filesystem::path& file);
TriangleMesh read_mesh_ply(const std::filesystem::path& file);

}  // namespace ahap
