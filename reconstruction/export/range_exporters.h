#pragma once

#include <filesystem>
#include <span>

#include "reconstruction/reconstruction.h"
#include "reconstruction/view.h"

namespace ahap {

// Writers of a range of frames, its bodies SMPL's. As in exporters.h they write beside their target, and no
// number that is not finite reaches a file. They throw std::invalid_argument where the range has no body
// model, and a sentence where a body cannot be written.
//
// Time. Formats that know only a frame rate have a sample for every 1 / frame_rate seconds (30 per second
// where the frames have no times): a frame stands at the sample that its time rounds to. A person's file
// covers the samples from its first body to its last one. Those in between without a body are a gap. BVH and
// SMPL files have no word for a gap: they turn and move the body evenly across it (slerp of the rotations,
// the pelvis on a line). Every other file leaves it open.

// How far glTF's skinning of bodies is from SMPL's surface, which bends with the pose: distances of the
// vertices, metres.
struct SkinningDeviation {
  double mean = 0, max = 0;
};
// Of one person, over at most 100 of its frames, evenly chosen.
SkinningDeviation skinning_deviation(const BodyModel& model, const Person& person);

// reconstruction.json, the contract file of a range. The keys are those of write_json, which describes what
// is not said here, in this order:
//   program, version, model, conventions
//   frame_rate         frames per second; 0: not known
//   scale, up_source, primary_keypoint
//   views              as of one frame; a camera that moves has, instead of K and world_from_camera, cameras:
//                      frame, width, height, K and world_from_camera of each
//   people             id, color, height, name (where it has one), gender (of the body model), betas, gaps
//                      (first and last number of the frames without a body between its first and last one)
//                      and bodies: frame (number), filled (true: no picture shows the person here; the body
//                      lies between those of other frames), reference_view, triangulated,
//                      triangulation_residual, position_sigma (m per axis, 0: not known), foot_contact (left,
//                      right foot on the floor), transl, pose, joints, detections (indices into those of its
//                      frame). Where bodies are known as SMPL-X's, too, a person has smplx_betas, and such a
//                      body smplx: transl, pose (55 joints) and expression
//   frames             frame (number in the capture, from 0), time (s since the capture's first frame),
//                      detections
//   association        method
//   timings, messages
// Bodies and frames stand on a line each. Written piece by piece: memory does not grow with the range.
void write_range_json(const Reconstruction& reconstruction, const std::filesystem::path& file);

// One glTF 2.0 binary whose animation "motion" starts at the range's first frame; its world is ours. Nodes:
//   "points"           the cloud of the first frame, which a range's frames share
//   "person_01"        or as the person was named: the parent of 24 joints, "person_01_pelvis" and so on by
//                      their SMPL names; extras person_id, height and skinning_deviation_mm (mean, max)
//   "person_01_body"   the body of this shape at rest, skinned with at most four weights a vertex
//   "camera_<view>"    as of write_glb, animated where the camera moves; its field of view is that of the
//                      first frame
//   "frustums"         of cameras that stand still; one that moves carries its own
// Where a person has no body the scale of its pelvis is 0, in steps: glTF's way to hide a skinned mesh, which
// Blender follows. The scene's extras have frame_rate and skinning_deviation_mm over all people, which is
// returned in metres.
SkinningDeviation write_range_glb(const Reconstruction& reconstruction, const std::filesystem::path& file);

// A skeleton of this person's shape and its motion, Biovision hierarchy: SMPL's joints, centimetres, Y up;
// root channels X Y Z position, all joints Z X Y rotation (degrees, R = Rz Rx Ry). The root's offset is zero.
// Blender imports metres with the scale 0.01.
void write_bvh(const Reconstruction& reconstruction, const Person& person, const std::filesystem::path& file);

// Joints as markers of OpenSim: millimetres, Y up. Frame 1 is the range's first sample, whose time is 0.
// Cells of a gap are empty.
void write_trc(const Reconstruction& reconstruction, const Person& person, const std::filesystem::path& file);

// Joints as points of C3D (https://www.c3d.org), little endian, floating point: millimetres, Z up: (x, -z,
// y). Frame 1 is the range's first sample. The residual is the standard deviation of the body's place, at
// least 1 mm; 0, as of interpolated points, where no picture shows the body; -1, as of points that were not
// seen, in a gap.
void write_c3d(const Reconstruction& reconstruction, const Person& person, const std::filesystem::path& file);

// frame (number), time (seconds), person (id), joint, x, y, z (metres, our world), seen: 1; 0 where no
// picture shows the body; in a gap 0 with x, y and z empty. By person, frame and joint.
void write_joints_csv(const Reconstruction& reconstruction, const std::filesystem::path& file);

// One person in the layout of AMASS and of Blender's SMPL add-on, over T samples: poses (T, 156) of SMPL-H
// with hands at rest, trans (T, 3), betas (16), gender, mocap_framerate, mocap_frame_rate; world Z up: (x,
// -z, y). Besides person_id, frames (T), the frames' numbers or -1, and seen (T), 0 where no picture shows
// the body.
void write_range_npz(const Reconstruction& reconstruction, const Person& person,
                     const std::filesystem::path& file);

// The SMPL-X bodies of one person, those that it has, in our world: poses (T, 165) in the order of SMPL-X's
// joints, hands flat at rest, transl (T, 3), expression (T, 10), betas, gender, person_id, and frames (T),
// the frames' numbers. Vertices = SMPLX(betas, expression, poses) + transl.
void write_range_smplx_npz(const Reconstruction& reconstruction, const Person& person,
                           const std::filesystem::path& file);

// Camera files, into `folder`; `views` as for write_colmap. Views without an estimated camera are left out.
//   transforms.json    nerfstudio (PINHOLE): camera axes x right, y up, z back; world Z up: (x, -z, y).
//                      A camera that stands still has one entry with the picture of colmap/images, one that
//                      moves an entry for every frame with a picture images/<view>/000012.jpg that is not
//                      written. Also view and time (seconds) of each.
//   intri.yml, extri.yml   EasyMocap, in OpenCV's FileStorage: names; K_ (the centre of the top-left pixel is
//                      (0, 0)), dist_, W_, H_; R_ (rotation vector), Rot_, T_ (camera from world, OpenCV
//                      axes; world Z up: (x, -z, y)). Cameras that stand still; without any there is no such
//                      file.
//   <view>.tum         of each camera that moves: time, position and quaternion x y z w of world_from_camera,
//                      OpenCV axes; our world.
// <view>, and the names in the .yml files: the view's name without its ending, other characters than A-Z a-z
// 0-9 - _ as "_".
void write_cameras(const Reconstruction& reconstruction, const std::filesystem::path& folder,
                   std::span<const View> views = {});

}  // namespace ahap
