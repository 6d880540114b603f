#include "reconstruction/export/exporters.h"
#include "reconstruction/export/finite.h"
#include "reconstruction/export/gltf_scene.h"
#include "reconstruction/export/names.h"
#include "reconstruction/export/unit_normals.h"
#include "reconstruction/palette.h"

namespace ahap {

void write_glb(const Reconstruction& reconstruction, int frame, const std::filesystem::path& file) {
  require_finite(reconstruction, frame);
  tinygltf::Model model = new_gltf(reconstruction);
  add_points(model, *reconstruction.frames.at(frame).points);
  for (const auto& [person, body] : people_in(reconstruction, frame)) {
    if (body.mesh.triangles.empty()) continue;
    const std::string name = object_name(person);
    add_mesh_node(model, name,
                  surface(model, body.mesh.positions, unit_normals(body.mesh), body.mesh.triangles, name,
                          person_color(person.id)));
  }
  std::vector<Camera> cameras;
  for (const ReconstructedView& view : reconstruction.views) {
    if (!view.camera_estimated) continue;
    cameras.push_back(view.camera(frame));
    add_camera(model, view.name, view.camera(frame));
  }
  if (!cameras.empty()) add_mesh_node(model, "frustums", frustums(model, cameras));
  write_gltf(model, file);
}

}  // namespace ahap
