#include "reconstruction/body_fit/body_fit_terms.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "reconstruction/body_fit/pose_prior.h"
#include "reconstruction/geometry/ray_frame.h"

namespace ahap {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector2d;
using Eigen::Vector3d;

constexpr double kNearest = 0.1;  // metres: nothing is projected from nearer
constexpr double kDegree = 3.14159265358979323846 / 180;

// Cauchy's c in standard deviations. Reprojections: the networks' errors have long tails (2 to 26 % beyond
// 0.05 of the body's size). Directions: whole limbs are wrong when hidden. The prior yields to poses it does
// not know.
constexpr double kReprojectionLoss = 2, kDirectionLoss = 1.5, kPointLoss = 2, kPriorLoss = 4, kFloorLoss = 1,
                 kUprightLoss = 1;

// How far on a body, in metres, the point that a network reports lies from the one defined in body_points.h:
// clothes, hair, and the networks' own ideas. From distances between triangulated points of calibrated
// pictures.
constexpr std::array<double, kBodyPoints> kDefinitionSigma = [] {
  std::array<double, kBodyPoints> sigma{};
  for (double& s : sigma) s = 0.012;
  for (const int k : {kLeftHip, kRightHip}) sigma[k] = 0.03;
  for (const int k : {kLeftShoulder, kRightShoulder, kLeftHeel, kRightHeel, kLeftToe, kRightToe})
    sigma[k] = 0.02;
  return sigma;
}();

// Lines whose directions the landmarks tell, with their standard deviations against triangulated bodies:
// trunk 7 degrees, legs 13, arms 25; head, feet and hands taken alike.
struct Line {
  int from, to;
  double degrees;
};
constexpr Line kLines[] = {
    {kRightShoulder, kLeftShoulder, 7}, {kRightHip, kLeftHip, 7},      {kLeftHip, kLeftShoulder, 7},
    {kRightHip, kRightShoulder, 7},     {kLeftHip, kLeftKnee, 13},     {kRightHip, kRightKnee, 13},
    {kLeftKnee, kLeftAnkle, 13},        {kRightKnee, kRightAnkle, 13}, {kLeftShoulder, kLeftElbow, 25},
    {kRightShoulder, kRightElbow, 25},  {kLeftElbow, kLeftWrist, 25},  {kRightElbow, kRightWrist, 25},
    {kRightEar, kLeftEar, 13},          {kLeftEar, kNose, 13},         {kRightEar, kNose, 13},
    {kLeftHeel, kLeftToe, 20},          {kRightHeel, kRightToe, 20},   {kLeftWrist, kLeftIndex, 30},
    {kRightWrist, kRightIndex, 30},     {kLeftWrist, kLeftPinky, 30},  {kRightWrist, kRightPinky, 30}};
constexpr double kMinVisibility =
    0.1;  // of both ends, for a line to count; sigma grows as 1 / sqrt(visibility)

// Feet: seldom below the floor, often on it; in metres.
constexpr double kBelowFloorSigma = 0.02, kAboveFloorSigma = 0.06;
constexpr double kUprightSigma = 0.8;  // radians, of the pelvis against `up`: people stand, sit and bend
constexpr double kLimitSigma = 3 * kDegree;

// rho(s) = c^2 log(1 + s / c^2) of a squared residual s; half of it is the cost, `weight` its derivative.
struct Loss {
  double cost, weight;
};
Loss cauchy(double s, double c) {
  return {0.5 * c * c * std::log1p(s / (c * c)), 1 / (1 + s / (c * c))};
}

// A quadratic function of the place of a point: cost(X + d) = cost + g' d + d' H d / 2.
struct Quadratic {
  double cost = 0;
  Vector3d g = Vector3d::Zero();
  Matrix3d H = Matrix3d::Zero();

  template <typename Residual, typename Derivative>
  void add(const Residual& r, const Derivative& D, double c, double scale = 1) {
    const Loss loss = cauchy(r.squaredNorm(), c);
    cost += scale * loss.cost;
    g += scale * loss.weight * D.transpose() * r;
    H += scale * loss.weight * D.transpose() * D;
  }
};

// Rows of a least squares problem, gathered so that one product makes the normal equations.
class Rows {
 public:
  Rows() : J_(kMaxRows, kStateSize), r_(kMaxRows) {}

