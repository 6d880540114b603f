#include "reconstruction/body_fit/body_fit_start.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <vector>

#include "reconstruction/body_fit/pose_prior.h"
#include "reconstruction/geometry/ray_frame.h"
#include "reconstruction/geometry/triangulation.h"

namespace ahap {
namespace {

using Eigen::Matrix3d;
using Eigen::Quaterniond;
using Eigen::Vector3d;

constexpr double kMinBend = 0.35;      // radians: below it an elbow or knee does not tell the limb's twist
constexpr double kCertainBend = 0.8;   // radians: above it it does, against the twist expected
constexpr double kMaxSpineBend = 1.2;  // radians, of all three joints together
constexpr double kUsualDistance = 4;   // metres, where nothing tells the distance
constexpr double kDistanceSigma = 10;  // metres

// Where body points are: in the world as far as several views tell, and relative to each other as the
// landmarks tell.
class RoughBody {
 public:
  explicit RoughBody(const FitEvidence& evidence) {
    for (int k = 0; k < kBodyPoints; ++k) {
      if (evidence.points[k].known())
        world_[k] = evidence.points[k].position;
      else
        world_[k] = triangulated(evidence, k);
    }
    std::array<double, kBodyPoints> weights{};
    for (const PersonObservation* person : evidence.observations) {
      const Camera& camera = evidence.views[person->view].camera;
      const Matrix3d world_from_ray =
          camera.world_from_camera.linear() * camera_from_ray(camera.K, person->ray_pixel);
      double size = 0;
      for (const Vector3d& landmark : person->landmarks) size = std::max(size, landmark.norm());
      if (size < 0.1) continue;  // no landmarks
      for (int k = 0; k < kBodyPoints; ++k) {
        const double w = std::max(person->visibility[k], 0.02);
        relative_[k] += w * (world_from_ray * person->landmarks[k]);
        weights[k] += w;
      }
      has_relative_ = true;
    }
    for (int k = 0; k < kBodyPoints; ++k)
      if (weights[k] > 0) relative_[k] /= weights[k];
  }

  // From one point to another, world axes; nothing where unknown. Points may be middles of two.
  std::optional<Vector3d> direction(std::initializer_list<int> from, std::initializer_list<int> to) const {
    const std::optional<Vector3d> a = world(from), b = world(to);
    Vector3d d = Vector3d::Zero();
    if (a && b)
      d = *b - *a;
    else if (has_relative_)
      d = mean(relative_, to) - mean(relative_, from);
    return d.norm() > 1e-3 ? std::optional<Vector3d>(d.normalized()) : std::nullopt;
  }

 private:
  template <typename Points>
  static Vector3d mean(const Points& points, std::initializer_list<int> indices) {
    Vector3d sum = Vector3d::Zero();
    for (const int k : indices) sum += points[k];
    return sum / double(indices.size());
  }

  std::optional<Vector3d> world(std::initializer_list<int> indices) const {
    Vector3d sum = Vector3d::Zero();
    for (const int k : indices) {
      if (!world_[k]) return std::nullopt;
      sum += *world_[k];
    }
    return sum / double(indices.size());
  }

  static std::optional<Vector3d> triangulated(const FitEvidence& evidence, int point) {
    std::vector<PointObservation> seen;
    for (const PersonObservation* person : evidence.observations)
      if (const ObservedPoint& p = person->points[point]; p.observed()) {
        const FitView& view = evidence.views[person->view];
        seen.push_back({view.camera, undistorted(view, p.pixel), 1 / (p.sigma * p.sigma)});
      }
    if (seen.size() < 2) return std::nullopt;
    const Triangulation result = triangulate(seen);
    return result ? std::optional<Vector3d>(result.point) : std::nullopt;
  }

