#define TINYGLTF_IMPLEMENTATION
#include "reconstruction/export/gltf_scene.h"

#include <cmath>

#include "reconstruction/formats/readable.h"
#include "reconstruction/formats/safe_write.h"

namespace ahap {
namespace {

using tinygltf::Model;
using tinygltf::Node;
using tinygltf::Primitive;
using tinygltf::Value;

// Length of the drawn frustums, metres.
constexpr double kFrustumDepth = 0.25;

// glTF's colour factors and COLOR_0 are linear (IEC 61966-2-1 from sRGB).
double linear(std::uint8_t srgb) {
  const double c = srgb / 255.0;
  return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
}

int add_vectors(Model& model, const std::vector<Eigen::Vector3f>& vectors) {
  return add_accessor(model, vectors, TINYGLTF_COMPONENT_TYPE_FLOAT, TINYGLTF_TYPE_VEC3,
                      TINYGLTF_TARGET_ARRAY_BUFFER);
}

int add_positions(Model& model, const std::vector<Eigen::Vector3f>& positions) {
  const int accessor = add_vectors(model, positions);
  Eigen::Array3f low = positions.front(), high = positions.front();
  for (const Eigen::Vector3f& p : positions) {
    low = low.min(p.array());
    high = high.max(p.array());
  }
  model.accessors[accessor].minValues = {low.x(), low.y(), low.z()};
  model.accessors[accessor].maxValues = {high.x(), high.y(), high.z()};
  return accessor;
}

int add_indices(Model& model, const std::vector<std::uint32_t>& indices) {
  return add_accessor(model, indices, TINYGLTF_COMPONENT_TYPE_UNSIGNED_INT, TINYGLTF_TYPE_SCALAR,
                      TINYGLTF_TARGET_ELEMENT_ARRAY_BUFFER);
}

int add_material(Model& model, const std::string& name, const Color& color) {
  tinygltf::Material material;
  material.name = name;
  material.pbrMetallicRoughness.baseColorFactor = {linear(color[0]), linear(color[1]), linear(color[2]), 1};
  material.pbrMetallicRoughness.metallicFactor = 0;
  material.pbrMetallicRoughness.roughnessFactor = 0.8;
  model.materials.push_back(material);
  return int(model.materials.size()) - 1;
}

}  // namespace

Model new_gltf(const Reconstruction& reconstruction) {
  Model model;
  model.asset.version = "2.0";
  model.asset.generator = "AHAP Studio " + reconstruction.program_version;
  model.scenes.emplace_back();
  model.scenes[0].name = "reconstruction";
  model.defaultScene = 0;
  model.buffers.emplace_back();
  return model;
}

void write_gltf(Model& model, const std::filesystem::path& file) {
  if (model.buffers[0].data.empty()) model.buffers.clear();
  safe_write(file, [&](std::ostream& out) {
    if (!tinygltf::TinyGLTF().WriteGltfSceneToStream(&model, out, false, true)) {
      throw std::runtime_error("cannot write " + file.string() + ": the scene could not be packed");
    }
  });
}

int add_accessor(Model& model, const void* elements, std::size_t count, std::size_t element_size,
                 int component_type, int type, int target) {
  auto& buffer = model.buffers.at(0).data;
  tinygltf::BufferView view;
  view.buffer = 0;
  view.byteOffset = buffer.size();
  view.byteLength = count * element_size;
  view.target = target;
  const auto* bytes = static_cast<const unsigned char*>(elements);
  buffer.insert(buffer.end(), bytes, bytes + view.byteLength);
  model.bufferViews.push_back(view);

  tinygltf::Accessor accessor;
  accessor.bufferView = int(model.bufferViews.size()) - 1;
  accessor.componentType = component_type;
  accessor.type = type;
  accessor.count = count;
  model.accessors.push_back(accessor);
  return int(model.accessors.size()) - 1;
}

Primitive surface(Model& model, const std::vector<Eigen::Vector3f>& positions,
                  const std::vector<Eigen::Vector3f>& normals, const std::vector<Triangle>& triangles,
                  const std::string& material, const Color& color) {
  std::vector<std::uint32_t> indices;
  for (const Triangle& triangle : triangles) indices.insert(indices.end(), triangle.begin(), triangle.end());
  Primitive primitive;
  primitive.mode = TINYGLTF_MODE_TRIANGLES;
  primitive.attributes["POSITION"] = add_positions(model, positions);
  primitive.attributes["NORMAL"] = add_vectors(model, normals);
  primitive.indices = add_indices(model, indices);
  primitive.material = add_material(model, material, color);
  return primitive;
}

Primitive frustums(Model& model, const std::vector<Camera>& cameras) {
  std::vector<Eigen::Vector3f> positions;
  std::vector<std::uint32_t> indices;
  for (const Camera& camera : cameras) {
    const double w = camera.width, h = camera.height;
    const auto apex = std::uint32_t(positions.size());
    positions.push_back(camera.center().cast<float>());
    for (const Eigen::Vector2d& corner : {Eigen::Vector2d(0, 0), {w, 0}, {w, h}, {0, h}}) {
      positions.push_back(camera.unproject(corner, kFrustumDepth).cast<float>());
    }
    for (std::uint32_t i = 0; i < 4; ++i) {
      indices.insert(indices.end(), {apex, apex + 1 + i, apex + 1 + i, apex + 1 + (i + 1) % 4});
    }
  }
  Primitive primitive;
  primitive.mode = TINYGLTF_MODE_LINE;
  primitive.attributes["POSITION"] = add_positions(model, positions);
  primitive.indices = add_indices(model, indices);
  primitive.material = add_material(model, "frustums", {150, 150, 150});
  return primitive;
}

int add_mesh(Model& model, const std::string& name, Primitive primitive) {
  tinygltf::Mesh mesh;
  mesh.name = name;
  mesh.primitives.push_back(std::move(primitive));
  model.meshes.push_back(mesh);
  return int(model.meshes.size()) - 1;
}

int add_node(Model& model, Node node) {
  model.scenes.at(0).nodes.push_back(int(model.nodes.size()));
  model.nodes.push_back(std::move(node));
  return int(model.nodes.size()) - 1;
}

int add_mesh_node(Model& model, const std::string& name, Primitive primitive) {
  Node node;
  node.name = name;
  node.mesh = add_mesh(model, name, std::move(primitive));
  return add_node(model, node);
}

void add_points(Model& model, const PointCloud& points) {
  if (points.positions.empty()) return;
  // 16 bits: 8 linear ones leave 7 of the 44 darkest sRGB tones.
  std::vector<std::array<std::uint16_t, 4>> colors;
  colors.reserve(points.size());
  std::array<std::uint16_t, 256> linear_tone;
  for (int c = 0; c < 256; ++c) linear_tone[c] = std::uint16_t(std::lround(65535 * linear(std::uint8_t(c))));
  for (const auto& [r, g, b] : points.colors)
    colors.push_back({linear_tone[r], linear_tone[g], linear_tone[b], 65535});

  Primitive primitive;
  primitive.mode = TINYGLTF_MODE_POINTS;
  primitive.attributes["POSITION"] = add_positions(model, points.positions);
  primitive.attributes["COLOR_0"] = add_accessor(model, colors, TINYGLTF_COMPONENT_TYPE_UNSIGNED_SHORT,
                                                 TINYGLTF_TYPE_VEC4, TINYGLTF_TARGET_ARRAY_BUFFER);
  model.accessors.back().normalized = true;
  add_mesh_node(model, "points", primitive);
}

Eigen::Quaterniond gltf_rotation(const Camera& camera) {
  const Eigen::Matrix3d opencv_from_opengl = Eigen::Vector3d(1, -1, -1).asDiagonal();
  return Eigen::Quaterniond(Eigen::Matrix3d(camera.world_from_camera.linear() * opencv_from_opengl))
      .normalized();
}

// glTF's camera knows no principal point and no picture, so these travel as extras.
int add_camera(Model& model, const std::string& view, const Camera& seen_by) {
  const Eigen::Matrix3d& K = seen_by.K;
  const int width = seen_by.width, height = seen_by.height;
  tinygltf::Camera camera;
  camera.name = "camera_" + lossless_utf8(view);
  camera.type = "perspective";
  camera.perspective.yfov = 2 * std::atan(0.5 * height / K(1, 1));
  camera.perspective.aspectRatio = (width / K(0, 0)) / (height / K(1, 1));  // of the field of view
  camera.perspective.znear = 0.01;
  camera.perspective.zfar = 1000;
  model.cameras.push_back(camera);

  const Eigen::Quaterniond q = gltf_rotation(seen_by);
  const Eigen::Vector3d t = seen_by.center();
  Value::Array rows;
  for (int row = 0; row < 3; ++row)
    rows.push_back(Value(Value::Array{Value(K(row, 0)), Value(K(row, 1)), Value(K(row, 2))}));

  Node node;
  node.name = camera.name;
  node.camera = int(model.cameras.size()) - 1;
  node.rotation = {q.x(), q.y(), q.z(), q.w()};
  node.translation = {t.x(), t.y(), t.z()};
  node.extras = Value(Value::Object{{"K", Value(rows)},
                                    {"width", Value(width)},
                                    {"height", Value(height)},
                                    {"image", Value(lossless_utf8(view))}});
  return add_node(model, node);
}

}  // namespace ahap