  template <typename Derivative, typename Residual>
  void add(const Derivative& J, const Residual& r) {
    if (count_ + r.size() > kMaxRows) flush();
    J_.middleRows(count_, r.size()) = J;
    r_.segment(count_, r.size()) = r;
    count_ += int(r.size());
  }

  // H = L L', so that L' J and L^-1 g make the same equations.
  void add_quadratic(const Quadratic& q, const PointDerivative& D) {
    const double trace = q.H.trace();
    if (trace <= 0) return;
    const Eigen::LLT<Matrix3d> llt(q.H + 1e-9 * trace * Matrix3d::Identity());
    add(PointDerivative(llt.matrixU() * D), Vector3d(llt.matrixL().solve(q.g)));
  }

  NormalEquations finish() {
    flush();
    equations_.A.triangularView<Eigen::StrictlyUpper>() = equations_.A.transpose();
    return equations_;
  }

 private:
  static constexpr int kMaxRows = 256;

  void flush() {
    equations_.A.selfadjointView<Eigen::Lower>().rankUpdate(J_.topRows(count_).transpose());
    equations_.b.noalias() += J_.topRows(count_).transpose() * r_.head(count_);
    count_ = 0;
  }

  Eigen::Matrix<double, Eigen::Dynamic, kStateSize> J_;
  Eigen::VectorXd r_;
  int count_ = 0;
  NormalEquations equations_{Eigen::Matrix<double, kStateSize, kStateSize>::Zero(), StateStep::Zero()};
};

// Pixel of a point in camera axes and its derivative; nearer than kNearest the depth is held.
Vector2d project_with_derivative(const FitView& view, Vector3d X, Eigen::Matrix<double, 2, 3>& D) {
  const bool held = X.z() < kNearest;
  if (held) X.z() = kNearest;
  const Vector2d x = X.head<2>() / X.z();
  const double k = view.radial_distortion, factor = 1 + k * x.squaredNorm();
  Eigen::Matrix<double, 2, 3> dx;
  dx << 1, 0, -x.x(), 0, 1, -x.y();
  dx /= X.z();
  if (held) dx.col(2).setZero();
  const Eigen::Matrix2d distortion = factor * Eigen::Matrix2d::Identity() + 2 * k * x * x.transpose();
  D = view.camera.K.topLeftCorner<2, 2>() * distortion * dx;
  return view.camera.K.topLeftCorner<2, 2>() * (factor * x) + view.camera.K.topRightCorner<2, 1>();
}

double focal_length(const FitView& view) {
  return 0.5 * (view.camera.K(0, 0) + view.camera.K(1, 1));
}

// Prior of the pose and limits of the joints.
double add_pose_prior(const BodyState& state, Rows* rows) {
  double cost = 0;
  std::array<Vector3d, kSmplJoints> vectors;
  std::array<Matrix3d, kSmplJoints> derivatives;
  for (int j = 1; j < kSmplJoints; ++j) {
    vectors[j] = rotation_vector(state.rotations[j]);
    if (rows) derivatives[j] = rotation_vector_derivative(vectors[j]);
  }
  for (const PosePriorGroup& group : pose_prior()) {
    const int n = int(group.joints.size());
    Eigen::VectorXd deviation(3 * n);
    for (int i = 0; i < n; ++i) deviation.segment<3>(3 * i) = vectors[group.joints[i]];
    const Eigen::VectorXd r = group.whitening * (deviation - group.mean);
    const Loss loss = cauchy(r.squaredNorm(), kPriorLoss);
    cost += loss.cost;
    if (!rows) continue;
    Eigen::Matrix<double, Eigen::Dynamic, kStateSize> J(3 * n, kStateSize);
    J.setZero();
    for (int i = 0; i < n; ++i)
      J.middleCols<3>(kRotationColumn[group.joints[i]]) =
          group.whitening.middleCols(3 * i, 3) * derivatives[group.joints[i]];
    const double scale = std::sqrt(loss.weight);
    rows->add(scale * J, scale * r);
  }
  for (int j = 1; j < kSmplJoints; ++j) {
    const JointLimits& limits = joint_limits()[j];
    if (kRotationColumn[j] < 0) continue;
    for (int a = 0; a < 3; ++a) {
      const double v = vectors[j][a];
      const double beyond = v > limits.high[a]  ? v - limits.high[a]
                            : v < limits.low[a] ? v - limits.low[a]
                                                : 0;
      if (beyond == 0) continue;
      cost += 0.5 * std::pow(beyond / kLimitSigma, 2);
      if (!rows) continue;
      Eigen::Matrix<double, 1, kStateSize> J = Eigen::Matrix<double, 1, kStateSize>::Zero();
      J.segment<3>(kRotationColumn[j]) = derivatives[j].row(a) / kLimitSigma;
      rows->add(J, Eigen::Matrix<double, 1, 1>(beyond / kLimitSigma));
    }
  }
  return cost;
}

double add_shape_prior(const BodyState& state, Rows* rows) {
  if (rows) {
    Eigen::Matrix<double, kSmplBetas, kStateSize> J = Eigen::Matrix<double, kSmplBetas, kStateSize>::Zero();
    J.middleCols<kSmplBetas>(kBetaColumn).setIdentity();
    rows->add(J, state.betas);
  }
  return 0.5 * state.betas.squaredNorm();
}

double add_upright(const BodyState& state, const Vector3d& up, Rows* rows) {
  const Vector3d axis = state.rotations[0].col(1), r = (axis - up) / kUprightSigma;
  const Loss loss = cauchy(r.squaredNorm(), kUprightLoss);
  if (rows) {
    PointDerivative J = PointDerivative::Zero();
    for (int a = 0; a < 3; ++a) J.col(kRotationColumn[0] + a) = Vector3d::Unit(a).cross(axis) / kUprightSigma;
    const double scale = std::sqrt(loss.weight);
    rows->add(scale * J, scale * r);
  }
  return loss.cost;
}

// Feet on the floor: a point of the foot is expected at its height above the sole.
void add_floor(double height, const Vector3d& up, Quadratic& q) {
  const double sigma = height < 0 ? kBelowFloorSigma : kAboveFloorSigma;
  q.add(Eigen::Matrix<double, 1, 1>(height / sigma), Eigen::RowVector3d(up.transpose() / sigma), kFloorLoss);
}

}  // namespace

