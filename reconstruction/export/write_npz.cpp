#include <Eigen/Geometry>
#include <span>
#include <stdexcept>

#include "reconstruction/body/posed_vertices.h"
#include "reconstruction/export/exporters.h"
#include "reconstruction/export/finite.h"
#include "reconstruction/export/motion.h"
#include "reconstruction/export/names.h"
#include "reconstruction/export/range_exporters.h"
#include "reconstruction/formats/npz.h"
#include "reconstruction/rotation_vector.h"

namespace ahap {
namespace {

constexpr int kSmplhJoints = 52;
constexpr int kAmassBetas = 16;
constexpr int kBodyJoints = kSharedJoints - 1, kHandJoints = 15;

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
  const Eigen::Matrix3d W = z_up_from_y_up();
  const Eigen::Vector3d J0 = pelvis.cast<double>() - transl.cast<double>();
  return {rotation_vector(W * rotation_of(global_orient.cast<double>())), W * pelvis.cast<double>() - J0};
}

// An animation in AMASS's layout, which readers expect to state its rate under either spelling. The roots
// take the place of the poses' first three columns.
Npz animation(const Person& person, std::span<const Root> roots, std::vector<double> poses, double rate) {
  const std::size_t columns = poses.size() / roots.size();
  std::vector<double> trans;
  for (std::size_t t = 0; t < roots.size(); ++t) {
    std::copy(roots[t].orient.begin(), roots[t].orient.end(), poses.begin() + std::ptrdiff_t(t * columns));
    trans.insert(trans.end(), roots[t].trans.begin(), roots[t].trans.end());
  }
  const auto T = std::int64_t(roots.size());
  const NpyArray frame_rate = NpyArray::of(std::vector<double>{rate}, {});
  return {{"poses", NpyArray::of(poses, {T, std::int64_t(columns)})},
          {"trans", NpyArray::of(trans, {T, 3})},
          {"gender", NpyArray::of(person.gender)},
          {"mocap_framerate", frame_rate},
          {"mocap_frame_rate", frame_rate}};
}

constexpr double kRateOfOneFrame = 30;  // it has none, and readers demand one

NpyArray amass_betas(const Person& person) {
  std::vector<double> betas(person.betas.begin(), person.betas.end());
  betas.resize(kAmassBetas, 0.0);
  return NpyArray::of(betas, {kAmassBetas});
}

std::vector<double> flat(std::span<const Eigen::Vector3f> pose) {
  std::vector<double> numbers;
  for (const Eigen::Vector3f& v : pose) numbers.insert(numbers.end(), v.begin(), v.end());
  return numbers;
}

// SMPL-H's pose with hands at rest: SMPL's two hand joints are not SMPL-H's.
std::vector<double> smplh_pose(std::span<const Eigen::Vector3f> pose) {
  std::vector<double> numbers = flat(pose.first(kSharedJoints));
  numbers.resize(3 * kSmplhJoints, 0.0);
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
  const Root root = root_z_up(smplx.pose[0], smplx.transl, body.joints[0]);
  arrays.merge(animation(person, {&root, 1}, flat(smplx.pose), kRateOfOneFrame));
  arrays["expressions"] = arrays["expression"];
  arrays["expressions"].shape = {1, kSmplxExpressions};
  arrays["animation_world"] = NpyArray::of("z_up_metres");
  write_npz(arrays, file);
}

void write_smplh_npz(const PersonInFrame& in_frame, const std::filesystem::path& file) {
  require_finite(in_frame);
  require_joints(in_frame);
  const auto& [person, body] = in_frame;
  const Root root = root_z_up(body.pose[0], body.transl, body.joints[0]);
  Npz arrays = animation(person, {&root, 1}, smplh_pose(body.pose), kRateOfOneFrame);
  arrays["betas"] = amass_betas(person);
  write_npz(arrays, file);
}

void write_range_npz(const Reconstruction& reconstruction, const Person& person,
                     const std::filesystem::path& file) {
  const Motion motion = motion_of(reconstruction, person);
  const Eigen::Vector3f J0 = posed_joints(*reconstruction.body_model, rest_of(person))[0];
  std::vector<Root> roots;
  std::vector<double> poses;
  std::vector<std::int64_t> frames, seen;
  for (const MotionSample& sample : motion.samples) {
    const Eigen::Vector3f& transl = sample.smpl.transl;
    roots.push_back(root_z_up(sample.smpl.pose[0], transl, transl + J0));
    const std::vector<double> pose = smplh_pose(sample.smpl.pose);
    poses.insert(poses.end(), pose.begin(), pose.end());
    frames.push_back(sample.frame < 0 ? -1 : reconstruction.frames[sample.frame].number);
    seen.push_back(sample.body && !sample.body->detections.empty());
  }
  const auto T = std::int64_t(motion.samples.size());
  Npz arrays = animation(person, roots, std::move(poses), motion.rate);
  arrays["betas"] = amass_betas(person);
  arrays["person_id"] = NpyArray::of(std::vector<std::int64_t>{person.id}, {});
  arrays["frames"] = NpyArray::of(frames, {T});
  arrays["seen"] = NpyArray::of(seen, {T});
  write_npz(arrays, file);
}

void write_range_smplx_npz(const Reconstruction& reconstruction, const Person& person,
                           const std::filesystem::path& file) {
  require_finite(person);
  std::vector<double> poses, transl, expressions;
  std::vector<std::int64_t> frames;
  for (const BodyInFrame& body : person.bodies) {
    if (!body.smplx) continue;
    const SmplxPose& smplx = *body.smplx;
    const std::vector<double> pose = flat(smplx.pose);
    poses.insert(poses.end(), pose.begin(), pose.end());
    transl.insert(transl.end(), smplx.transl.begin(), smplx.transl.end());
    expressions.insert(expressions.end(), smplx.expression.begin(), smplx.expression.end());
    frames.push_back(reconstruction.frames.at(body.frame).number);
  }
  const auto T = std::int64_t(frames.size());
  write_npz({{"poses", NpyArray::of(poses, {T, 3 * kSmplxJoints})},
             {"transl", NpyArray::of(transl, {T, 3})},
             {"expression", NpyArray::of(expressions, {T, kSmplxExpressions})},
             {"betas", NpyArray::of(person.smplx_betas, {std::int64_t(person.smplx_betas.size())})},
             {"gender", NpyArray::of(person.gender)},
             {"person_id", NpyArray::of(std::vector<std::int64_t>{person.id}, {})},
             {"frames", NpyArray::of(frames, {T})}},
            file);
}

}  // namespace ahap
