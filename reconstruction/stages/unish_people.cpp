#include "reconstruction/stages/unish_people.h"

#include <algorithm>
#include <limits>

#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/rotations.h"
#include "reconstruction/rotation_vector.h"

namespace ahap {
namespace {

constexpr double kFleshDepth =
    0.3;  // metres of the body in front of the nearest joint and behind the farthest

double height_of(const Smpl& body, const torch::Tensor& betas) {
  const auto straight = torch::eye(3).expand({1, kSmplJoints, 3, 3});
  const auto up = body(betas, straight, torch::zeros({1, 3})).vertices[0].select(1, 1);
  return (up.max() - up.min()).item<double>();
}

}  // namespace

std::vector<Eigen::Vector3d> camera_joints(const UnishModel& model, const UnishOutput& seen, std::int64_t s) {
  const auto betas = model.has_shape ? seen.betas.cpu() : torch::zeros({1, kSmplBetas});
  return points3(model.body->joints(betas, seen.rotations.slice(0, s, s + 1).cpu(),
                                    seen.trans.slice(0, s, s + 1).cpu())[0]);
}

PersonRegion::PersonRegion(const Box& box, const std::vector<Eigen::Vector3d>& joints)
    : box(box), nearest(std::numeric_limits<double>::max()), farthest(-nearest) {
  for (const Eigen::Vector3d& joint : joints) {
    nearest = std::min(nearest, joint.z() - kFleshDepth);
    farthest = std::max(farthest, joint.z() + kFleshDepth);
  }
}

void project_joints(const Camera& camera, const BodyInFrame& body, Detection& detection) {
  const Eigen::Vector2d middle((detection.box.x0 + detection.box.x1) / 2,
                               (detection.box.y0 + detection.box.y1) / 2);
  detection.joints2d.clear();
  for (const Eigen::Vector3f& joint : body.joints)
    detection.joints2d.push_back(camera.project(joint.cast<double>()).value_or(middle));
  detection.keypoint = detection.joints2d[0];
  detection.keypoint_depth = (camera.camera_from_world() * body.joints[0].cast<double>()).z();
}

void ClipPerson::add(int frame, const UnishOutput& seen, std::int64_t s,
                     const Eigen::Isometry3d& world_from_camera, const Eigen::Vector3d& pelvis_in_camera) {
  Body& body = bodies_.emplace_back();
  body.frame = frame;
  body.pelvis = world_from_camera * pelvis_in_camera;
  const auto angles = points3(axis_angle_from_matrix(seen.rotations[s]));
  for (std::size_t j = 0; j < angles.size(); ++j) body.pose[j] = angles[j].cast<float>();
  body.pose[0] = rotation_vector(world_from_camera.linear() * matrix3(seen.rotations[s][0])).cast<float>();
  const std::vector<double> betas = doubles(seen.betas[0]);
  for (std::size_t b = 0; b < betas.size(); ++b) shape_sum_[b] += betas[b];
}

Person ClipPerson::person(const UnishModel& model) const {
  Person person;
  person.id = 1;
  person.gender = model.body->gender();
  if (model.has_shape)
    for (std::size_t b = 0; b < person.betas.size(); ++b)
      person.betas[b] = float(shape_sum_[b] / double(bodies_.size()));
  const auto betas = torch::tensor(std::vector<float>(person.betas.begin(), person.betas.end())).unsqueeze(0);
  person.height = height_of(*model.body, betas);
  const auto n = std::int64_t(bodies_.size());
  auto angles = torch::empty({n, kSmplJoints, 3});
  for (std::int64_t i = 0; i < n; ++i)
    for (int j = 0; j < kSmplJoints; ++j)
      std::copy_n(bodies_[std::size_t(i)].pose[std::size_t(j)].data(), 3, angles[i][j].data_ptr<float>());
  const auto at_origin =
      model.body->joints(betas.expand({n, -1}), matrix_from_axis_angle(angles), torch::zeros({n, 3}));
  for (std::int64_t i = 0; i < n; ++i) {
    const Body& seen = bodies_[std::size_t(i)];
    BodyInFrame& body = person.bodies.emplace_back();
    body.frame = seen.frame;
    body.pose = seen.pose;
    body.detections = {0};
    const auto joints = points3(at_origin[i]);
    const Eigen::Vector3d transl = seen.pelvis - joints[0];
    body.transl = transl.cast<float>();
    for (const Eigen::Vector3d& joint : joints) body.joints.push_back((joint + transl).cast<float>());
  }
  return person;
}

}  // namespace ahap
