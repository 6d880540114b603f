#include "reconstruction/export/exporters.h"
#include "reconstruction/export/finite.h"
#include "reconstruction/export/names.h"
#include "reconstruction/formats/folder.h"

namespace ahap {

void write_all(const Reconstruction& reconstruction, int frame, const std::filesystem::path& folder,
               const ExportSelection& selection, std::span<const View> views) {
  require_finite(reconstruction, frame);
  create_folder(folder);
  if (selection.json) write_json(reconstruction, frame, folder / "reconstruction.json");
  if (selection.ply) write_points_ply(*reconstruction.frames[frame].points, folder / "points.ply");
  if (selection.glb) write_glb(reconstruction, frame, folder / "scene.glb");
  if (selection.colmap) write_colmap(reconstruction, frame, folder / "colmap", views);
  for (const PersonInFrame& person : people_in(reconstruction, frame)) {
    const std::string number = two_digits(person.person.id);
    if (selection.ply || selection.obj) create_folder(folder / "people");
    if (selection.ply) write_person_ply(person, folder / "people" / (number + ".ply"));
    if (selection.obj) write_person_obj(person, folder / "people" / (number + ".obj"));
    if (selection.npz) {
      create_folder(folder / (person.body.smplx ? "smplx" : "smpl"));
      if (person.body.smplx) {
        write_smplx_npz(person, folder / "smplx" / (number + ".npz"));
        continue;
      }
      write_smpl_npz(person, folder / "smpl" / (number + ".npz"));
      write_smplh_npz(person, folder / "smpl" / (number + "_smplh.npz"));
    }
  }
}

}  // namespace ahap