BodyFitCost::BodyFitCost(const FittedBodyModel& model, const FitEvidence& evidence, double landmark_weight,
                         double sigma_scale, const BodyState& at)
    : model_(model), evidence_(evidence), points_(evidence.points) {
  add_reprojections(sigma_scale, pose_body(model, at));
  if (landmark_weight > 0) add_directions(landmark_weight);
  for (int k = 0; k < kBodyPoints; ++k)
    if (points_[k].known())
      points_[k].sigma = std::hypot(sigma_scale * points_[k].sigma, kDefinitionSigma[k]);
}

void BodyFitCost::add_reprojections(double sigma_scale, const PosedBody& at) {
  for (const PersonObservation* person : evidence_.observations) {
    const FitView& view = evidence_.views[person->view];
    const Eigen::Isometry3d camera_from_world = view.camera.camera_from_world();
    for (int k = 0; k < kBodyPoints; ++k) {
      const ObservedPoint& point = person->points[k];
      if (!point.observed()) continue;
      const double depth = std::max((camera_from_world * at.points[k]).z(), kNearest);
      const double own = focal_length(view) / depth * kDefinitionSigma[k];
      reprojections_.push_back({k, &view, camera_from_world.linear(), view.camera.center(), point.pixel,
                                std::hypot(sigma_scale * point.sigma, own)});
    }
  }
}

