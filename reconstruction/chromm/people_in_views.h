#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <span>
#include <vector>

#include "reconstruction/chromm/scale_adjustment.h"
#include "reconstruction/chromm/view_fusion.h"

namespace ahap {

// CHROMM from what its networks say of every picture to people: scale, tracks in each view, identities over
// all views, one body per person and instant.

// Of one view, at all instants.
struct ViewLens {
  Eigen::Matrix3d K = Eigen::Matrix3d::Identity();
  double side = 0;  // the longer one of the picture, pixels
};

// Somebody in one view at one instant.
struct PersonInView {
  int view = 0;
  double score = 0;                          // 0..1
  Eigen::Vector2d head{0, 0}, pelvis{0, 0};  // where the picture shows these joints, pixels
  Eigen::RowVectorXf token;                  // tells people apart
  BodyParameters body;                       // the root in the camera's frame
  std::vector<Eigen::Vector3d> joints;       // 24 of SMPL about the head, camera axes, metres
  double depth = 0;  // of the head along the optical axis, in the unit of its cameras; 0: unknown
};

struct SeenInstant {
  double time = 0;                                   // seconds
  std::vector<Eigen::Isometry3d> world_from_camera;  // of every view, one world for all instants
  double unit = 1;  // of that world per unit of `depth`: chunks of instants may have their own
  std::vector<PersonInView> people;
};

// A person at one instant, in the world, metres.
struct FusedBody {
  int instant = 0;
  FusedState state;
  std::vector<int> seen;  // indices into the instant's people, by view
};

struct FusedPeople {
  double scale = 1;                            // metres per unit of the cameras' world
  std::size_t ratios = 0;                      // people whose lengths tell the scale; 0: it is unknown
  std::vector<std::vector<FusedBody>> people;  // who is seen most comes first; bodies by instant
};

// Where the joints of somebody are in the world of the cameras, multiplied by `scale`: 24 joints, metres.
std::vector<Eigen::Vector3d> joints_in_world(const PersonInView& person, const SeenInstant& instant,
                                             const ViewLens& lens, double scale);

// Whose depth is unknown, and who makes a jump that nobody can make, belongs to no one.
FusedPeople fuse_people_in_views(std::span<const ViewLens> views, std::span<const SeenInstant> instants,
                                 RatioMean rule = RatioMean::mean);

}  // namespace ahap
