#include "reconstruction/body_fit/body_kinematics.h"

#include <Eigen/Geometry>
#include <algorithm>

#include "reconstruction/body_fit/pose_prior.h"

namespace ahap {

using Eigen::Matrix3d;
using Eigen::Vector3d;

double FittedBodyModel::height(const Betas& betas) const {
  const Eigen::VectorXd y = vertex_heights + vertex_heights_by_betas * betas;
  return y.maxCoeff() - y.minCoeff();
}

FittedBodyModel prepare_body(const BodyModel& body) {
  FittedBodyModel model;
  model.joints = shaped_joints(body);
  model.points = body_points(body);
  const int V = body.num_vertices(), B = std::min(body.num_betas(), kSmplBetas);
  model.vertex_heights = body.v_template.col(1).cast<double>();
  model.vertex_heights_by_betas.setZero(V, kSmplBetas);
  for (int v = 0; v < V; ++v)
    model.vertex_heights_by_betas.row(v).head(B) = body.shapedirs.row(3 * v + 1).head(B).cast<double>();
  for (const int k : {kLeftHeel, kRightHeel, kLeftToe, kRightToe})
    model.clearance[k] = model.points[k].position.rest.y() - model.vertex_heights.minCoeff();
  return model;
}

BodyState operator+(const BodyState& state, const StateStep& step) {
  BodyState next = state;
  next.root += step.head<3>();
  next.betas += step.segment<kSmplBetas>(kBetaColumn);
  for (int j = 0; j < kSmplJoints; ++j)
    if (const int column = kRotationColumn[j]; column >= 0)
      next.rotations[j] = rotation_of(step.segment<3>(column)) * state.rotations[j];
  return next;
}

PosedBody pose_body(const FittedBodyModel& model, const BodyState& state) {
  PosedBody posed;
  std::array<Vector3d, kSmplJoints> rest;
  for (int j = 0; j < kSmplJoints; ++j) {
    rest[j] = model.joints[j].at(state.betas);
    const int parent = kSmplParents[j];
    if (parent < 0) {
      posed.world_from_joint[j] = state.rotations[j];
      posed.joints[j] = state.root;
      posed.joints_by_betas[j].setZero();
      continue;
    }
    const Matrix3d& R = posed.world_from_joint[parent];
    posed.world_from_joint[j] = R * state.rotations[j];
    posed.joints[j] = posed.joints[parent] + R * (rest[j] - rest[parent]);
    posed.joints_by_betas[j] =
        posed.joints_by_betas[parent] + R * (model.joints[j].by_betas - model.joints[parent].by_betas);
  }
  for (int k = 0; k < kBodyPoints; ++k) {
    const int j = model.points[k].joint;
    posed.points[k] =
        posed.joints[j] + posed.world_from_joint[j] * (model.points[k].position.at(state.betas) - rest[j]);
  }
  return posed;
}

PointDerivative point_derivative(const FittedBodyModel& model, const PosedBody& posed, int point) {
  const AttachedPoint& attached = model.points[point];
  PointDerivative D = PointDerivative::Zero();
  D.leftCols<3>().setIdentity();
  D.middleCols<kSmplBetas>(kBetaColumn) =
      posed.joints_by_betas[attached.joint] +
      posed.world_from_joint[attached.joint] *
          (attached.position.by_betas - model.joints[attached.joint].by_betas);
  for (int j = attached.joint; j >= 0; j = kSmplParents[j]) {
    const int column = kRotationColumn[j];
    if (column < 0) continue;
    const Vector3d arm = posed.points[point] - posed.joints[j];
    const Matrix3d axes = j == 0 ? Matrix3d(Matrix3d::Identity()) : posed.world_from_joint[kSmplParents[j]];
    for (int a = 0; a < 3; ++a) D.col(column + a) = axes.col(a).cross(arm);
  }
  return D;
}

}  // namespace ahap