// All views' landmarks come from one network and err alike: together they weigh as much as those of one view.
void BodyFitCost::add_directions(double landmark_weight) {
  for (const Line& line : kLines) {
    const std::size_t first = directions_.size();
    for (const PersonObservation* person : evidence_.observations) {
      const double visibility = std::min(person->visibility[line.from], person->visibility[line.to]);
      const Vector3d difference = person->landmarks[line.to] - person->landmarks[line.from];
      if (visibility < kMinVisibility || difference.norm() < 1e-3) continue;
      const Camera& camera = evidence_.views[person->view].camera;
      const Matrix3d world_from_ray =
          camera.world_from_camera.linear() * camera_from_ray(camera.K, person->ray_pixel);
      directions_.push_back({line.from, line.to, (world_from_ray * difference).normalized(),
                             line.degrees * kDegree / std::sqrt(visibility), 0});
    }
    for (std::size_t i = first; i < directions_.size(); ++i)
      directions_[i].weight = landmark_weight / double(directions_.size() - first);
  }
}

double BodyFitCost::operator()(const BodyState& state, NormalEquations* equations) const {
  const PosedBody posed = pose_body(model_, state);
  std::array<Quadratic, kBodyPoints> of_points;
  for (const Reprojection& seen : reprojections_) {
    Eigen::Matrix<double, 2, 3> D;
    const Vector3d X = seen.camera_from_world * (posed.points[seen.point] - seen.center);
    const Vector2d r = (project_with_derivative(*seen.view, X, D) - seen.pixel) / seen.sigma;
    of_points[seen.point].add(r, Eigen::Matrix<double, 2, 3>(D * seen.camera_from_world / seen.sigma),
                              kReprojectionLoss);
  }
  for (int k = 0; k < kBodyPoints; ++k) {
    const double sigma = points_[k].sigma;
    if (points_[k].known())
      of_points[k].add(Vector3d((posed.points[k] - points_[k].position) / sigma),
                       Matrix3d(Matrix3d::Identity() / sigma), kPointLoss);
    if (evidence_.floor && model_.clearance[k] > 0)
      add_floor(evidence_.up.dot(posed.points[k]) - *evidence_.floor - model_.clearance[k], evidence_.up,
                of_points[k]);
  }

  Rows rows;
  std::array<PointDerivative, kBodyPoints> derivatives;
  double cost = 0;
  if (equations)
    for (int k = 0; k < kBodyPoints; ++k) derivatives[k] = point_derivative(model_, posed, k);
  for (int k = 0; k < kBodyPoints; ++k) {
    cost += of_points[k].cost;
    if (equations) rows.add_quadratic(of_points[k], derivatives[k]);
  }
  for (std::size_t i = 0; i < directions_.size();) {
    const int from = directions_[i].from, to = directions_[i].to;
    const Vector3d difference = posed.points[to] - posed.points[from];
    const double length = std::max(difference.norm(), 1e-6);
    const Vector3d u = difference / length;
    Quadratic of_difference;
    for (; i < directions_.size() && directions_[i].from == from && directions_[i].to == to; ++i) {
      const Direction& line = directions_[i];
      of_difference.add(Vector3d((u - line.direction) / line.sigma),
                        Matrix3d((Matrix3d::Identity() - u * u.transpose()) / (length * line.sigma)),
                        kDirectionLoss, line.weight);
    }
    cost += of_difference.cost;
    if (equations) rows.add_quadratic(of_difference, derivatives[to] - derivatives[from]);
  }
  cost += add_pose_prior(state, equations ? &rows : nullptr) +
          add_shape_prior(state, equations ? &rows : nullptr) +
          add_upright(state, evidence_.up, equations ? &rows : nullptr);
  if (equations) *equations = rows.finish();
  return cost;
}

std::optional<Vector2d> project(const FitView& view, const Vector3d& X_world) {
  const Vector3d X = view.camera.camera_from_world() * X_world;
  if (X.z() < kNearest) return std::nullopt;
  Eigen::Matrix<double, 2, 3> D;
  return project_with_derivative(view, X, D);
}

Vector2d undistorted(const FitView& view, const Vector2d& pixel) {
  const Eigen::Matrix2d K = view.camera.K.topLeftCorner<2, 2>();
  const Vector2d seen = K.inverse() * (pixel - view.camera.K.topRightCorner<2, 1>());
  Vector2d x = seen;
  for (int i = 0; i < 20; ++i)  // fixed point; held where strong distortion folds the picture
    x = seen / std::max(1 + view.radial_distortion * x.squaredNorm(), 0.3);
  return K * x + view.camera.K.topRightCorner<2, 1>();
}

}  // namespace ahap
