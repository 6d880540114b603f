#include "reconstruction/stages/human3r_people.h"

#include <algorithm>

#include "reconstruction/body_layer/smplx_to_smpl.h"
#include "reconstruction/branches/multi_hmr/multi_hmr_branch.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/rotations.h"
#include "reconstruction/rotation_vector.h"
#include "reconstruction/stages/result.h"

namespace ahap {
namespace {

constexpr int kHeadJoint = 15;
constexpr double kFlesh = 0.08;  // of the box around the joints, on every side: flesh around the bones

// (3) of a row of a float tensor on the CPU.
Eigen::Vector3f row_of(const torch::Tensor& rows, std::int64_t row) {
  const auto at = rows.accessor<float, 2>();
  return {at[row][0], at[row][1], at[row][2]};
}

double standing_height(const Smpl& body, const torch::Tensor& betas) {
  const auto straight = torch::eye(3).expand({1, body.num_joints(), 3, 3});
  const auto heights = body(betas, straight, torch::zeros({1, 3})).vertices[0].select(1, 1);
  return (heights.max() - heights.min()).item<double>();
}

}  // namespace

std::vector<VideoPerson> people_of(const Human3rFrame& frame, const Human3rModel& model,
                                   const FramePlacement& placement,
                                   const Eigen::Isometry3d& world_from_camera) {
  const auto n = std::int64_t(frame.ids.size());
  std::vector<VideoPerson> people(static_cast<std::size_t>(n));
  if (n == 0) return people;
  const auto whole = smplx_rotations(frame.bodies.rotations.cpu());
  const auto rotations = smpl_rotations(whole);
  const auto at_origin =
      smpl_joints(model.body->joints(torch::zeros({n, kSmplBetas}), rotations, torch::zeros({n, 3})));
  const auto head = frame.bodies.transl.cpu();
  const auto in_camera = at_origin + (head - at_origin.select(1, kHeadJoint)).unsqueeze(1);
  const auto angles = axis_angle_from_matrix(whole).contiguous();  // (n, 55, 3)
  const auto betas = frame.bodies.betas.cpu().contiguous(),
             expression = frame.bodies.expression.cpu().contiguous();
  const auto pixels = points2(frame.detected.pixel);
  const auto scores = doubles(frame.detected.score), depths = doubles(head.select(1, 2));
  for (std::int64_t i = 0; i < n; ++i) {
    VideoPerson& person = people[std::size_t(i)];
    person.id = frame.ids[std::size_t(i)];
    for (int j = 0; j < kSmplxJoints; ++j) person.smplx.pose[std::size_t(j)] = row_of(angles[i], j);
    person.smplx.pose[0] =
        rotation_vector(world_from_camera.linear() * matrix3(rotations[i][0])).cast<float>();
    std::copy_n(expression[i].data_ptr<float>(), kSmplxExpressions, person.smplx.expression.begin());
    std::copy_n(betas[i].data_ptr<float>(), kSmplBetas, person.betas.begin());
    std::copy_n(person.smplx.pose.begin(), kSharedJoints, person.body.pose.begin());
    for (const Eigen::Vector3d& X : points3(in_camera[i]))
      person.body.joints.push_back((world_from_camera * X).cast<float>());
    person.body.transl = person.body.joints[0] - vector3(at_origin[i][0]).cast<float>();
    person.body.detections = {int(i)};
    person.detection.person_id = int(person.id) + 1;
    person.detection.score = scores[std::size_t(i)];
    person.detection.keypoint = placement.to_original(pixels[std::size_t(i)]);
    person.detection.keypoint_depth = depths[std::size_t(i)];
  }
  return people;
}

void project_body(const Camera& camera, const BodyInFrame& body, Detection& detection) {
  Eigen::Vector2d low = detection.keypoint, high = detection.keypoint;
  detection.joints2d.clear();
  for (const Eigen::Vector3f& joint : body.joints) {
    const Eigen::Vector2d pixel = camera.project(joint.cast<double>()).value_or(detection.keypoint);
    detection.joints2d.push_back(pixel);
    low = low.cwiseMin(pixel);
    high = high.cwiseMax(pixel);
  }
  const Eigen::Vector2d margin = kFlesh * (high - low), size(camera.width, camera.height);
  low = (low - margin).cwiseMax(0).cwiseMin(size);
  high = (high + margin).cwiseMax(0).cwiseMin(size);
  detection.box = {low.x(), low.y(), high.x(), high.y()};
}

void place_smplx_bodies(const Smpl& smplx, const std::array<float, kSmplBetas>& betas, bool with_meshes,
                        Person& person) {
  if (person.bodies.empty()) return;
  const auto shape = torch::tensor(std::vector<float>(betas.begin(), betas.end())).unsqueeze(0);
  const auto with_expression = [&](const SmplxPose& pose) {
    return torch::cat(
        {shape,
         torch::tensor(std::vector<float>(pose.expression.begin(), pose.expression.end())).unsqueeze(0)},
        1);
  };
  person.smplx_betas.assign(betas.begin(), betas.end());
  person.height = standing_height(smplx, torch::cat({shape, torch::zeros({1, kSmplxExpressions})}, 1));
  for (BodyInFrame& body : person.bodies) {
    SmplxPose& pose = body.smplx.value();
    pose.pose[0] = body.pose[0];
    auto angles = torch::empty({1, kSmplxJoints, 3});
    for (int j = 0; j < kSmplxJoints; ++j)
      std::copy_n(pose.pose[std::size_t(j)].data(), 3, angles[0][j].data_ptr<float>());
    const auto rotations = matrix_from_axis_angle(angles);
    const auto head = smplx.joints(with_expression(pose), rotations, torch::zeros({1, 3}))[0][kHeadJoint];
    pose.transl = body.joints.at(kHeadJoint) - vector3(head).cast<float>();
    if (!with_meshes) continue;
    const auto posed = smplx(with_expression(pose), rotations,
                             tensor_of(Eigen::Vector3d(pose.transl.cast<double>())).unsqueeze(0));
    const auto joints = points3(smpl_joints(posed.joints)[0]);
    std::transform(joints.begin(), joints.end(), body.joints.begin(),
                   [](const Eigen::Vector3d& X) { return Eigen::Vector3f(X.cast<float>()); });
    body.mesh = {};
    for (const Eigen::Vector3d& X : points3(posed.vertices[0]))
      body.mesh.positions.push_back(X.cast<float>());
    body.mesh.triangles = triangles_of(smplx);
    body.mesh.normals = vertex_normals(body.mesh.positions, body.mesh.triangles);
  }
}

double mean_height(const Smpl& body) {
  return standing_height(body, torch::zeros({1, kSmplBetas}));
}

}  // namespace ahap
