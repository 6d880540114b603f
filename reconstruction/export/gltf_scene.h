#pragma once

// tinygltf without its pictures: Debian's libdraco exports another version of the same symbols, which a
// shared libtinygltf would be mixed up with. Its implementation is compiled in gltf_scene.cpp alone.
#define TINYGLTF_NO_STB_IMAGE
#define TINYGLTF_NO_STB_IMAGE_WRITE
#include <tiny_gltf.h>

#include <filesystem>
#include <string>
#include <vector>

#include "reconstruction/reconstruction.h"

// Parts of a glTF 2.0 scene, https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html. Functions that add
// something answer with its index in the model.

namespace ahap {

// One empty scene with one empty binary buffer.
tinygltf::Model new_gltf(const Reconstruction& reconstruction);
void write_gltf(tinygltf::Model& model, const std::filesystem::path& file);

// Appends elements, each a multiple of 4 bytes as alignment demands, to the buffer. `target`: what a mesh
// uses them for; 0 for what no mesh uses.
int add_accessor(tinygltf::Model& model, const void* elements, std::size_t count, std::size_t element_size,
                 int component_type, int type, int target);
template <typename Element>
int add_accessor(tinygltf::Model& model, const std::vector<Element>& elements, int component_type, int type,
                 int target = 0) {
  static_assert(sizeof(Element) % 4 == 0);
  return add_accessor(model, elements.data(), elements.size(), sizeof(Element), component_type, type, target);
}

// A surface in an identity colour, its positions with bounds. `normals` are of length one.
tinygltf::Primitive surface(tinygltf::Model& model, const std::vector<Eigen::Vector3f>& positions,
                            const std::vector<Eigen::Vector3f>& normals,
                            const std::vector<Triangle>& triangles, const std::string& material,
                            const Color& color);
// Every camera's pyramid as lines, for viewers that draw no cameras; in the cameras' world.
tinygltf::Primitive frustums(tinygltf::Model& model, const std::vector<Camera>& cameras);

int add_mesh(tinygltf::Model& model, const std::string& name, tinygltf::Primitive primitive);
// Into the scene, below no other node.
int add_node(tinygltf::Model& model, tinygltf::Node node);
int add_mesh_node(tinygltf::Model& model, const std::string& name, tinygltf::Primitive primitive);
// Nothing where there are no points.
void add_points(tinygltf::Model& model, const PointCloud& points);
// A camera of this view with its node.
int add_camera(tinygltf::Model& model, const std::string& view, const Camera& camera);

// Of a node that is a camera: glTF's looks along its -Z with +Y up, OpenCV's axes turned by 180 degrees about
// X.
Eigen::Quaterniond gltf_rotation(const Camera& camera);

}  // namespace ahap
