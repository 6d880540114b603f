#include <Eigen/Geometry>
#include <span>
#include <stdexcept>

#include "reconstruction/export/exporters.h"
#include "reconstruction/export/finite.h"
#include "reconstruction/export/names.h"
#include "reconstruction/formats/npz.h"

namespace ahap {
namespace {

constexpr int kSmplhJoints = 52;
constexpr int kAmassBetas = 16;
constexpr int kBodyJoints = kSharedJoints - 1, kHandJoints = 15;

Eigen::Vector3d rotation_vector(const Eigen::Matrix3d& R) {
  const Eigen::AngleAxisd rotation(R);
  return rotation.angle() * rotation.axis();
}

Eigen::Matrix3d rotation_matrix(const Eigen::Vector3d& v) {
  const double angle = v.norm();
  return angle > 0 ? Eigen::AngleAxisd(angle, v / angle).toRotationMatrix() : Eigen::Matrix3d::Identity();
}

NpyArray vectors(std::span<const Eigen::Vector3f> values, std::vector<std::int64_t> shape) {
  std::vector<float> numbers;
  for (const Eigen::Vector3f& v : values) numbers.insert(numbers.end(), v.begin(), v.end());
  return NpyArray::of(numbers, std::move(shape));
}

void require_joints(const PersonInFrame& in_frame) {
  if (in_frame.body.joints.size() != kSmplJoints) {
    throw std::runtime_error("the SMPL file of " + person_name(in_frame.person.id) +
                             " was not written: it has " + std::to_string(in_frame.body.joints.size()) +
                             " joints instead of 24");
  }
}

// What files of all kinds of bodies share.
Npz mesh_arrays(const PersonInFrame& in_frame) {
  const auto& [person, body] = in_frame;
  std::vector<std::int64_t> faces;
  for (const Triangle& triangle : body.mesh.triangles)
    faces.insert(faces.end(), triangle.begin(), triangle.end());
  return {{"joints", vectors(body.joints, {kSmplJoints, 3})},
          {"vertices", vectors(body.mesh.positions, {std::int64_t(body.mesh.positions.size()), 3})},
          {"faces", NpyArray::of(faces, {std::int64_t(body.mesh.triangles.size()), 3})},
          {"person_id", NpyArray::of(std::vector<std::int64_t>{person.id}, {})},
          {"gender", NpyArray::of(person.gender)},
          {"world", NpyArray::of("y_up_metres")}};
}

// The root of a pose and its translation in AMASS's world, which has Z up. A body turns about its pelvis J0
// and not about the origin, hence
//   R' = W R,  trans' = W (trans + J0) - J0,  with trans + J0 = the pelvis in the world.
struct Root {
  Eigen::Vector3d orient, trans;
};

Root root_z_up(const Eigen::Vector3f& global_orient, const Eigen::Vector3f& transl,
               const Eigen::Vector3f& pelvis) {
  Eigen::Matrix3d W;  // Rx(90 degrees): (x, y, z) -> (x, -z, y)
  W << 1, 0, 0, 0, 0, -1, 0, 1, 0;
  const Eigen::Vector3d J0 = pelvis.cast<double>() - transl.cast<double>();
  return {rotation_vector(W * rotation_matrix(global_orient.cast<double>())), W * pelvis.cast<double>() - J0};
}

// An animation of one frame in AMASS's layout. One frame has no frame rate; readers demand one, under either
// spelling.
Npz animation(const Person& person, const Root& root, std::vector<double> poses) {
  std::copy(root.orient.begin(), root.orient.end(), poses.begin());
  const std::int64_t columns = std::int64_t(poses.size());
  const NpyArray frame_rate = NpyArray::of(std::vector<double>{30}, {});
  return {{"poses", NpyArray::of(poses, {1, columns})},
          {"trans", NpyArray::of(std::vector<double>(root.trans.begin(), root.trans.end()), {1, 3})},
          {"gender", NpyArray::of(person.gender)},
          {"mocap_framerate", frame_rate},
          {"mocap_frame_rate", frame_rate}};
}

std::vector<double> flat(std::span<const Eigen::Vector3f> pose) {
  std::vector<double> numbers;
  for (const Eigen::Vector3f& v : pose) numbers.insert(numbers.end(), v.begin(), v.end());
  return numbers;
}

}  // namespace

void write_smpl_npz(const PersonInFrame& in_frame, const std::filesystem::path& file) {
  require_finite(in_frame);
  require_joints(in_frame);
  const auto& [person, body] = in_frame;
  Npz arrays = mesh_arrays(in_frame);
  arrays["global_orient"] = vectors({&body.pose[0], 1}, {3});
  arrays["body_pose"] = vectors({&body.pose[1], kSmplJoints - 1}, {3 * (kSmplJoints - 1)});
  arrays["betas"] = NpyArray::of(std::vector<float>(person.betas.begin(), person.betas.end()), {kSmplBetas});
  arrays["transl"] = vectors({&body.transl, 1}, {3});
  write_npz(arrays, file);
}

void write_smplx_npz(const PersonInFrame& in_frame, const std::filesystem::path& file) {
  require_finite(in_frame);
  require_joints(in_frame);
  const auto& [person, body] = in_frame;
  if (!body.smplx)
    throw std::runtime_error("the SMPL-X file of " + person_name(person.id) +
                             " was not written: its body is SMPL's");
  const SmplxPose& smplx = *body.smplx;
  const auto poses = [&](int first, int count) {
    return vectors({&smplx.pose[first], std::size_t(count)}, {3 * count});
  };
  Npz arrays = mesh_arrays(in_frame);
  arrays["global_orient"] = poses(0, 1);
  arrays["body_pose"] = poses(1, kBodyJoints);
  arrays["jaw_pose"] = poses(22, 1);
  arrays["leye_pose"] = poses(23, 1);
  arrays["reye_pose"] = poses(24, 1);
  arrays["left_hand_pose"] = poses(25, kHandJoints);
  arrays["right_hand_pose"] = poses(25 + kHandJoints, kHandJoints);
  arrays["betas"] = NpyArray::of(person.smplx_betas, {std::int64_t(person.smplx_betas.size())});
  arrays["expression"] =
      NpyArray::of(std::vector<float>(smplx.expression.begin(), smplx.expression.end()), {kSmplxExpressions});
  arrays["transl"] = vectors({&smplx.transl, 1}, {3});
  arrays.merge(animation(person, root_z_up(smplx.pose[0], smplx.transl, body.joints[0]), flat(smplx.pose)));
  arrays["expressions"] = arrays["expression"];
  arrays["expressions"].shape = {1, kSmplxExpressions};
  arrays["animation_world"] = NpyArray::of("z_up_metres");
  write_npz(arrays, file);
}

void write_smplh_npz(const PersonInFrame& in_frame, const std::filesystem::path& file) {
  require_finite(in_frame);
  require_joints(in_frame);
  const auto& [person, body] = in_frame;
  std::vector<double> poses =
      flat({body.pose.data(), kSharedJoints});  // the two hand joints are not SMPL-H's
  poses.resize(3 * kSmplhJoints, 0.0);
  std::vector<double> betas(person.betas.begin(), person.betas.end());
  betas.resize(kAmassBetas, 0.0);
  Npz arrays = animation(person, root_z_up(body.pose[0], body.transl, body.joints[0]), std::move(poses));
  arrays["betas"] = NpyArray::of(betas, {kAmassBetas});
  write_npz(arrays, file);
}

}  // namespace ahap
