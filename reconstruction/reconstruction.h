#pragma once

#include <Eigen/Core>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reconstruction/box.h"
#include "reconstruction/camera.h"
#include "reconstruction/camera_offset.h"
#include "reconstruction/image.h"
#include "reconstruction/mesh.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {

// Instead of a person's id.
constexpr int kNobody = 0;
constexpr int kNotAPerson = -1;  // somebody said that there is no person: a statue, a mistake

// One person seen in one view of one frame.
struct Detection {
  int view = 0;  // index into Reconstruction::views
  int person_id = kNobody;
  double score = 0;                       // 0..1
  Eigen::Vector2d keypoint{0, 0};         // the model's primary key point, original pixels
  Box box;                                // of the visible person, original pixels
  double keypoint_depth = 0;              // metres along the optical axis, as the human branch estimates it
  std::vector<Eigen::Vector2d> joints2d;  // 24 SMPL joints, original pixels; empty when the model has none
  bool left_out = false;                  // somebody said that no body and no camera is to follow from it
  bool locked = false;                    // somebody is sure of its person_id
};

// One input camera: its pictures, one per frame, and where it stood.
struct ReconstructedView {
  std::string name;              // unique among the views, the file name where there is one
  std::string path;              // absolute, empty for synthetic input
  std::vector<Camera> cameras;   // one where the camera stands still, else one per frame
  bool camera_estimated = true;  // false: no pose could be found; the camera is a placeholder and is not used
  CameraOffset time_offset = {};  // of a camera of a range: when it began
  bool left_out = false;          // somebody said that nothing is to follow from its pictures

  const Camera& camera(int frame) const { return cameras.at(cameras.size() == 1 ? 0 : frame); }
};

// A[p][n]: weight of detection n for person p (rows as people, columns as detections).
struct AssociationMatrix {
  std::vector<int> person_ids;             // row labels; 0 for a query without a person
  std::vector<std::vector<float>> weight;  // rows x detections
};

// The next best way to tell who is who.
struct RunnerUp {
  std::vector<int> person_ids;  // of each detection, 0 for nobody; empty: there is no other way
  double margin = 0;            // by how much it is less likely: twice the difference of log likelihoods
};

// What the cameras saw at one instant.
struct ReconstructedFrame {
  int number = 0;   // in the capture, from 0
  double time = 0;  // seconds since the capture's first frame; 0 where its pictures have no time
  // Of each view, at most 1600 pixels on the longer side, for display; of a range of frames only some have
  // any.
  std::vector<Image> pictures;
  std::shared_ptr<const PointCloud> points = std::make_shared<PointCloud>();  // frames may share them
  std::vector<Detection> detections;
  AssociationMatrix association;
  RunnerUp runner_up;
};

// SMPL-X in one frame, flat hands at rest. Vertices = SMPLX(betas, expression, pose) + transl.
struct SmplxPose {
  std::array<float, kSmplxExpressions> expression{};
  std::array<Eigen::Vector3f, kSmplxJoints> pose{};  // axis-angle, radians; pose[0] is the global orientation
  Eigen::Vector3f transl{0, 0, 0};                   // metres
};

// A person's body in one frame, world frame. Vertices = SMPL(betas, pose) + transl.
struct BodyInFrame {
  int frame = 0;                                    // index into Reconstruction::frames
  std::array<Eigen::Vector3f, kSmplJoints> pose{};  // axis-angle, radians; pose[0] is the global orientation
  Eigen::Vector3f transl{0, 0, 0};                  // metres
  // Where the body is an SMPL-X body. Of one frame alone, mesh and joints are that body's, and there is no
  // SMPL transl; in a range pose and transl are an SMPL body's with the same pose and head.
  std::optional<SmplxPose> smplx;
  TriangleMesh mesh;                    // empty in a range of frames: it follows from the pose (one_frame)
  std::vector<Eigen::Vector3f> joints;  // 24 SMPL joints
  int reference_view = 0;               // the view the pose was decoded in
  bool triangulated = false;            // position from two or more views (else from one view's depth)
  double triangulation_residual = 0;    // root mean square reprojection distance, pixels
  double position_sigma = 0;            // standard deviation of the place per axis, metres; 0: not known
  std::array<bool, 2> foot_contact{};   // left, right: the foot stands on the floor
  // Indices into the frame's detections. Empty: nothing shows the person here, the body was filled in between
  // frames that do.
  std::vector<int> detections;
  BodyInFrame() { pose.fill(Eigen::Vector3f::Zero()); }
};

// One person: one identity and one shape over all frames.
struct Person {
  int id = 0;                             // 1-based, stable, ordered by detection support
  std::string name;                       // as somebody named it; empty: has none
  std::string gender = "neutral";         // of the body model: "neutral", "female" or "male"
  std::array<float, kSmplBetas> betas{};  // SMPL
  std::vector<float> smplx_betas;         // 10 or 11; empty where the body is SMPL's
  double height = 0;                      // metres, of the standing body with these betas
  std::vector<BodyInFrame> bodies;        // by frame, at most one in each
};

struct StageTiming {
  std::string stage;
  double seconds = 0;
};

enum class UpSource { people_and_floor, gravity_estimate, reference_camera };

class CorrectableRun;
struct BodyModel;

// The immutable result of a run over one frame or many: plain values, no tensors, no GL.
// World: metres, Y up, floor at y = 0, origin under the centroid of the people (without people: under the
// reference camera).
struct Reconstruction {
  std::vector<ReconstructedView> views;
  std::vector<ReconstructedFrame> frames;  // by number, at least one
  std::vector<Person> people;
  std::string association_method;  // "learned", "geometric", "joints" or "tracking"
  double scale = 1;                // metric units per unit of the scene branch's depth
  UpSource up_source = UpSource::reference_camera;
  std::string primary_keypoint = "pelvis";
  bool partial = false;  // of a run that goes on: what it knows so far
  std::vector<StageTiming> timings;
  std::vector<std::string> messages;  // what a person should know about this result, one sentence each
  std::string program_version;
  std::string model_name;
  std::shared_ptr<const BodyModel> body_model;  // of a range of frames: meshes follow from it and the poses
  std::shared_ptr<const CorrectableRun> run;    // to correct it; null: it cannot be corrected
};

// A person and its body in one frame.
struct PersonInFrame {
  const Person& person;
  const BodyInFrame& body;
};

// Who has a body in a frame, in the order of Reconstruction::people. `frame` is an index into
// Reconstruction::frames.
std::vector<PersonInFrame> people_in(const Reconstruction& reconstruction, int frame);
// Nothing where nobody has this id or this person has no body in that frame.
std::optional<PersonInFrame> find_person(const Reconstruction& reconstruction, int frame, int id);

// Frames per second of successive frames, the median; 0 where they have no time or there is only one.
double frame_rate(const Reconstruction& reconstruction);

// How texts call a person: by its name, else "Person 3".
std::string person_label(const Person& person);
std::string person_label(const Reconstruction& reconstruction, int id);

}  // namespace ahap
