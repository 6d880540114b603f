#pragma once

#include <Eigen/Geometry>
#include <array>
#include <optional>
#include <vector>

#include "reconstruction/body_layer/smpl.h"
#include "reconstruction/box.h"
#include "reconstruction/branches/human_branch.h"
#include "reconstruction/branches/scene_branch.h"
#include "reconstruction/geometry/manhattan.h"
#include "reconstruction/multiview/geometric_association.h"
#include "reconstruction/multiview/human_scene.h"
#include "reconstruction/networks/square_input.h"

namespace ahap {

// What the branches say of the views and of the people in them, as plain values. Tensors stay with the
// branches' outputs, which never change; calibration and cameras correct the values here. Pixels are those of
// the square input. Cameras: OpenCV axes.

struct SeenView {
  Eigen::Matrix3d K = Eigen::Matrix3d::Identity();  // as calibrated so far
  bool focal_known = false;                         // K has the focal length that the picture itself tells
  std::optional<Eigen::Vector3d> up;                // against gravity, camera axes, unit
  std::optional<StraightEdges>
      edges;                 // of the picture, where they were sought; then K and up go with `manhattan`
  ManhattanFrame manhattan;  // not found where there are too few edges
  std::optional<Eigen::Isometry3d> world_from_camera;  // where the scene branch relates the views
  std::vector<float> depth;       // size x size, row-major, along the optical axis; 0 or not finite: unknown
  std::vector<float> confidence;  // of depth, larger is more certain
};

struct SeenPerson {
  int row = 0;  // of the human branch's output
  int view = 0;
  double score = 0;                       // 0..1
  Eigen::Vector2d keypoint{0, 0};         // primary key point
  double keypoint_sigma = 0;              // per axis; 0: unknown
  std::array<double, 4> box{};            // x0 y0 x1 y1 of the visible person
  double depth = 0;                       // of the key point along the optical axis, metres; 0: unknown
  double depth_sigma = 0;                 // relative; 0: unknown
  std::vector<Eigen::Vector2d> joints2d;  // 24; empty: unknown
  std::vector<double> joints2d_sigma;     // 24, per axis; empty: unknown
  std::vector<double> heading;            // HumanEstimate::heading; empty: unknown
  std::optional<BodyParameters> body;     // as this view alone has it, the root in the key point's ray frame
  std::vector<Eigen::Vector3d> joints;    // 24 of `body` about its pelvis, ray frame, metres
  bool agrees = true;                     // with the cameras; then it counts for bodies and places
  bool left_right_swapped = false;        // its left is the person's right
};

struct BranchObservations {
  int size = 0;               // side of the square input
  int keypoint_joint = 0;     // SMPL joint that the key points show
  bool metric_depth = false;  // else up to one factor
  std::vector<SeenView> views;
  std::vector<SeenPerson> people;  // by view; those whose score counts by itself
  std::vector<SeenPerson> weak;    // by view; those that other views may confirm

  bool related() const { return !views.empty() && views[0].world_from_camera.has_value(); }
  bool sees_joints() const { return !people.empty() && !people[0].joints2d.empty(); }
  DepthMap depth_map(int view) const { return {size, size, views[view].depth}; }
};

// People with `sure_score` or more, and below it the weak ones. `body`: the model that human.pose6d and
// human.betas are of. keypoint_joint: SMPL joint that the key points show. Both outputs are of the same
// views.
BranchObservations observe(const SceneEstimate& scene, const HumanEstimate& human, const Smpl& body,
                           int keypoint_joint, double sure_score);

// The person's box in the original picture.
Box original_box(const SeenPerson& person, const SquarePlacement& placement);

// New intrinsics, one per view. Metric depth and people's distances were estimated with those before and move
// with the focal lengths.
void use_intrinsics(BranchObservations& seen, const std::vector<Eigen::Matrix3d>& K);

// Of each person, the row of the human branch's output: (N) int64.
torch::Tensor rows_of(const std::vector<SeenPerson>& people);

}  // namespace ahap
