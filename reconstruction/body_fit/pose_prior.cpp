#include "reconstruction/body_fit/pose_prior.h"

#include <Eigen/Dense>
#include <cmath>
#include <limits>
#include <numbers>

namespace ahap {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kDegree = std::numbers::pi / 180;

// Means and lower Cholesky factors of the covariances (row by row) of rotation vectors in degrees, of the
// body's left side, from 4100 poses of make_pose (body/random_poses.h) and their mirror images: 1600
// standing, 1200 walking, 600 reaching, 400 sitting, 200 bending, 100 crouching, 100 kneeling; difficulty 1,
// seeds 1000 activity + i, times 0.37 (i mod 7) s.
// clang-format off
// spine1, spine2, spine3
constexpr double kSpineMean[] = {2.3, 0.0, 0.0, 2.3, 0.0, 0.0, 2.0, 0.0, 0.0};
constexpr double kSpineFactor[] = {
    3.6,
    0.0, 3.7,
    0.0, -0.1, 2.0,
    3.1, 0.0, 0.0, 1.9,
    0.0, 3.1, 0.0, 0.0, 1.9,
    0.0, -0.1, 0.9, 0.0, -0.1, 1.7,
    2.7, 0.0, 0.0, 0.7, 0.0, 0.0, 1.6,
    0.0, 2.6, 0.0, 0.0, 0.7, 0.0, 0.0, 1.7,
    0.0, -0.1, 0.8, 0.0, 0.0, 0.5, 0.0, 0.0, 1.6};
// neck, head
constexpr double kNeckMean[] = {1.0, 0.0, 0.0, 1.2, 0.0, 0.0};
constexpr double kNeckFactor[] = {
    5.3,
    0.0, 8.4,
    0.0, 0.0, 2.5,
    6.1, 0.0, 0.0, 2.3,
    0.0, 9.9, 0.0, 0.0, 2.2,
    0.0, -0.2, 2.6, 0.0, 0.1, 2.4};
// collar, shoulder, elbow, wrist
constexpr double kArmMean[] = {0.0, 0.0, 0.7, 10.0, -29.8, -56.9, -0.3, -54.5, -0.6, 0.0, -0.2, -0.2};
constexpr double kArmFactor[] = {
    1.4,
    0.0, 1.4,
    0.1, 0.0, 3.3,
    -0.2, 0.2, -15.1, 34.1,
    0.4, 0.4, -8.0, 8.8, 23.4,
    0.0, -0.2, 12.0, -20.2, -1.2, 15.1,
    -0.1, 0.0, 0.0, 0.1, 0.0, -0.1, 3.0,
    0.5, 0.5, 5.2, 15.7, 1.8, -12.2, 1.6, 28.4,
    0.0, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.1,
    0.1, 0.0, -0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 8.2,
    0.2, -0.1, 0.0, -0.1, 0.0, 0.0, 0.1, 0.0, -0.1, 0.1, 8.0,
    -0.1, 0.0, 0.0, -0.1, 0.1, 0.0, 0.0, -0.1, -0.1, 0.1, 0.0, 7.9};
// hip, knee, ankle
constexpr double kLegMean[] = {-29.9, 10.8, 2.4, 37.2, 0.5, 2.1, -8.5, -2.4, -2.2};
constexpr double kLegFactor[] = {
    28.2,
    0.7, 9.6,
    -0.7, 1.8, 5.1,
    -21.8, -4.3, 5.9, 14.6,
    -0.3, -0.1, 0.1, 0.2, 0.9,
    0.2, 0.0, -0.1, -0.1, 0.0, 0.9,
    -3.0, 0.0, -2.6, -4.7, 0.1, -0.3, 9.0,
    -0.7, -2.1, -2.0, -0.5, 0.0, 0.0, -0.1, 3.6,
    -1.4, 0.0, -2.3, 1.2, 0.0, 0.0, 0.5, -0.4, 2.9};
// clang-format on

// Real people move in more ways than ours: the standard deviations grow by this factor, and by these degrees
// that our poses leave out (x, y, z of the rest frame), such as the twist of the forearm.
constexpr double kWidening = 1.5;
struct Spread {
  double x, y, z;
};
constexpr Spread kSpine = {5, 5, 4}, kNeck = {8, 8, 6}, kHead = {8, 8, 6}, kCollar = {5, 8, 8},
                 kShoulder = {15, 15, 15}, kElbow = {20, 10, 6}, kWrist = {12, 12, 15}, kHip = {12, 10, 8},
                 kKnee = {8, 6, 3}, kAnkle = {10, 8, 8};

PosePriorGroup group_of(const std::vector<int>& joints, const double* mean, const double* factor,
                        const std::vector<Spread>& spreads) {
  const int n = 3 * int(joints.size());
  Eigen::MatrixXd L = Eigen::MatrixXd::Zero(n, n);
  for (int row = 0; row < n; ++row)
    for (int column = 0; column <= row; ++column) L(row, column) = *factor++;
  Eigen::MatrixXd covariance = kWidening * kWidening * L * L.transpose();
  for (int i = 0; i < n; ++i) {
    const Spread& spread = spreads[i / 3];
    const double sigma = i % 3 == 0 ? spread.x : i % 3 == 1 ? spread.y : spread.z;
    covariance(i, i) += sigma * sigma;
  }
  PosePriorGroup group{joints, Eigen::Map<const Eigen::VectorXd>(mean, n) * kDegree, {}};
  const Eigen::MatrixXd factor_of_covariance = Eigen::MatrixXd(covariance.llt().matrixL()) * kDegree;
  group.whitening = factor_of_covariance.inverse();
  return group;
}

// Mirroring in x leaves the first component of a rotation vector and turns the other two.
PosePriorGroup mirrored(PosePriorGroup group) {
  for (int& joint : group.joints) joint = kMirroredJoints[joint];
  for (int i = 0; i < group.mean.size(); ++i)
    if (i % 3 != 0) {
      group.mean[i] = -group.mean[i];
      group.whitening.col(i) = -group.whitening.col(i);
    }
  return group;
}

// Degrees, of the left side; active ranges as in orthopaedic tables (Kapandji), widened by some 15 degrees
// because components of rotation vectors are not quite the angles of the clinic. Bends: knee about +x, elbow
// about -y.
struct Limit {
  int joint;
  double low[3], high[3];
};
constexpr Limit kLimits[] = {{1, {-140, -70, -45}, {45, 70, 85}}, {3, {-25, -25, -25}, {45, 25, 25}},
                             {4, {-4, -35, -15}, {160, 35, 15}},  {6, {-25, -25, -25}, {45, 25, 25}},
                             {7, {-40, -40, -40}, {65, 40, 40}},  {9, {-25, -25, -25}, {45, 25, 25}},
                             {12, {-40, -50, -30}, {45, 50, 30}}, {13, {-25, -30, -20}, {25, 30, 40}},
                             {15, {-40, -50, -30}, {45, 50, 30}}, {16, {-110, -150, -120}, {110, 70, 130}},
                             {18, {-90, -160, -25}, {90, 4, 25}}, {20, {-75, -60, -90}, {75, 60, 90}}};

}  // namespace

