#pragma once

#include <cstdint>
#include <vector>

#include "reconstruction/branches/human3r/frame_picture.h"
#include "reconstruction/models/human3r_model.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// Somebody in one frame of a video, as Human3R gives him.
struct VideoPerson {
  std::int64_t id = 0;  // the network's, from 0
  // In the world, with 24 SMPL joints and without a mesh. Its pose is that of Human3R's SMPL-X body, its
  // shape the mean; the head is where the network has it.
  BodyInFrame body;
  SmplxPose smplx;  // with the root in the world; transl follows from the person's shape
  std::array<float, kSmplBetas> betas{};  // SMPL-X, as this frame alone has them
  Detection detection;                    // without joints2d and box, which follow from the camera
};
std::vector<VideoPerson> people_of(const Human3rFrame& frame, const Human3rModel& model,
                                   const FramePlacement& placement,
                                   const Eigen::Isometry3d& world_from_camera);

// Joints and box of the detection in the picture of the camera, from the body that it shows.
void project_body(const Camera& camera, const BodyInFrame& body, Detection& detection);

// Gives SMPL-X bodies to a person whose bodies have SMPL-X poses without transl: the shape is `betas`, the
// head stays where it is. Sets height and smplx_betas. Where `with_meshes`, bodies have meshes and joints of
// SMPL-X, too.
void place_smplx_bodies(const Smpl& smplx, const std::array<float, kSmplBetas>& betas, bool with_meshes,
                        Person& person);

// Of the standing SMPL body of mean shape, metres.
double mean_height(const Smpl& body);

}  // namespace ahap
