#include "reconstruction/project/ply.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "reconstruction/formats/input_file.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

const std::string kBegin = "ply\nformat binary_little_endian 1.0\ncomment metres, Y up\nelement vertex ";
const std::string kPosition = "property float x\nproperty float y\nproperty float z\n";
const std::string kNormal = "property float nx\nproperty float ny\nproperty float nz\n";
const std::string kColor = "property uchar red\nproperty uchar green\nproperty uchar blue\n";
const std::string kOfPoints =
    "property float scalar_confidence\nproperty float scalar_view\nproperty float scalar_person\n";
const std::string kFaces = "\nproperty list uchar int vertex_indices\n";
constexpr std::size_t kPointBytes = 27, kVertexBytes = 27, kFaceBytes = 13;

class PlyReader {
 public:
  explicit PlyReader(const fs::path& file) : file_(file) {
    std::ifstream in = open_input_file(file);
    if (!in) throw std::runtime_error("cannot read " + file.string());
    bytes_.assign(std::istreambuf_iterator<char>(in), {});
  }

  void expect(const std::string& text) {
    if (bytes_.compare(at_, text.size(), text) != 0) fail("it is no PLY file that this program writes");
    at_ += text.size();
  }
  std::size_t count() {
    std::size_t value = 0, digits = 0;
    for (; at_ < bytes_.size() && bytes_[at_] >= '0' && bytes_[at_] <= '9' && digits < 10; ++at_, ++digits)
      value = 10 * value + std::size_t(bytes_[at_] - '0');
    if (digits == 0) fail("it is no PLY file that this program writes");
    return value;
  }
  // What follows the header is so long.
  void expect_bytes(std::size_t bytes) const {
    if (bytes_.size() - at_ != bytes)
      fail("its header announces " + std::to_string(bytes) + " bytes, and " +
           std::to_string(bytes_.size() - at_) + " follow");
  }
  template <typename T>
  void take(T& value) {
    std::memcpy(static_cast<void*>(&value), &bytes_[at_], sizeof value);
    at_ += sizeof value;
  }
  // A whole number that is stored as a float.
  template <typename T>
  void take_whole(T& value, float most) {
    float number = 0;
    take(number);
    if (!(number >= 0 && number <= most)) fail("a point names a view or a person that cannot be");
    value = T(number);
  }
  [[noreturn]] void fail(const std::string& why) const {
    throw std::runtime_error(file_.string() + " is damaged: " + why);
  }

 private:
  fs::path file_;
  std::string bytes_;
  std::size_t at_ = 0;
};

}  // namespace

PointCloud read_points_ply(const fs::path& file) {
  PlyReader in(file);
  in.expect(kBegin);
  const std::size_t count = in.count();
  in.expect("\n" + kPosition + kColor + kOfPoints + "end_header\n");
  in.expect_bytes(count * kPointBytes);
  PointCloud points;
  points.positions.resize(count);
  points.colors.resize(count);
  points.confidence.resize(count);
  points.view.resize(count);
  points.person.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    in.take(points.positions[i]);
    in.take(points.colors[i]);
    in.take(points.confidence[i]);
    in.take_whole(points.view[i], UINT16_MAX);
    in.take_whole(points.person[i], UINT8_MAX);
  }
  return points;
}

TriangleMesh read_mesh_ply(const fs::path& file) {
  PlyReader in(file);
  in.expect(kBegin);
  const std::size_t vertices = in.count();
  in.expect("\n" + kPosition + kNormal + kColor + "element face ");
  const std::size_t faces = in.count();
  in.expect(kFaces + "end_header\n");
  in.expect_bytes(vertices * kVertexBytes + faces * kFaceBytes);
  TriangleMesh mesh;
  mesh.positions.resize(vertices);
  mesh.normals.resize(vertices);
  mesh.triangles.resize(faces);
  Color unused;
  for (std::size_t i = 0; i < vertices; ++i) {
    in.take(mesh.positions[i]);
    in.take(mesh.normals[i]);
    in.take(unused);
  }
  for (Triangle& triangle : mesh.triangles) {
    std::uint8_t corners = 0;
    in.take(corners);
    if (corners != 3) in.fail("a face has " + std::to_string(corners) + " corners");
    in.take(triangle);
    for (const std::int32_t vertex : triangle)
      if (vertex < 0 || std::size_t(vertex) >= vertices) in.fail("a face names a vertex that is not there");
  }
  return mesh;
}

}  // namespace ahap
