#include <iomanip>

#include "reconstruction/export/exporters.h"
#include "reconstruction/export/finite.h"
#include "reconstruction/export/names.h"
#include "reconstruction/export/unit_normals.h"
#include "reconstruction/formats/safe_write.h"
#include "reconstruction/palette.h"

namespace ahap {

void write_person_obj(const PersonInFrame& in_frame, const std::filesystem::path& file) {
  require_finite(in_frame);
  const auto& [person, body] = in_frame;
  const std::string name = object_name(person);
  const std::filesystem::path material = std::filesystem::path(file).replace_extension(".mtl");
  const std::vector<Eigen::Vector3f> normals = unit_normals(body.mesh);

  safe_write(material, [&](std::ostream& out) {
    const auto [r, g, b] = person_color(person.id);
    out << "newmtl " << name << "\nKd " << r / 255.0 << " " << g / 255.0 << " " << b / 255.0
        << "\nKa 0 0 0\nKs 0 0 0\nillum 1\n";
  });
  safe_write(file, [&](std::ostream& out) {
    out << "# metres, Y up\nmtllib " << material.filename().string() << "\no " << name << "\n"
        << std::fixed << std::setprecision(6);
    for (const Eigen::Vector3f& v : body.mesh.positions) {
      out << "v " << v.x() << " " << v.y() << " " << v.z() << "\n";
    }
    out << std::setprecision(4);
    for (const Eigen::Vector3f& n : normals) out << "vn " << n.x() << " " << n.y() << " " << n.z() << "\n";
    out << "g " << name << "\nusemtl " << name << "\n";
    for (const Triangle& triangle : body.mesh.triangles) {
      out << "f";
      for (const int vertex : triangle) out << " " << vertex + 1 << "//" << vertex + 1;
      out << "\n";
    }
  });
}

}  // namespace ahap
