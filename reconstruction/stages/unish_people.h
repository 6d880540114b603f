#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <vector>

#include "reconstruction/box.h"
#include "reconstruction/models/unish_model.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// The 24 SMPL joints of the person in frame s of a chunk, camera frame.
std::vector<Eigen::Vector3d> camera_joints(const UnishModel& model, const UnishOutput& seen, std::int64_t s);

// Where a picture shows the person, so that the place is without it: the pixels of a box between the depths
// of the joints, and a little more.
struct PersonRegion {
  Box box;
  double nearest = 0, farthest = 0;  // metres

  PersonRegion() = default;
  PersonRegion(const Box& box, const std::vector<Eigen::Vector3d>& joints);
  bool holds(const Eigen::Vector2d& pixel, double depth) const {
    return pixel.x() >= box.x0 && pixel.x() <= box.x1 && pixel.y() >= box.y0 && pixel.y() <= box.y1 &&
           depth >= nearest && depth <= farthest;
  }
};

// Joints and key point of the detection in the picture of the camera, from the body that it shows.
void project_joints(const Camera& camera, const BodyInFrame& body, Detection& detection);

// The bodies of a clip's person, frame by frame.
class ClipPerson {
 public:
  // Frame s of a chunk, which is frame `frame` of the result.
  void add(int frame, const UnishOutput& seen, std::int64_t s, const Eigen::Isometry3d& world_from_camera,
           const Eigen::Vector3d& pelvis_in_camera);
  bool empty() const { return bodies_.empty(); }
  // In the cameras' world, with one shape: the mean of all frames'. Bodies show detection 0 of their frames.
  Person person(const UnishModel& model) const;

 private:
  struct Body {
    int frame = 0;
    std::array<Eigen::Vector3f, kSmplJoints> pose;  // axis-angle, the root in the world
    Eigen::Vector3d pelvis;                         // in the world
  };
  std::vector<Body> bodies_;
  std::array<double, kSmplBetas> shape_sum_{};
};

}  // namespace ahap
