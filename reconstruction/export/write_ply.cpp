#include <string>

#include "reconstruction/export/exporters.h"
#include "reconstruction/export/finite.h"
#include "reconstruction/export/unit_normals.h"
#include "reconstruction/formats/safe_write.h"
#include "reconstruction/palette.h"

namespace ahap {
namespace {

// Collects the binary part of a file in the machine's (little endian) byte order.
class Bytes {
 public:
  template <typename... Values>
  void append(const Values&... values) {
    (bytes_.append(reinterpret_cast<const char*>(&values), sizeof(values)), ...);
  }
  void reserve(std::size_t n) { bytes_.reserve(n); }
  void write_to(std::ostream& out) const { out.write(bytes_.data(), std::streamsize(bytes_.size())); }

 private:
  std::string bytes_;
};

constexpr const char* kStart = "ply\nformat binary_little_endian 1.0\ncomment metres, Y up\n";
constexpr const char* kPosition = "property float x\nproperty float y\nproperty float z\n";
constexpr const char* kNormal = "property float nx\nproperty float ny\nproperty float nz\n";
constexpr const char* kColor = "property uchar red\nproperty uchar green\nproperty uchar blue\n";

}  // namespace

void write_points_ply(const PointCloud& points, const std::filesystem::path& file) {
  require_finite(points);
  Bytes bytes;
  bytes.reserve(points.size() * 27);
  for (std::size_t i = 0; i < points.size(); ++i) {
    bytes.append(points.positions[i], points.colors[i], points.confidence[i], float(points.view[i]),
                 float(points.person[i]));
  }
  safe_write(file, [&](std::ostream& out) {
    out << kStart << "element vertex " << points.size() << "\n"
        << kPosition << kColor
        << "property float scalar_confidence\nproperty float scalar_view\nproperty float "
           "scalar_person\nend_header\n";
    bytes.write_to(out);
  });
}

void write_person_ply(const PersonInFrame& in_frame, const std::filesystem::path& file) {
  require_finite(in_frame);
  const TriangleMesh& mesh = in_frame.body.mesh;
  const std::vector<Eigen::Vector3f> normals = unit_normals(mesh);
  const Color color = person_color(in_frame.person.id);
  Bytes bytes;
  bytes.reserve(mesh.positions.size() * 27 + mesh.triangles.size() * 13);
  for (std::size_t i = 0; i < mesh.positions.size(); ++i) bytes.append(mesh.positions[i], normals[i], color);
  for (const Triangle& triangle : mesh.triangles) bytes.append(std::uint8_t(3), triangle);
  safe_write(file, [&](std::ostream& out) {
    out << kStart << "element vertex " << mesh.positions.size() << "\n"
        << kPosition << kNormal << kColor << "element face " << mesh.triangles.size()
        << "\nproperty list uchar int vertex_indices\nend_header\n";
    bytes.write_to(out);
  });
}

}  // namespace ahap