  std::array<std::optional<Vector3d>, kBodyPoints> world_;
  std::array<Vector3d, kBodyPoints> relative_ = [] {
    std::array<Vector3d, kBodyPoints> zero;
    zero.fill(Vector3d::Zero());
    return zero;
  }();
  bool has_relative_ = false;
};

// Orthonormal frame with its first axis along a and its second as close to b as possible.
Matrix3d frame(const Vector3d& a, const Vector3d& b) {
  Matrix3d F;
  F.col(0) = a.normalized();
  F.col(2) = F.col(0).cross(b).normalized();
  F.col(1) = F.col(2).cross(F.col(0));
  return F;
}

// The rotation that best turns the first vectors into the second ones (Kabsch); nothing where they do not
// decide it.
struct Aligned {
  Vector3d rest, seen;
  double weight;
};
std::optional<Matrix3d> rotation_between(const std::vector<Aligned>& vectors) {
  Matrix3d M = Matrix3d::Zero();
  for (const Aligned& v : vectors) M += v.weight * v.seen.normalized() * v.rest.normalized().transpose();
  const Eigen::JacobiSVD<Matrix3d> svd(M, Eigen::ComputeFullU | Eigen::ComputeFullV);
  if (svd.singularValues()[1] < 0.05 * std::max(svd.singularValues()[0], 1e-9)) return std::nullopt;
  Vector3d sign(1, 1, (svd.matrixU() * svd.matrixV().transpose()).determinant() < 0 ? -1 : 1);
  return svd.matrixU() * sign.asDiagonal() * svd.matrixV().transpose();
}

// The least rotation, applied after R, that brings R * rest along `seen`.
Matrix3d swing(const Matrix3d& R, const Vector3d& rest, const std::optional<Vector3d>& seen) {
  if (!seen) return R;
  return Quaterniond::FromTwoVectors(R * rest, *seen).toRotationMatrix() * R;
}

class Start {
 public:
  Start(const FittedBodyModel& model, const FitEvidence& evidence)
      : model_(model), evidence_(evidence), rough_(evidence) {
    for (int j = 0; j < kSmplJoints; ++j) rest_[j] = model.joints[j].rest;
    for (int k = 0; k < kBodyPoints; ++k) points_[k] = model.points[k].position.rest;
  }

  BodyState state() {
    turn_trunk();
    turn_head();
    for (const int side : {0, 1}) {
      turn_leg(side);
      turn_arm(side);
    }
    BodyState state;
    for (int j = 0; j < kSmplJoints; ++j)
      state.rotations[j] = j == 0 ? world_[0] : Matrix3d(world_[kSmplParents[j]].transpose() * world_[j]);
    state.root = position(state);
    return state;
  }

 private:
  Vector3d rest(std::initializer_list<int> from, std::initializer_list<int> to) const {
    Vector3d d = Vector3d::Zero();
    for (const int k : to) d += points_[k] / double(to.size());
    for (const int k : from) d -= points_[k] / double(from.size());
    return d;
  }
  void align(std::vector<Aligned>& vectors, std::initializer_list<int> from, std::initializer_list<int> to,
             double weight) const {
    if (const auto seen = rough_.direction(from, to)) vectors.push_back({rest(from, to), *seen, weight});
  }

  // Upright, towards the first camera that sees the person, or away where left and right are seen the other
  // way round.
  Matrix3d upright() const {
    const Vector3d y = evidence_.up.normalized();
    Vector3d toward = Vector3d::UnitZ();
    double order = 0;  // above zero: the person's left is on the right in the pictures, they face the camera
    if (!evidence_.observations.empty()) {
      const Camera& camera = evidence_.views[evidence_.observations.front()->view].camera;
      toward = -camera.ray(evidence_.observations.front()->ray_pixel);
      if (evidence_.observations.front()->ray_pixel.isZero())
        toward = -camera.world_from_camera.linear().col(2);
      const auto& seen = evidence_.observations.front()->points;
      for (const int k : {kLeftShoulder, kLeftHip})
        if (seen[k].observed() && seen[k + 1].observed()) order += seen[k].pixel.x() - seen[k + 1].pixel.x();
    }
    if (order < 0) toward = -toward;
    Vector3d x = y.cross(toward);
    if (x.norm() < 1e-6) x = y.unitOrthogonal();
    Matrix3d R;
    R.col(0) = x.normalized();
    R.col(1) = y;
    R.col(2) = R.col(0).cross(y);
    return R;
  }

