#include "reconstruction/body_fit/body_points.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

namespace ahap {
namespace {

using Eigen::Vector3d;

enum Joint {
  pelvis = 0,
  left_hip = 1,
  left_knee = 4,
  left_ankle = 7,
  left_foot = 10,
  neck = 12,
  head = 15,
  left_shoulder = 16,
  left_elbow = 18,
  left_wrist = 20,
  left_hand = 22
};

// Distances between the points that the networks report, triangulated on calibrated pictures of adults: hips
// 0.21 m apart (hip joints of SMPL 0.13 to 0.17), heel to ankle 0.066, heel to toe 0.213, ankle to toe 0.187,
// thigh 0.40 to shin 0.378.
constexpr double kHipShare = 0.63;    // of the half width
constexpr double kKneeShare = 0.035;  // of the way from the knee joint to the ankle joint
// Of the way from the ankle joint to the surface, at these shares of the joint's height above the sole; from
// the mean residuals of fitted bodies on calibrated pictures, like those of ears and knuckles.
constexpr double kHeelShare = 0.62, kHeelHeight = 0.25, kToeShare = 0.86, kToeHeight = 0.5;
// Shares of the height from chin to crown (adult heads: pupils at a half less the hair, Farkas 1994).
constexpr double kEyeHeight = 0.46, kNoseHeight = 0.33, kEarHeight = 0.43, kMouthHeight = 0.19;
constexpr double kEyeOut = 0.14, kMouthOut = 0.11;
constexpr double kEarShare = 0.92;     // of the way from the middle of the head to its side
constexpr double kKnuckleShare = 0.5;  // of half the hand's width

// A combination of points moves with the shape like its parts.
ShapedPoint between(const ShapedPoint& a, const ShapedPoint& b, double share) {
  return {a.rest + share * (b.rest - a.rest), a.by_betas + share * (b.by_betas - a.by_betas)};
}

Eigen::Matrix<double, 3, kSmplBetas> shape_rows(const BodyModel& body, int vertex) {
  Eigen::Matrix<double, 3, kSmplBetas> rows = Eigen::Matrix<double, 3, kSmplBetas>::Zero();
  const int B = std::min(body.num_betas(), kSmplBetas);
  rows.leftCols(B) = body.shapedirs.block(3 * vertex, 0, 3, B).cast<double>();
  return rows;
}

// The template's surface, asked by rays.
class Surface {
 public:
  explicit Surface(const BodyModel& body) : body_(body) {}

  Vector3d vertex(int v) const { return body_.v_template.row(v).transpose().cast<double>(); }

  double lowest() const { return body_.v_template.col(1).minCoeff(); }
  double highest() const { return body_.v_template.col(1).maxCoeff(); }

  // The first surface point on the way from far outside, on the side `outward`, towards p.
  ShapedPoint outermost(const Vector3d& p, const Vector3d& outward) const {
    const Vector3d origin = p + 10 * outward, direction = -outward;  // farther than any body is large
    double nearest = 20;
    ShapedPoint hit;
    for (int f = 0; f < body_.faces.rows(); ++f) {
      const std::array<int, 3> corners = {body_.faces(f, 0), body_.faces(f, 1), body_.faces(f, 2)};
      const Vector3d a = vertex(corners[0]), ab = vertex(corners[1]) - a, ac = vertex(corners[2]) - a;
      const Vector3d h = direction.cross(ac);  // Moeller and Trumbore 1997
      const double determinant = ab.dot(h);
      if (std::abs(determinant) < 1e-14) continue;
      const Vector3d s = origin - a, q = s.cross(ab);
      const double u = s.dot(h) / determinant, v = direction.dot(q) / determinant;
      const double range = ac.dot(q) / determinant;
      if (u < 0 || v < 0 || u + v > 1 || range <= 0 || range >= nearest) continue;
      nearest = range;
      hit.rest = origin + range * direction;
      hit.by_betas = (1 - u - v) * shape_rows(body_, corners[0]) + u * shape_rows(body_, corners[1]) +
                     v * shape_rows(body_, corners[2]);
    }
    if (nearest == 20)
      throw std::invalid_argument("The body model " + body_.name + " has no surface beside " +
                                  std::to_string(p.x()) + " " + std::to_string(p.y()) + " " +
                                  std::to_string(p.z()) + " of its rest pose.");
    return hit;
  }