const std::vector<PosePriorGroup>& pose_prior() {
  static const std::vector<PosePriorGroup> groups = [] {
    const PosePriorGroup spine = group_of({3, 6, 9}, kSpineMean, kSpineFactor, {kSpine, kSpine, kSpine});
    const PosePriorGroup neck = group_of({12, 15}, kNeckMean, kNeckFactor, {kNeck, kHead});
    const PosePriorGroup arm =
        group_of({13, 16, 18, 20}, kArmMean, kArmFactor, {kCollar, kShoulder, kElbow, kWrist});
    const PosePriorGroup leg = group_of({1, 4, 7}, kLegMean, kLegFactor, {kHip, kKnee, kAnkle});
    return std::vector<PosePriorGroup>{spine, neck, arm, mirrored(arm), leg, mirrored(leg)};
  }();
  return groups;
}

const std::array<Vector3d, kSmplJoints>& mean_pose() {
  static const auto pose = [] {
    std::array<Vector3d, kSmplJoints> mean;
    mean.fill(Vector3d::Zero());
    for (const PosePriorGroup& group : pose_prior())
      for (std::size_t i = 0; i < group.joints.size(); ++i)
        mean[group.joints[i]] = group.mean.segment<3>(3 * i);
    return mean;
  }();
  return pose;
}

const std::array<JointLimits, kSmplJoints>& joint_limits() {
  static const auto limits = [] {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    std::array<JointLimits, kSmplJoints> all;
    all.fill({Vector3d::Constant(-infinity), Vector3d::Constant(infinity)});
    for (const Limit& limit : kLimits) {
      const Vector3d low = Vector3d(limit.low) * kDegree, high = Vector3d(limit.high) * kDegree;
      all[limit.joint] = {low, high};
      if (const int other = kMirroredJoints[limit.joint]; other != limit.joint)
        all[other] = {{low.x(), -high.y(), -high.z()}, {high.x(), -low.y(), -low.z()}};
    }
    return all;
  }();
  return limits;
}

Matrix3d rotation_vector_derivative(const Vector3d& v) {
  Matrix3d cross;
  cross << 0, -v.z(), v.y(), v.z(), 0, -v.x(), -v.y(), v.x(), 0;
  const double angle = v.norm();
  const double factor = angle < 1e-4 ? 1.0 / 12 : (1 - 0.5 * angle / std::tan(0.5 * angle)) / (angle * angle);
  return Matrix3d::Identity() - 0.5 * cross + factor * cross * cross;
}

}  // namespace ahap
