#include <functional>

#include "reconstruction/export/exporters.h"
#include "reconstruction/export/finite.h"
#include "reconstruction/export/names.h"
#include "reconstruction/formats/folder.h"
#include "reconstruction/worker_pool.h"

namespace ahap {
namespace {

using Writers = std::vector<std::function<void()>>;

void add_person(const PersonInFrame& person, const std::filesystem::path& folder,
                const ExportSelection& selection, Writers& writers) {
  const std::string number = two_digits(person.person.id);
  const auto people = folder / "people", smpl = folder / "smpl", smplx = folder / "smplx";
  if (selection.ply || selection.obj) create_folder(people);
  if (selection.ply) writers.push_back([=] { write_person_ply(person, people / (number + ".ply")); });
  if (selection.obj) writers.push_back([=] { write_person_obj(person, people / (number + ".obj")); });
  if (!selection.npz) return;
  if (person.body.smplx) {
    create_folder(smplx);
    writers.push_back([=] { write_smplx_npz(person, smplx / (number + ".npz")); });
  } else {
    create_folder(smpl);
    writers.push_back([=] { write_smpl_npz(person, smpl / (number + ".npz")); });
    writers.push_back([=] { write_smplh_npz(person, smpl / (number + "_smplh.npz")); });
  }
}

}  // namespace

void write_all(const Reconstruction& reconstruction, int frame, const std::filesystem::path& folder,
               const ExportSelection& selection, std::span<const View> views) {
  require_finite(reconstruction, frame);
  create_folder(folder);
  // Files are written side by side, the large ones first.
  Writers writers;
  if (selection.colmap)
    writers.push_back([&] { write_colmap(reconstruction, frame, folder / "colmap", views); });
  if (selection.glb) writers.push_back([&] { write_glb(reconstruction, frame, folder / "scene.glb"); });
  if (selection.ply)
    writers.push_back([&] { write_points_ply(*reconstruction.frames[frame].points, folder / "points.ply"); });
  if (selection.json)
    writers.push_back([&] { write_json(reconstruction, frame, folder / "reconstruction.json"); });
  for (const PersonInFrame& person : people_in(reconstruction, frame))
    add_person(person, folder, selection, writers);
  const Progress unwatched;
  WorkerPool(unwatched).run(int(writers.size()), [&](int i) { writers[std::size_t(i)](); });
}

}  // namespace ahap
