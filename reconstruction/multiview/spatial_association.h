#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

#include "reconstruction/geometry/assignment.h"
#include "reconstruction/multiview/camera_refinement.h"

namespace ahap {

// Who is who and where the cameras are, found together. Who is who decides where the cameras are, and where
// people stand says who is who. Detections are first linked by looks alone; this and stricter links suggest
// hypotheses of the cameras, from each of which everybody is linked anew by looks and place. Of all these the
// association is taken for which most speaks: the evidence of the bundle adjustment (camera_refinement.h) and
// the looks of those linked. At last single views are placed elsewhere among the others, as long as more
// speaks for that.

struct SpatialAssociationOptions {
  double least = kSamePerson;                // mean similarity from which detections are one person ...
  std::vector<double> strict = {0.45, 0.6};  // ... and where only cameras are sought
  double place_weight = 0.4;                 // of standing at one place against looking alike
  double place_sigma = 0.1;                  // of the distance between two places, relative to their depths
  double appearance_weight = 20;  // logarithm of a likelihood ratio per unit of similarity above `least`
  int rounds = 3;                 // of clustering by place and estimating the cameras anew
  int alternatives = 8;           // other associations that are looked at ...
  int max_detections =
      300;                 // ... with so many detections in all of them: of many people, fewer are looked at
  int max_relocated = 75;  // detections in all of which views are placed elsewhere: of more people, none
  int followed = 3;        // other poses that are refined to the end, of those tried roughly ...
  double rough_loss = 40;  // ... and came this near to the support of the pose that the view has
};

struct SpatiallyAssociated {
  std::vector<int> person;                    // 0-based, of each detection, numbered by first appearance
  std::vector<CamerasFromPeople> hypotheses;  // that these people ask for
  RefinedCameras cameras;                     // grown from them
};

// `similarity`: N x N, symmetric, 0..1, of looks. The detections' `person` is not read. Never throws for bad
// geometry.
SpatiallyAssociated associate_in_space(std::span<const PeopleView> views,
                                       std::span<const PeopleDetection> detections,
                                       const Eigen::MatrixXd& similarity,
                                       const SpatialAssociationOptions& options = {});

// Where the cameras are known (world_from_camera, metres, of each view): the person of each detection by
// looks and place.
std::vector<int> cluster_with_cameras(std::span<const PeopleView> views,
                                      std::span<const PeopleDetection> detections,
                                      const Eigen::MatrixXd& similarity,
                                      std::span<const Eigen::Isometry3d> world_from_camera,
                                      const SpatialAssociationOptions& options = {});

}  // namespace ahap