  void turn_trunk() {
    std::vector<Aligned> trunk;
    align(trunk, {kRightHip}, {kLeftHip}, 1);
    align(trunk, {kLeftHip, kRightHip}, {kLeftShoulder, kRightShoulder}, 1);
    align(trunk, {kRightShoulder}, {kLeftShoulder}, 0.5);
    world_[0] = rotation_between(trunk).value_or(upright());

    std::vector<Aligned> chest;
    align(chest, {kRightShoulder}, {kLeftShoulder}, 1);
    align(chest, {kLeftHip, kRightHip}, {kLeftShoulder, kRightShoulder}, 1);
    const Matrix3d top = rotation_between(chest).value_or(world_[0]);
    Vector3d bend = rotation_vector(world_[0].transpose() * top);
    if (bend.norm() > kMaxSpineBend) bend *= kMaxSpineBend / bend.norm();
    const Matrix3d third = rotation_of(bend / 3);
    world_[3] = world_[0] * third;
    world_[6] = world_[3] * third;
    world_[9] = world_[6] * third;
  }

  void turn_head() {
    std::vector<Aligned> head;
    align(head, {kRightEar}, {kLeftEar}, 1);
    align(head, {kRightEye}, {kLeftEye}, 0.5);
    align(head, {kLeftEar, kRightEar}, {kNose}, 1);
    const Matrix3d turned = rotation_between(head).value_or(world_[9]);
    Vector3d bend = rotation_vector(world_[9].transpose() * turned);
    if (bend.norm() > kMaxSpineBend) bend *= kMaxSpineBend / bend.norm();
    world_[12] = world_[9] * rotation_of(0.5 * bend);
    world_[15] = world_[12] * rotation_of(0.5 * bend);
  }

  // The bones from joint `top` over `middle` to `end`; the middle one bends about `hinge` of the rest frame.
  void turn_limb(const std::array<int, 3>& joints, const Vector3d& hinge,
                 const std::optional<Vector3d>& upper, const std::optional<Vector3d>& lower,
                 const std::optional<Vector3d>& axis_if_straight) {
    const auto [top, middle, end] = joints;
    const Vector3d rest_upper = rest_[middle] - rest_[top], rest_lower = rest_[end] - rest_[middle];
    const Matrix3d expected =
        swing(world_[kSmplParents[top]] * rotation_of(mean_pose()[top]), rest_upper, upper);
    world_[top] = expected;
    if (upper) {
      std::optional<Vector3d> axis = axis_if_straight;
      if (lower) {
        const double bend = std::acos(std::clamp(upper->dot(*lower), -1.0, 1.0));
        const Vector3d bent_about = upper->cross(*lower);
        if (bend > kMinBend && (bend > kCertainBend || bent_about.dot(expected * hinge) > 0))
          axis = bent_about;
      }
      if (axis && upper->cross(*axis).norm() > 0.1 * axis->norm())
        world_[top] = frame(*upper, *axis) * frame(rest_upper, hinge).transpose();
    }
    world_[middle] = lower ? swing(world_[top], rest_lower, lower)
                           : Matrix3d(world_[top] * rotation_of(mean_pose()[middle]));
  }

  void turn_leg(int side) {
    const int hip = 1 + side, knee = 4 + side, ankle = 7 + side, foot = 10 + side;
    const auto toes = rough_.direction({kLeftHeel + side}, {kLeftToe + side});
    const auto thigh = rough_.direction({kLeftHip + side}, {kLeftKnee + side});
    std::optional<Vector3d> axis;
    if (toes && thigh) axis = -thigh->cross(*toes);  // to the person's left
    turn_limb({hip, knee, ankle}, Vector3d::UnitX(), thigh,
              rough_.direction({kLeftKnee + side}, {kLeftAnkle + side}), axis);
    world_[ankle] = swing(world_[knee] * rotation_of(mean_pose()[ankle]),
                          rest({kLeftHeel + side}, {kLeftToe + side}), toes);
    world_[foot] = world_[ankle];
  }

