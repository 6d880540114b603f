#pragma once

#include <Eigen/Core>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "reconstruction/camera.h"
#include "reconstruction/image.h"
#include "reconstruction/mesh.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {

// Pixels of the original image.
struct Box {
  double x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

// One person seen in one view.
struct Detection {
  int view = 0;                           // index into Reconstruction::views
  int person_id = 0;                      // 0 = belongs to nobody
  double score = 0;                       // 0..1
  Eigen::Vector2d keypoint{0, 0};         // the model's primary key point, original pixels
  Box box;                                // of the visible person, original pixels
  double keypoint_depth = 0;              // metres along the optical axis, as the human branch estimates it
  std::vector<Eigen::Vector2d> joints2d;  // 24 SMPL joints, original pixels; empty when the model has none
};

// SMPL parameters, world frame. Vertices = SMPL(betas, [global_orient, body_pose]) + transl.
struct SmplParameters {
  std::array<float, kSmplBetas> betas{};
  std::array<Eigen::Vector3f, kSmplJoints> pose{};  // axis-angle, radians; pose[0] is the global orientation
  Eigen::Vector3f transl{0, 0, 0};                  // metres
  SmplParameters() { pose.fill(Eigen::Vector3f::Zero()); }
};

// SMPL-X parameters, world frame, flat hands at rest. Vertices = SMPLX(betas, expression, pose) + transl.
struct SmplxParameters {
  std::vector<float> betas;  // 10 or 11
  std::array<float, kSmplxExpressions> expression{};
  std::array<Eigen::Vector3f, kSmplxJoints> pose{};  // axis-angle, radians; pose[0] is the global orientation
  Eigen::Vector3f transl{0, 0, 0};                   // metres
};

// One person of the scene.
struct Person {
  int id = 0;  // 1-based, stable, ordered by detection support
  SmplParameters smpl;
  std::string gender = "neutral";        // of the body model: "neutral", "female" or "male"
  std::optional<SmplxParameters> smplx;  // where the body is an SMPL-X body; then smpl holds its pose alone
  TriangleMesh mesh;                     // world frame
  std::vector<Eigen::Vector3f> joints;   // 24 SMPL joints, world frame
  double height = 0;                     // metres, of the standing body with these betas
  int reference_view = 0;                // the view the pose was decoded in
  bool triangulated = false;             // position from two or more views (else from one view's depth)
  double triangulation_residual = 0;     // root mean square reprojection distance, pixels
  std::vector<int> detections;           // indices into Reconstruction::detections
};

// One input picture with its estimated camera.
struct ReconstructedView {
  std::string name;  // unique among the views, the file name where there is one
  std::string path;  // absolute, empty for synthetic input
  Camera camera;
  bool camera_estimated =
      true;     // false: no pose could be found, the camera stands at a placeholder and is not used
  Image image;  // the original picture, at most 1600 pixels on its longer side, for display
};

struct StageTiming {
  std::string stage;
  double seconds = 0;
};

// A[p][n]: weight of detection n for person p (rows as people, columns as detections).
struct AssociationMatrix {
  std::vector<int> person_ids;             // row labels; 0 for a query without a person
  std::vector<std::vector<float>> weight;  // rows x detections
};

enum class UpSource { people_and_floor, gravity_estimate, reference_camera };

// The immutable result of a run: plain values, no tensors, no GL.
// World: metres, Y up, floor at y = 0, origin under the centroid of the people (without people: under the
// reference camera).
struct Reconstruction {
  std::vector<ReconstructedView> views;
  PointCloud points;
  std::vector<Detection> detections;
  std::vector<Person> people;
  AssociationMatrix association;
  std::string association_method;  // "learned", "geometric" or "joints"
  // The next best way to tell who is who: person id of each detection, 0 for nobody; empty: there is none.
  // The margin is by how much it is less likely, twice the difference of log likelihoods.
  std::vector<int> runner_up;
  double runner_up_margin = 0;
  double scale = 1;  // metric units per unit of the scene branch's depth
  UpSource up_source = UpSource::reference_camera;
  std::string primary_keypoint = "pelvis";
  bool partial = false;  // of a run that goes on: what it knows so far
  std::vector<StageTiming> timings;
  std::vector<std::string> messages;  // what a person should know about this result, one sentence each
  std::string program_version;
  std::string model_name;
};

}  // namespace ahap
