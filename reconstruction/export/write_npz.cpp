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

void require_joints(const Person& person) {
  if (person.joints.size() != kSmplJoints) {
    throw std::runtime_error("the SMPL file of " + person_name(person.id) + " was not written: it has " +
                             std::to_string(person.joints.size()) + " joints instead of 24");
  }
}

// What files of all kinds of bodies share.
Npz mesh_arrays(const Person& person) {
  std::vector<std::int64_t> faces;
  for (const Triangle& triangle : person.mesh.triangles) faces.insert(faces.end(), triangle.begin(), triangle.end());
  return {{"joints", vectors(person.joints, {kSmplJoints, 3})},
          {"vertices", vectors(person.mesh.positions, {std::int64_t(person.mesh.positions.size()), 3})},
          {"faces", NpyArray::of(faces, {std::int64_t(person.mesh.triangles.size()), 3})},
          {"person_id", NpyArray::of(std::vector<std::int64_t>{person.id}, {})},
          {"gender", NpyArray::of("neutral")},
          {"world", NpyArray::of("y_up_metres")}};
}

}  // namespace

void write_smpl_npz(const Person& person, const std::filesystem::path& file) {
  require_finite(person);
  require_joints(person);
  const SmplParameters& smpl = person.smpl;
  Npz arrays = mesh_arrays(person);
  arrays["global_orient"] = vectors({&smpl.pose[0], 1}, {3});
  arrays["body_pose"] = vectors({&smpl.pose[1], kSmplJoints - 1}, {3 * (kSmplJoints - 1)});
  arrays["betas"] = NpyArray::of(std::vector<float>(smpl.betas.begin(), smpl.betas.end()), {kSmplBetas});
  arrays["transl"] = vectors({&smpl.transl, 1}, {3});
  write_npz(arrays, file);
}

void write_smplx_npz(const Person& person, const std::filesystem::path& file) {
  require_finite(person);
  require_joints(person);
  if (!person.smplx) throw std::runtime_error("the SMPL-X file of " + person_name(person.id) + " was not written: its body is SMPL's");
  const SmplxParameters& smplx = *person.smplx;
  constexpr int kBodyJoints = kSharedJoints - 1, kHandJoints = 15;
  const auto poses = [&](int first, int count) { return vectors({&smplx.pose[first], std::size_t(count)}, {3 * count}); };
  Npz arrays = mesh_arrays(person);
  arrays["global_orient"] = poses(0, 1);
  arrays["body_pose"] = poses(1, kBodyJoints);
  arrays["jaw_pose"] = poses(22, 1);
  arrays["leye_pose"] = poses(23, 1);
  arrays["reye_pose"] = poses(24, 1);
  arrays["left_hand_pose"] = poses(25, kHandJoints);
  arrays["right_hand_pose"] = poses(25 + kHandJoints, kHandJoints);
  arrays["betas"] = NpyArray::of(smplx.betas, {std::int64_t(smplx.betas.size())});
  arrays["expression"] =
      NpyArray::of(std::vector<float>(smplx.expression.begin(), smplx.expression.end()), {kSmplxExpressions});
  arrays["transl"] = vectors({&smplx.transl, 1}, {3});
  write_npz(arrays, file);
}

// AMASS's world has Z up. SMPL turns a body about its pelvis J0 and not about the origin, hence
//   R' = W R,  trans' = W (trans + J0) - J0,  with trans + J0 = the pelvis in the world.
void write_smplh_npz(const Person& person, const std::filesystem::path& file) {
  require_finite(person);
  require_joints(person);
  Eigen::Matrix3d W;  // Rx(90 degrees): (x, y, z) -> (x, -z, y)
  W << 1, 0, 0, 0, 0, -1, 0, 1, 0;
  const Eigen::Vector3d pelvis = person.joints[0].cast<double>();
  const Eigen::Vector3d J0 = pelvis - person.smpl.transl.cast<double>();
  const Eigen::Vector3d trans = W * pelvis - J0;

  std::vector<double> poses(3 * kSmplhJoints, 0.0);
  const Eigen::Vector3d root = rotation_vector(W * rotation_matrix(person.smpl.pose[0].cast<double>()));
  std::copy(root.begin(), root.end(), poses.begin());
  for (int joint = 1; joint < kSharedJoints; ++joint) {  // the two hand joints are not SMPL-H's
    const Eigen::Vector3f& v = person.smpl.pose[joint];
    std::copy(v.begin(), v.end(), poses.begin() + 3 * joint);
  }
  std::vector<double> betas(person.smpl.betas.begin(), person.smpl.betas.end());
  betas.resize(kAmassBetas, 0.0);

  // One moment has no frame rate; readers demand one, under either spelling.
  const NpyArray frame_rate = NpyArray::of(std::vector<double>{30}, {});
  write_npz({{"poses", NpyArray::of(poses, {1, 3 * kSmplhJoints})},
             {"trans", NpyArray::of(std::vector<double>(trans.begin(), trans.end()), {1, 3})},
             {"betas", NpyArray::of(betas, {kAmassBetas})},
             {"gender", NpyArray::of("neutral")},
             {"mocap_framerate", frame_rate},
             {"mocap_frame_rate", frame_rate}},
            file);
}

}  // namespace ahap