  void turn_arm(int side) {
    const int collar = 13 + side, shoulder = 16 + side, elbow = 18 + side, wrist = 20 + side,
              hand = 22 + side;
    world_[collar] = world_[9] * rotation_of(mean_pose()[collar]);
    turn_limb({shoulder, elbow, wrist}, (side == 0 ? -1 : 1) * Vector3d::UnitY(),
              rough_.direction({kLeftShoulder + side}, {kLeftElbow + side}),
              rough_.direction({kLeftElbow + side}, {kLeftWrist + side}), std::nullopt);
    world_[wrist] = swing(world_[elbow] * rotation_of(mean_pose()[wrist]),
                          rest({kLeftWrist + side}, {kLeftIndex + side, kLeftPinky + side}),
                          rough_.direction({kLeftWrist + side}, {kLeftIndex + side, kLeftPinky + side}));
    world_[hand] = world_[wrist];
  }

  // The pelvis that brings the body points nearest to the rays of their pixels and to known points, weighted
  // by 1 / sigma in metres, and reweighted against outliers.
  Vector3d position(const BodyState& unplaced) const {
    const PosedBody posed = pose_body(model_, unplaced);
    Vector3d root = Vector3d::Zero();
    double distance = kUsualDistance;
    for (int round = 0; round < 8; ++round) {
      Matrix3d A = Matrix3d::Zero();
      Vector3d b = Vector3d::Zero();
      const auto add = [&](const Matrix3d& across, const Vector3d& target, double sigma) {
        const double residual = round == 0 ? 0 : (across * (target - root)).norm() / sigma;
        const double weight = 1 / (sigma * sigma * (1 + residual * residual / 9));
        A += weight * across;
        b += weight * (across * target);
      };
      for (const PersonObservation* person : evidence_.observations) {
        const FitView& view = evidence_.views[person->view];
        const Vector3d center = view.camera.center();
        for (int k = 0; k < kBodyPoints; ++k) {
          const ObservedPoint& p = person->points[k];
          if (!p.observed()) continue;
          const Vector3d ray = view.camera.ray(undistorted(view, p.pixel));
          if (round > 0) distance = std::max((posed.points[k] + root - center).norm(), 0.5);
          const double sigma = std::hypot(0.05, distance * p.sigma / view.camera.K(0, 0));
          add(Matrix3d::Identity() - ray * ray.transpose(), center - posed.points[k], sigma);
          if (round == 0) add(Matrix3d::Identity(), center + kUsualDistance * ray, kDistanceSigma);
        }
      }
      for (int k = 0; k < kBodyPoints; ++k)
        if (evidence_.points[k].known())
          add(Matrix3d::Identity(), evidence_.points[k].position - posed.points[k],
              std::hypot(0.05, evidence_.points[k].sigma));
      if (A.trace() <= 0) return root;
      A.diagonal().array() += 1e-9 * A.trace();
      root = A.ldlt().solve(b + 1e-9 * A.trace() * root);
    }
    return in_front(root);
  }

  // A body behind the camera that sees it is put before it.
  Vector3d in_front(const Vector3d& root) const {
    for (const PersonObservation* person : evidence_.observations) {
      const Camera& camera = evidence_.views[person->view].camera;
      if ((camera.camera_from_world() * root).z() > 0.3 || person->ray_pixel.isZero()) continue;
      if (evidence_.observations.size() == 1)
        return camera.center() + kUsualDistance * camera.ray(person->ray_pixel);
    }
    return root;
  }

  const FittedBodyModel& model_;
  const FitEvidence& evidence_;
  RoughBody rough_;
  std::array<Vector3d, kSmplJoints> rest_;
  std::array<Vector3d, kBodyPoints> points_;
  std::array<Matrix3d, kSmplJoints> world_;  // world_from_joint
};

}  // namespace

BodyState closed_form_start(const FittedBodyModel& model, const FitEvidence& evidence) {
  return Start(model, evidence).state();
}

}  // namespace ahap
