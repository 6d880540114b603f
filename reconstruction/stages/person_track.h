#pragma once

#include <Eigen/Core>
#include <vector>

#include "reconstruction/ahap/association.h"
#include "reconstruction/body_layer/smpl.h"
#include "reconstruction/multiview/geometric_association.h"
#include "reconstruction/stages/branch_observations.h"

namespace ahap {

// One person: the observations that are said to show him, and the body they give, in the cameras' world,
// metres.
struct PersonTrack {
  int id = 0;                     // 1-based, by support
  std::vector<int> observations;  // indices of BranchObservations::people, by view
  std::vector<double> weight;     // of every one of them: the person's row of the association matrix
  int reference = -1;             // the observation that the body was decoded from
  double depth = 0;               // of the key point there, along the optical axis
  BodyParameters body;            // the root in the world
  Eigen::Vector3d transl{0, 0, 0};
  std::vector<Eigen::Vector3d> joints;    // 24, SMPL's
  std::vector<Eigen::Vector3d> vertices;  // of the model's mesh
  Eigen::Vector3d keypoint{0, 0, 0};
  bool triangulated = false;
  double residual = 0;  // of the triangulation, pixels of the square input
};

// In the order of the rows of identities.A; no bodies yet.
std::vector<PersonTrack> tracks_of(const Identities& identities, const BranchObservations& seen);

// Bodies of several tracks as the body layer takes them.
struct BodyTensors {
  torch::Tensor betas;      // (P, B)
  torch::Tensor rotations;  // (P, J, 3, 3), the root in the world
};
BodyTensors body_tensors(const std::vector<PersonTrack>& tracks);

// Rest joints (24) of each track's shape, the pelvis where the model has it.
std::vector<std::vector<Eigen::Vector3d>> rest_joints(const std::vector<PersonTrack>& tracks,
                                                      const Smpl& body);

// Joints and vertices of all tracks from their parameters and transl.
void pose_bodies(std::vector<PersonTrack>& tracks, const Smpl& body);

}  // namespace ahap