 private:
  const BodyModel& body_;
};

// Where the front of the head recedes to the neck: half way between the depths of mouth and throat.
double chin_height(const Surface& surface, const Vector3d& neck_joint, const Vector3d& head_joint) {
  constexpr double kStep = 0.002;          // metres
  constexpr double kBesideMiddle = 0.001;  // metres: rays through an edge of the middle could miss
  std::vector<Vector3d> profile;
  for (double y = head_joint.y(); y > neck_joint.y(); y -= kStep)
    profile.push_back(surface.outermost({kBesideMiddle, y, 0}, Vector3d::UnitZ()).rest);
  double throat = profile.front().z();
  for (const Vector3d& p : profile) throat = std::min(throat, p.z());
  const double half_way = 0.5 * (profile.front().z() + throat);
  for (const Vector3d& p : profile)
    if (p.z() < half_way) return p.y();
  return profile.back().y();
}

using Points = std::array<AttachedPoint, kBodyPoints>;
using Joints = std::array<ShapedPoint, kSmplJoints>;

void add_head(const Surface& surface, const Joints& joints, Points& points) {
  const double chin = chin_height(surface, joints[neck].rest, joints[head].rest);
  const double height = surface.highest() - chin;
  const auto front = [&](double x, double share) {
    return surface.outermost({x, chin + share * height, 0}, Vector3d::UnitZ());
  };
  points[kNose] = {head, front(0.001, kNoseHeight)};
  for (const int side : {0, 1}) {
    const double s = side == 0 ? 1 : -1;
    points[kLeftEye + side] = {head, front(s * kEyeOut * height, kEyeHeight)};
    points[kMouthLeft + side] = {head, front(s * kMouthOut * height, kMouthHeight)};
    const Vector3d middle(s * 0.001, chin + kEarHeight * height, 0);
    const double z = 0.5 * (surface.outermost(middle, Vector3d::UnitZ()).rest.z() +
                            surface.outermost(middle, -Vector3d::UnitZ()).rest.z());
    const ShapedPoint ear = surface.outermost({0, middle.y(), z}, s * Vector3d::UnitX());
    points[kLeftEar + side] = {head, ear};
    points[kLeftEar + side].position.rest.x() *= kEarShare;
  }
}

void add_limbs(const Surface& surface, const Joints& joints, Points& points) {
  for (const int side : {0, 1}) {
    const Vector3d outward = (side == 0 ? 1 : -1) * Vector3d::UnitX();
    const ShapedPoint &hip = joints[left_hip + side], &knee = joints[left_knee + side],
                      &ankle = joints[left_ankle + side], &foot = joints[left_foot + side],
                      &hand = joints[left_hand + side];
    points[kLeftShoulder + side] = {left_shoulder + side, joints[left_shoulder + side]};
    points[kLeftElbow + side] = {left_elbow + side, joints[left_elbow + side]};
    points[kLeftWrist + side] = {left_wrist + side, joints[left_wrist + side]};

    const ShapedPoint flank = surface.outermost(hip.rest, outward);
    const double middle = joints[pelvis].rest.x();
    const double share =
        (middle + kHipShare * (flank.rest.x() - middle) - hip.rest.x()) / (flank.rest.x() - hip.rest.x());
    points[kLeftHip + side] = {pelvis, between(hip, flank, share)};
    points[kLeftKnee + side] = {left_knee + side, between(knee, ankle, kKneeShare)};
    points[kLeftAnkle + side] = {left_ankle + side, ankle};

    // Low enough for the hindmost and the foremost of a foot, above the sole.
    const double sole = surface.lowest();
    const ShapedPoint heel = surface.outermost(
        {ankle.rest.x(), sole + kHeelHeight * (ankle.rest.y() - sole), ankle.rest.z()}, -Vector3d::UnitZ());
    const ShapedPoint toe = surface.outermost(
        {foot.rest.x(), sole + kToeHeight * (foot.rest.y() - sole), foot.rest.z()}, Vector3d::UnitZ());
    points[kLeftHeel + side] = {left_ankle + side, between(ankle, heel, kHeelShare)};
    points[kLeftToe + side] = {left_ankle + side, between(ankle, toe, kToeShare)};

    // The thumb is in front of the hand in the rest pose; the little finger's edge is free.
    const ShapedPoint edge = surface.outermost(hand.rest, -Vector3d::UnitZ());
    points[kLeftPinky + side] = {left_wrist + side, between(hand, edge, kKnuckleShare)};
    points[kLeftIndex + side] = {left_wrist + side, between(hand, edge, -kKnuckleShare)};
  }
}

}  // namespace

std::array<ShapedPoint, kSmplJoints> shaped_joints(const BodyModel& body) {
  if (body.num_joints() != kSmplJoints)
    throw std::invalid_argument("The body model " + body.name + " has not SMPL's 24 joints.");
  const int V = body.num_vertices(), B = std::min(body.num_betas(), kSmplBetas);
  std::array<ShapedPoint, kSmplJoints> joints;
  for (int v = 0; v < V; ++v)
    for (int j = 0; j < kSmplJoints; ++j) {
      const double weight = body.J_regressor(j, v);
      if (weight == 0) continue;
      joints[j].rest += weight * body.v_template.row(v).transpose().cast<double>();
      joints[j].by_betas.leftCols(B) += weight * body.shapedirs.block(3 * v, 0, 3, B).cast<double>();
    }
  return joints;
}

std::array<AttachedPoint, kBodyPoints> body_points(const BodyModel& body) {
  const Surface surface(body);
  const Joints joints = shaped_joints(body);
  Points points;
  add_head(surface, joints, points);
  add_limbs(surface, joints, points);
  return points;
}

}  // namespace ahap
