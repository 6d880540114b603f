#include "reconstruction/body/posed_vertices.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <stdexcept>
#include <string>

namespace ahap {
namespace {

using Eigen::Matrix3f;
using Eigen::Vector3f;

Vertices shaped_vertices(const BodyModel& body, const SmplParameters& parameters) {
  const int B = std::min(body.num_betas(), kSmplBetas);
  const Eigen::Map<const Eigen::VectorXf> betas(parameters.betas.data(), B);
  const Eigen::VectorXf offsets = body.shapedirs.leftCols(B) * betas;  // (3V)
  return body.v_template + Eigen::Map<const Vertices>(offsets.data(), body.num_vertices(), 3);
}

// Where a rest pose's frames of the joints go: rotations and joints, without the translation.
struct PosedFrames {
  std::array<Vector3f, kSmplJoints> rest, joints;
  std::array<Matrix3f, kSmplJoints> local, world;
};

PosedFrames pose_frames(const BodyModel& body, const Vertices& shaped, const SmplParameters& parameters) {
  if (body.num_joints() != kSmplJoints)
    throw std::invalid_argument("posed_vertices: SMPL's 24 joints are expected, the body has " +
                                std::to_string(body.num_joints()) + ".");
  const Vertices rest = (body.J_regressor.cast<double>() * shaped.cast<double>()).cast<float>();
  PosedFrames frames;
  for (int j = 0; j < kSmplJoints; ++j) {
    const Vector3f& w = parameters.pose[j];
    const float angle = w.norm();
    frames.local[j] =
        angle > 0 ? Eigen::AngleAxisf(angle, w / angle).toRotationMatrix() : Matrix3f(Matrix3f::Identity());
    frames.rest[j] = rest.row(j).transpose();
    const int parent = body.parents[j];
    if (parent < 0) {
      frames.world[j] = frames.local[j];
      frames.joints[j] = frames.rest[j];
    } else {
      frames.world[j] = frames.world[parent] * frames.local[j];
      frames.joints[j] =
          frames.joints[parent] + frames.world[parent] * (frames.rest[j] - frames.rest[parent]);
    }
  }
  return frames;
}

}  // namespace

Vertices posed_vertices(const BodyModel& body, const SmplParameters& parameters) {
  const Vertices shaped = shaped_vertices(body, parameters);
  const PosedFrames frames = pose_frames(body, shaped, parameters);

  Eigen::Matrix<float, 9 * (kSmplJoints - 1), 1> feature;  // entries of R_j - I, row by row
  for (int j = 1; j < kSmplJoints; ++j)
    for (int entry = 0; entry < 9; ++entry)
      feature[9 * (j - 1) + entry] = frames.local[j](entry / 3, entry % 3) - (entry % 4 == 0 ? 1.f : 0.f);
  const Eigen::VectorXf correctives = body.posedirs * feature;  // (3V)

  std::array<Vector3f, kSmplJoints> shift;  // of x -> world x + shift
  for (int j = 0; j < kSmplJoints; ++j) shift[j] = frames.joints[j] - frames.world[j] * frames.rest[j];
  Vertices posed(body.num_vertices(), 3);
  for (int v = 0; v < body.num_vertices(); ++v) {
    const Vector3f x = shaped.row(v).transpose() + correctives.segment<3>(3 * v);
    Vector3f sum = parameters.transl;
    for (int j = 0; j < kSmplJoints; ++j)
      if (const float weight = body.weights(v, j); weight != 0)
        sum += weight * (frames.world[j] * x + shift[j]);
    posed.row(v) = sum.transpose();
  }
  return posed;
}

std::array<Vector3f, kSmplJoints> posed_joints(const BodyModel& body, const SmplParameters& parameters) {
  PosedFrames frames = pose_frames(body, shaped_vertices(body, parameters), parameters);
  for (Vector3f& joint : frames.joints) joint += parameters.transl;
  return frames.joints;
}

}  // namespace ahap
