#pragma once

#include <Eigen/Core>
#include <array>
#include <vector>

#include "reconstruction/observations.h"

namespace ahap {

using CouplingMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Symmetric positive definite matrix over the points of one body: 27 x 27 blocks of 3 x 3, of which only
// those between points joined by a bone or by a pair of bones are not zero. Eliminated from the ends of the
// limbs towards the trunk, the Cholesky factor has hardly more blocks than the matrix: some 80 of 378.
class SkeletonMatrix {
 public:
  SkeletonMatrix();

  // Points that take part; the others are as if they were not there.
  void set_active(const std::array<bool, kBodyPoints>& active) { active_ = active; }
  void set_zero();
  // Adds B to the block of row point a and column point b, and its transpose to the mirrored one.
  void add(int a, int b, const Eigen::Matrix3d& B);
  // The diagonal entry d becomes d + lambda * (d + floor) + constant (Levenberg-Marquardt).
  void damp(double lambda, double floor, double constant);

  // Replaces the matrix by its Cholesky factor L. False when it is not positive definite.
  bool factorize();
  // rows (81 x n) becomes L^-1 rows; factorize() came before. Rows of points that take no part are left.
  void solve_lower(CouplingMatrix& rows) const;
  void solve_lower(Eigen::VectorXd& x) const;
  // x (81) becomes L^-T x.
  void solve_upper(Eigen::VectorXd& x) const;
  // Trace of each point's 3 x 3 block of the inverse (0 where it takes no part).
  std::array<double, kBodyPoints> inverse_traces() const;

  Eigen::Matrix<double, 3 * kBodyPoints, 3 * kBodyPoints> dense() const;  // of the matrix before factorize()

 private:
  std::array<bool, kBodyPoints> active_;
  std::vector<Eigen::Matrix3d> blocks_;  // lower triangle in order of elimination
};

}  // namespace ahap
