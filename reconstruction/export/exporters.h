#pragma once

#include <filesystem>
#include <span>

#include "reconstruction/reconstruction.h"
#include "reconstruction/view.h"

namespace ahap {

// Every exporter writes beside its target and renames when complete; failures name the path. A number that is
// not finite reaches no file: the exporter throws a sentence that names it. `frame` is
// an index into Reconstruction::frames. Our world: metres, right-handed, Y up, floor at y = 0. Ids are
// written with two digits: person 1 is "person_01".

// Points as x y z, red green blue (sRGB), scalar_confidence (0..1), scalar_view (index of the view) and
// scalar_person (id, 0 = scene); binary little endian; our world.
void write_points_ply(const PointCloud& points, const std::filesystem::path& file);

// One person's mesh with normals, in the person's colour; our world. The OBJ's material lies beside it as
// .mtl.
void write_person_ply(const PersonInFrame& person, const std::filesystem::path& file);
void write_person_obj(const PersonInFrame& person, const std::filesystem::path& file);

// One glTF 2.0 binary; its world is ours. Nodes: "points" (linear vertex colours of 16 bits), "person_01"...
// or as the people were named (material in the person's colour), "camera_<view name>" (a glTF camera, which
// looks along its -Z; extras K, width, height, image), and "frustums" (lines). Views without an estimated
// camera have no node.
void write_glb(const Reconstruction& reconstruction, int frame, const std::filesystem::path& file);

// COLMAP text model in `folder`/sparse/0 (PINHOLE); world (x, -y, -z), so that Y is down as COLMAP's windows
// show it. At most 50,000 points, each with the images that show it: in the picture and not behind nearer
// points. POINTS2D are the points' projections; their error is a nominal 0.5 pixel. Views without an
// estimated camera are left out.
// Of those in `views`, the pictures that the frame was made from, every picture lies in
// `folder`/images under the name that the model says: upright, JPEG or PNG, without a blank in its name
// ("walk 1.mp4" is "walk_1.jpg").
void write_colmap(const Reconstruction& reconstruction, int frame, const std::filesystem::path& folder,
                  std::span<const View> views = {});

// SMPL of one person, our world: global_orient (3), body_pose (69), betas (10), transl (3), joints (24, 3),
// vertices (V, 3), faces (F, 3), person_id, gender (of the body model), world "y_up_metres".
void write_smpl_npz(const PersonInFrame& person, const std::filesystem::path& file);

// A person with an SMPL-X body, our world: global_orient (3), body_pose (63), jaw_pose, leye_pose, reye_pose
// (3), left_hand_pose, right_hand_pose (45), betas, expression (10), transl (3), and the rest as
// write_smpl_npz. The same body for the SMPL-X model of Blender's SMPL add-on (AMASS layout, one frame, world
// Z up: (x, -z, y)): poses (1, 165), trans (1, 3), expressions (1, 10), mocap_framerate, mocap_frame_rate;
// animation_world "z_up_metres". Throws for others.
void write_smplx_npz(const PersonInFrame& person, const std::filesystem::path& file);

// The same person for the SMPL-H model of Blender's SMPL add-on (AMASS layout, one frame): poses (1, 156)
// with hands at rest, trans (1, 3), betas (16), gender, mocap_framerate, mocap_frame_rate. World Z up: (x,
// -z, y).
void write_smplh_npz(const PersonInFrame& person, const std::filesystem::path& file);

// reconstruction.json, the contract file of one frame. Keys, in this order:
//   program, version, model
//   conventions        the sentences below in short, and joint_names (24)
//   frame              its number in the capture, from 0
//   scale              metres per unit of the scene branch's depth
//   up_source          people_and_floor | gravity_estimate | reference_camera
//   primary_keypoint   the joint that a detection's keypoint locates
//   views              name, path (a name with bytes that are no UTF-8 as lossless_utf8 writes it), width,
//   height (original pixels), camera_estimated, K (3x3 rows, pixels, centre of the
//                      top-left one at (0.5, 0.5)), world_from_camera (4x4 rows, metres, OpenCV axes; null
//                      when no camera could be estimated); where somebody left the view out also left_out
//   people             id, color ("#rrggbb", sRGB), height (m, standing), reference_view (name),
//   triangulated,
//                      triangulation_residual (pixels, root mean square), betas (10), transl (m), pose (24x3
//                      axis-angle, radians, the first in the world), joints (24x3, m, world), detections
//                      (indices into detections); where
//                      somebody named the person also name; with an SMPL-X body also body ("SMPL-X") and
//                      expression (10), and betas (10 or 11), transl and pose (55x3) are SMPL-X's
//   detections         view (name), person_id (0 = nobody), score (0..1), box (x0, y0, x1, y1, pixels),
//   keypoint (pixels),
//                      keypoint_depth (m along the optical axis), joints2d (24x2 pixels, or empty);
//                      where somebody left it out also left_out
//   association        method, person_ids (labels of the rows, 0 = nobody), weight (rows x detections),
//                      runner_up: margin and person_ids (of each detection; empty: there is no other way)
//   timings            stage, seconds
//   messages           sentences about this result
void write_json(const Reconstruction& reconstruction, int frame, const std::filesystem::path& file);

// What write_all and write_range write. bvh to cameras: of a range only.
struct ExportSelection {
  bool ply = true, obj = true, glb = true, colmap = true, npz = true, json = true;
  bool bvh = true, trc = true, c3d = true, csv = true, cameras = true;
};

// `files`: a regular expression of the paths it writes, relative to the folder; those of folders end with
// '/'.
struct ExportFormat {
  const char* name;
  bool ExportSelection::*selected;
  const char* files;
};
std::span<const ExportFormat> export_formats();

// The formats of these names; all of them where there are no names. Throws std::invalid_argument for others.
ExportSelection export_selection(const std::vector<std::string>& names);

// Everything selected of one frame, into `folder` (created when missing; other files in it stay):
//   reconstruction.json  points.ply  scene.glb  people/01.obj .mtl .ply
//   colmap/sparse/0/{cameras,images,points3D}.txt colmap/images/ smpl/01.npz 01_smplh.npz
// views: as for write_colmap.
void write_all(const Reconstruction& reconstruction, int frame, const std::filesystem::path& folder,
               const ExportSelection& selection = {}, std::span<const View> views = {});

// Everything selected of a range of frames, into `folder` as write_all does:
//   reconstruction.json  points.ply  scene.glb  colmap/  smpl/01.npz
//   motion/person_01.bvh .trc .c3d  motion/joints.csv
//   cameras/transforms.json intri.yml extri.yml <view>.tum
// range_exporters.h describes them. There are no people/ meshes: they would be one per person and frame, and
// follow from the body model. colmap/ holds the cameras that stand still, with `views` as their pictures of
// one frame; without such cameras there is none. Throws std::invalid_argument for a range without a body
// model. Returns what a person should know about the files, one sentence each.
std::vector<std::string> write_range(const Reconstruction& reconstruction,
                                     const std::filesystem::path& folder,
                                     const ExportSelection& selection = {}, std::span<const View> views = {});

// Whether write_all or write_range may write a file of this path, relative to its folder and with '/',
// whatever the reconstruction holds. For a folder, whose path ends with '/': whether they may write files
// into it.
bool is_export_name(const std::string& path, const ExportSelection& selection = {});

}  // namespace ahap
