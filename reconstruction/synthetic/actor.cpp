#include "reconstruction/synthetic/actor.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <limits>

namespace ahap {
namespace {

using Eigen::Matrix3f;
using Eigen::Vector3f;

constexpr float kTouching = 0.02f;  // metres above the floor

// Dresses a body whose skin is `bare`, world.
void dress(Actor& actor, std::vector<Vector3f> bare, const BodyTemplate& figure) {
  const std::vector<Vector3f> bare_normals = vertex_normals(bare, figure.triangles);
  for (std::size_t v = 0; v < bare.size(); ++v) {
    bare[v] += outfit_thickness(actor.outfit, figure, figure.canonical[v]) * bare_normals[v];
    bare[v].y() = std::max(bare[v].y(), 0.f);
  }
  actor.normals = vertex_normals(bare, figure.triangles);
  actor.vertices = std::move(bare);
}

// Which feet touch the floor with their skin.
std::array<bool, 2> touching_feet(const std::vector<Vector3f>& bare, const BodyTemplate& figure) {
  constexpr int ankle = 7, foot = 10;  // left ones; the right ones follow
  std::array<bool, 2> contact{};
  for (std::size_t v = 0; v < bare.size(); ++v)
    for (const int side : {0, 1})
      if (figure.main_joint[v] == ankle + side || figure.main_joint[v] == foot + side)
        contact[side] |= bare[v].y() < kTouching;
  return contact;
}

}  // namespace

std::vector<PosedBody> pose_bodies(const std::vector<Actor>& people, const BodyTemplate& figure,
                                   double seconds) {
  std::vector<PosedBody> posed;
  std::vector<std::array<float, kSmplBetas>> betas;
  std::vector<std::array<Matrix3f, kSmplJoints>> rotations;
  for (const Actor& actor : people) {
    const Skeleton rest = figure.rest_joints(actor.betas);
    posed.push_back(
        {make_pose(actor.activity, rest, actor.pose_seed, seconds, actor.pose_difficulty), {}, {}, rest[0]});
    betas.push_back(actor.betas);
    rotations.push_back(posed.back().pose.rotations);
  }
  std::vector<PosedMesh> meshes = figure.pose(betas, rotations);
  for (std::size_t n = 0; n < posed.size(); ++n) {
    PosedBody& p = posed[n];
    p.vertices = std::move(meshes[n].vertices);
    p.joints = std::move(meshes[n].joints);
    float lowest = 1e9f;
    for (const Vector3f& X : p.vertices) lowest = std::min(lowest, X.y());
    const Vector3f onto_floor(-p.joints[0].x(), -lowest, -p.joints[0].z());
    for (Vector3f& X : p.vertices) X += onto_floor;
    for (Vector3f& X : p.joints) X += onto_floor;
  }
  return posed;
}

void place(Actor& actor, const PosedBody& body, const BodyTemplate& figure) {
  const Matrix3f R = Eigen::AngleAxisf(actor.yaw, Vector3f::UnitY()).toRotationMatrix();
  const Vector3f offset(actor.position.x(), 0, actor.position.y());
  actor.smpl.betas = actor.betas;
  for (int j = 0; j < kSmplJoints; ++j) {
    const Matrix3f rotation = j == 0 ? Matrix3f(R * body.pose.rotations[0]) : body.pose.rotations[j];
    const Eigen::AngleAxisf aa(rotation);
    actor.smpl.pose[j] = aa.angle() * aa.axis();
  }
  // The layer turns the body about its rest pelvis, which then has to land on the same spot.
  const Vector3f pelvis = R * body.joints[0] + offset;
  actor.smpl.transl = pelvis - body.rest_pelvis;
  actor.joints.clear();
  for (const Vector3f& X : body.joints) actor.joints.push_back(R * X + offset);
  std::vector<Vector3f> bare;
  bare.reserve(body.vertices.size());
  for (const Vector3f& X : body.vertices) bare.push_back(R * X + offset);
  actor.foot_contact = touching_feet(bare, figure);
  dress(actor, std::move(bare), figure);
}

void place(Actor& actor, const WalkPose& pose, const BodyTemplate& figure) {
  PosedMesh mesh = std::move(figure.pose({actor.betas}, {pose.rotations}).front());
  actor.smpl.betas = actor.betas;
  for (int j = 0; j < kSmplJoints; ++j) {
    const Eigen::AngleAxisf aa(pose.rotations[j]);
    actor.smpl.pose[j] = aa.angle() * aa.axis();
  }
  actor.smpl.transl = pose.pelvis - figure.rest_joints(actor.betas)[0];
  const Vector3f offset = pose.pelvis - mesh.joints[0];
  for (Vector3f& X : mesh.joints) X += offset;
  for (Vector3f& X : mesh.vertices) X += offset;
  actor.joints = std::move(mesh.joints);
  actor.foot_contact = pose.foot_contact;
  dress(actor, std::move(mesh.vertices), figure);
}

}  // namespace ahap
