#include "reconstruction/export/exporters.h"
#include "reconstruction/export/finite.h"
#include "reconstruction/export/folder.h"
#include "reconstruction/export/names.h"

namespace ahap {

void write_all(const Reconstruction& reconstruction, const std::filesystem::path& folder,
               const ExportSelection& selection) {
  require_finite(reconstruction);
  create_folder(folder);
  if (selection.json) write_json(reconstruction, folder / "reconstruction.json");
  if (selection.ply) write_points_ply(reconstruction, folder / "points.ply");
  if (selection.glb) write_glb(reconstruction, folder / "scene.glb");
  if (selection.colmap) write_colmap(reconstruction, folder / "colmap");
  for (const Person& person : reconstruction.people) {
    const std::string number = two_digits(person.id);
    if (selection.ply || selection.obj) create_folder(folder / "people");
    if (selection.ply) write_person_ply(person, folder / "people" / (number + ".ply"));
    if (selection.obj) write_person_obj(person, folder / "people" / (number + ".obj"));
    if (selection.npz) {
      create_folder(folder / (person.smplx ? "smplx" : "smpl"));
      if (person.smplx) {
        write_smplx_npz(person, folder / "smplx" / (number + ".npz"));
        continue;
      }
      write_smpl_npz(person, folder / "smpl" / (number + ".npz"));
      write_smplh_npz(person, folder / "smpl" / (number + "_smplh.npz"));
    }
  }
}

}  // namespace ahap
