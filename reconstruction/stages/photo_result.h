#pragma once

#include <vector>

#include "reconstruction/models/photo_model.h"
#include "reconstruction/multiview/joint_association.h"
#include "reconstruction/multiview/placed_people.h"
#include "reconstruction/reconstruction.h"
#include "reconstruction/view.h"

namespace ahap {

// What a run on photographs knows so far; from the people found on, a result can be made of it.
struct PhotoState {
  std::vector<Image> display;  // of each view
  std::vector<PhotoPerson> found;
  JointAssociation association;  // empty: who is who is not known yet
  PlacedScene scene;             // likewise
  WorldFrame world;
  std::vector<std::vector<Eigen::Vector3d>> vertices;  // of each of the scene's people, world
  PointCloud points;
};

std::vector<PersonObservation> observations_of(const std::vector<PhotoPerson>& people);
std::vector<Triangle> triangles_of(const BodyModel& body);

// All but timings.
Reconstruction photo_result(const PhotoState& state, const std::vector<View>& views, const PhotoModel& model);

}  // namespace ahap
