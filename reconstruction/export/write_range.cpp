#include <iomanip>
#include <sstream>

#include "reconstruction/export/exporters.h"
#include "reconstruction/export/finite.h"
#include "reconstruction/export/motion.h"
#include "reconstruction/export/names.h"
#include "reconstruction/export/range_exporters.h"
#include "reconstruction/formats/folder.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

// One frame with the cameras that stand still and the shared points; nothing where every camera moves.
void write_colmap_of_range(const Reconstruction& range, const fs::path& folder, std::span<const View> views) {
  Reconstruction still;
  still.views = range.views;
  bool any = false;
  for (ReconstructedView& view : still.views) {
    view.camera_estimated = view.camera_estimated && view.cameras.size() == 1;
    any = any || view.camera_estimated;
  }
  still.frames.emplace_back().points = range.frames.at(0).points;
  if (any) write_colmap(still, 0, folder, views);
}

void write_motions(const Reconstruction& range, const fs::path& folder, const ExportSelection& selection) {
  const bool of_each = selection.bvh || selection.trc || selection.c3d;
  if (of_each || selection.csv) create_folder(folder);
  if (selection.csv) write_joints_csv(range, folder / "joints.csv");
  for (const Person& person : range.people) {
    if (person.bodies.empty()) continue;
    const std::string name = person_name(person.id);
    if (selection.bvh) write_bvh(range, person, folder / (name + ".bvh"));
    if (selection.trc) write_trc(range, person, folder / (name + ".trc"));
    if (selection.c3d) write_c3d(range, person, folder / (name + ".c3d"));
  }
}

std::string sentence(const SkinningDeviation& deviation) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << "The bodies of scene.glb are skinned without SMPL's pose "
       << "corrections: they lie " << 1000 * deviation.mean << " mm from SMPL's surface on average, "
       << 1000 * deviation.max << " mm at most.";
  return text.str();
}

}  // namespace

std::vector<std::string> write_range(const Reconstruction& reconstruction, const fs::path& folder,
                                     const ExportSelection& selection, std::span<const View> views) {
  require_finite(reconstruction);
  bool anybody = false;
  for (const Person& person : reconstruction.people) {
    require_motion(reconstruction, person);
    anybody = anybody || !person.bodies.empty();
  }
  create_folder(folder);
  std::vector<std::string> messages;
  if (selection.json) write_range_json(reconstruction, folder / "reconstruction.json");
  if (selection.ply) write_points_ply(*reconstruction.frames.at(0).points, folder / "points.ply");
  if (selection.glb) {
    const SkinningDeviation deviation = write_range_glb(reconstruction, folder / "scene.glb");
    if (anybody) messages.push_back(sentence(deviation));
  }
  if (selection.colmap) write_colmap_of_range(reconstruction, folder / "colmap", views);
  if (selection.cameras) write_cameras(reconstruction, folder / "cameras", views);
  if (!anybody) return messages;
  write_motions(reconstruction, folder / "motion", selection);
  if (selection.npz) create_folder(folder / "smpl");
  for (const Person& person : reconstruction.people) {
    if (!selection.npz || person.bodies.empty()) continue;
    const std::string file = two_digits(person.id) + ".npz";
    write_range_npz(reconstruction, person, folder / "smpl" / file);
    if (person.smplx_betas.empty()) continue;
    create_folder(folder / "smplx");
    write_range_smplx_npz(reconstruction, person, folder / "smplx" / file);
  }
  return messages;
}

}  // namespace ahap
