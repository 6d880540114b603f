#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <optional>
#include <span>

namespace ahap {

// x -> scale R x + t.
struct Similarity {
  double scale = 1;
  Eigen::Matrix3d R = Eigen::Matrix3d::Identity();
  Eigen::Vector3d t = Eigen::Vector3d::Zero();

  Eigen::Vector3d operator*(const Eigen::Vector3d& x) const { return scale * (R * x) + t; }
  // A camera or body pose keeps its orientation a rotation; its position moves as a point.
  Eigen::Isometry3d operator*(const Eigen::Isometry3d& pose) const;
  Similarity operator*(const Similarity& other) const;  // first other, then this
  Similarity inverse() const;
};

// What may change between the two sets: rotation and translation, or scale as well.
enum class AlignmentGroup { SE3, Sim3 };

// The similarity that minimises sum_i w_i |to_i - S from_i|^2 (Umeyama 1991). weights empty: all 1.
// Nothing when the answer is not unique: fewer than three points of positive weight, points on a line, a
// value that is not finite. Points in a plane are fine. Throws std::invalid_argument when the lengths differ.
std::optional<Similarity> align_points(std::span<const Eigen::Vector3d> from,
                                       std::span<const Eigen::Vector3d> to, AlignmentGroup group,
                                       std::span<const double> weights = {});

// The similarity between two sets of camera poses (world_from_camera), from centres and orientations
// together: orientations count as if each camera carried its three axes as arms of the length of the target
// centres' root mean square distance from their mean. So one rule serves one camera (its own pose decides),
// cameras on a line and cameras all around. Scale comes from the centres alone; where all centres coincide
// Sim3 keeps scale 1. Nothing without poses or where the orientations contradict each other so that no
// rotation is best.
std::optional<Similarity> align_trajectories(std::span<const Eigen::Isometry3d> from,
                                             std::span<const Eigen::Isometry3d> to, AlignmentGroup group);

// A rotation about a known axis followed by a translation: four unknowns.
struct AxisAlignment {
  double angle = 0;  // about the axis, right-handed, radians
  Eigen::Isometry3d to_from_from = Eigen::Isometry3d::Identity();
  double rms = 0;  // weighted root mean square distance of the aligned points, metres
};

// Minimises sum_i w_i |to_i - (R_axis(angle) from_i + t)|^2 + sum_k v_k |d_k - R_axis(angle) e_k|^2, where
// e_k -> d_k are directions (a body's heading in both frames, for instance) that carry no position; v_k in
// square metres. axis: unit vector, the same in both frames (up, after each frame was turned level). Nothing
// without points or where nothing fixes the angle: all points on one line along the axis and no direction
// across it.
std::optional<AxisAlignment> align_about_axis(
    const Eigen::Vector3d& axis, std::span<const Eigen::Vector3d> from, std::span<const Eigen::Vector3d> to,
    std::span<const double> weights = {}, std::span<const Eigen::Vector3d> from_directions = {},
    std::span<const Eigen::Vector3d> to_directions = {}, std::span<const double> direction_weights = {});

// The mean rotation of quaternions that may differ in sign: largest eigenvector of sum w q q^T (Markley et
// al. 2007). weights empty: all 1. Nothing for an empty set or where two answers are equally good.
std::optional<Eigen::Quaterniond> mean_rotation(std::span<const Eigen::Quaterniond> rotations,
                                                std::span<const double> weights = {});

// Mean distance of points from their mean, 0 without points.
double mean_distance_from_middle(std::span<const Eigen::Vector3d> points);

// The rotation nearest to a 3x3 matrix in the Frobenius norm.
Eigen::Matrix3d nearest_rotation(const Eigen::Matrix3d& M);

// Angle of the rotation between a and b, radians, 0..pi.
double rotation_angle(const Eigen::Matrix3d& a, const Eigen::Matrix3d& b);

}  // namespace ahap
