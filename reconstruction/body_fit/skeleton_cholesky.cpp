#include "reconstruction/body_fit/skeleton_cholesky.h"

#include <cmath>
#include <set>

#include "reconstruction/body_fit/body_skeleton.h"

namespace ahap {
namespace {

// Ends of limbs first, the trunk last: a point's neighbours that are still there when it goes are few.
constexpr std::array<int, kBodyPoints> kOrder = {
    kMouthLeft, kMouthRight, kLeftIndex,  kLeftPinky, kRightIndex,   kRightPinky,   kLeftHeel,
    kLeftToe,   kRightHeel,  kRightToe,   kLeftEye,   kRightEye,     kLeftEar,      kRightEar,
    kNose,      kLeftWrist,  kRightWrist, kLeftElbow, kRightElbow,   kLeftAnkle,    kRightAnkle,
    kLeftKnee,  kRightKnee,  kLeftHip,    kRightHip,  kLeftShoulder, kRightShoulder};

struct Pattern {
  std::array<int, kBodyPoints> rank;
  std::array<std::array<int, kBodyPoints>, kBodyPoints> slot;  // [later point][earlier point], -1: zero
  std::array<std::vector<int>, kBodyPoints> later;             // of each point, neighbours that go after it
  int slots = 0;
};

Pattern make_pattern() {
  Pattern p;
  for (int k = 0; k < kBodyPoints; ++k) p.rank[kOrder[k]] = k;
  std::array<std::set<int>, kBodyPoints> neighbours;  // of each rank, ranks after it
  const auto join = [&](int a, int b) {
    const auto [first, last] = std::minmax(p.rank[a], p.rank[b]);
    if (first != last) neighbours[first].insert(last);
  };
  for (const Bone& bone : kBones) join(bone.a, bone.b);
  for (const BonePair& pair : kBonePairs) {
    const std::array<int, 4> points = {pair.left_a, pair.left_b, pair.right_a, pair.right_b};
    for (int a : points) {
      for (int b : points) join(a, b);
    }
  }
  for (int k = 0; k < kBodyPoints; ++k) {
    for (int i : neighbours[k]) {
      for (int j : neighbours[k]) {
        if (i < j) neighbours[i].insert(j);
      }
    }
  }
  for (auto& row : p.slot) row.fill(-1);
  for (int k = 0; k < kBodyPoints; ++k) {
    p.slot[kOrder[k]][kOrder[k]] = p.slots++;
    for (int i : neighbours[k]) {
      p.slot[kOrder[i]][kOrder[k]] = p.slots++;
      p.later[kOrder[k]].push_back(kOrder[i]);
    }
  }
  return p;
}

const Pattern& pattern() {
  static const Pattern p = make_pattern();
  return p;
}

// Lower Cholesky factor of a 3 x 3 block in place; false when it is not positive definite.
bool cholesky3(Eigen::Matrix3d& A) {
  if (!(A(0, 0) > 0)) return false;
  const double l00 = std::sqrt(A(0, 0)), l10 = A(1, 0) / l00, l20 = A(2, 0) / l00;
  const double d1 = A(1, 1) - l10 * l10;
  if (!(d1 > 0)) return false;
  const double l11 = std::sqrt(d1), l21 = (A(2, 1) - l20 * l10) / l11;
  const double d2 = A(2, 2) - l20 * l20 - l21 * l21;
  if (!(d2 > 0)) return false;
  A << l00, 0, 0, l10, l11, 0, l20, l21, std::sqrt(d2);
  return true;
}

// X becomes X L^-T.
void divide_by_transpose(Eigen::Matrix3d& X, const Eigen::Matrix3d& L) {
  X.col(0) /= L(0, 0);
  X.col(1) = (X.col(1) - X.col(0) * L(1, 0)) / L(1, 1);
  X.col(2) = (X.col(2) - X.col(0) * L(2, 0) - X.col(1) * L(2, 1)) / L(2, 2);
}

void subtract_product(double* __restrict to, const Eigen::Matrix3d& L, const double* __restrict from, int n) {
  for (int a = 0; a < 3; ++a) {
    const double l0 = L(a, 0), l1 = L(a, 1), l2 = L(a, 2);
    for (int c = 0; c < n; ++c) to[a * n + c] -= l0 * from[c] + l1 * from[n + c] + l2 * from[2 * n + c];
  }
}

void solve3(const Eigen::Matrix3d& L, double* __restrict x, int n) {
  for (int c = 0; c < n; ++c) {
    x[c] /= L(0, 0);
    x[n + c] = (x[n + c] - L(1, 0) * x[c]) / L(1, 1);
    x[2 * n + c] = (x[2 * n + c] - L(2, 0) * x[c] - L(2, 1) * x[n + c]) / L(2, 2);
  }
}

}  // namespace

SkeletonMatrix::SkeletonMatrix() : blocks_(pattern().slots) {
  active_.fill(true);
  set_zero();
}

void SkeletonMatrix::set_zero() {
  for (auto& block : blocks_) block.setZero();
}

void SkeletonMatrix::add(int a, int b, const Eigen::Matrix3d& B) {
  const Pattern& p = pattern();
  if (a == b) {
    blocks_[p.slot[a][a]] += B;
  } else if (p.rank[a] > p.rank[b]) {
    blocks_[p.slot[a][b]] += B;
  } else {
    blocks_[p.slot[b][a]] += B.transpose();
  }
}

void SkeletonMatrix::damp(double lambda, double floor, double constant) {
  for (int k = 0; k < kBodyPoints; ++k) {
    auto& D = blocks_[pattern().slot[k][k]];
    for (int i = 0; i < 3; ++i) D(i, i) += lambda * (D(i, i) + floor) + constant;
  }
}

bool SkeletonMatrix::factorize() {
  const Pattern& p = pattern();
  for (int k : kOrder) {
    if (!active_[k]) continue;
    Eigen::Matrix3d& L = blocks_[p.slot[k][k]];
    if (!cholesky3(L)) return false;
    const std::vector<int>& later = p.later[k];
    for (std::size_t i = 0; i < later.size(); ++i) {
      if (!active_[later[i]]) continue;
      Eigen::Matrix3d& Lik = blocks_[p.slot[later[i]][k]];
      divide_by_transpose(Lik, L);
      for (std::size_t j = 0; j <= i; ++j) {
        if (!active_[later[j]]) continue;
        blocks_[p.slot[later[i]][later[j]]].noalias() -= Lik * blocks_[p.slot[later[j]][k]].transpose();
      }
    }
  }
  return true;
}

void SkeletonMatrix::solve_lower(CouplingMatrix& rows) const {
  const Pattern& p = pattern();
  const int n = int(rows.cols());
  for (int k : kOrder) {
    if (!active_[k]) continue;
    double* const x = rows.data() + std::ptrdiff_t(3 * k) * n;
    solve3(blocks_[p.slot[k][k]], x, n);
    for (int i : p.later[k]) {
      if (active_[i]) subtract_product(rows.data() + std::ptrdiff_t(3 * i) * n, blocks_[p.slot[i][k]], x, n);
    }
  }
}

void SkeletonMatrix::solve_lower(Eigen::VectorXd& x) const {
  const Pattern& p = pattern();
  for (int k : kOrder) {
    if (!active_[k]) continue;
    solve3(blocks_[p.slot[k][k]], x.data() + 3 * k, 1);
    for (int i : p.later[k]) {
      if (active_[i]) x.segment<3>(3 * i) -= blocks_[p.slot[i][k]] * x.segment<3>(3 * k);
    }
  }
}

void SkeletonMatrix::solve_upper(Eigen::VectorXd& x) const {
  const Pattern& p = pattern();
  for (int r = kBodyPoints - 1; r >= 0; --r) {
    const int k = kOrder[r];
    if (!active_[k]) continue;
    Eigen::Vector3d y = x.segment<3>(3 * k);
    for (int i : p.later[k]) {
      if (active_[i]) y -= blocks_[p.slot[i][k]].transpose() * x.segment<3>(3 * i);
    }
    const Eigen::Matrix3d& L = blocks_[p.slot[k][k]];
    y.z() /= L(2, 2);
    y.y() = (y.y() - L(2, 1) * y.z()) / L(1, 1);
    y.x() = (y.x() - L(1, 0) * y.y() - L(2, 0) * y.z()) / L(0, 0);
    x.segment<3>(3 * k) = y;
  }
}

std::array<double, kBodyPoints> SkeletonMatrix::inverse_traces() const {
  CouplingMatrix identity = CouplingMatrix::Identity(3 * kBodyPoints, 3 * kBodyPoints);
  solve_lower(identity);  // L^-1; the inverse's diagonal is the squared norm of its columns
  std::array<double, kBodyPoints> traces{};
  for (int k = 0; k < kBodyPoints; ++k) {
    if (active_[k]) traces[k] = identity.middleCols<3>(3 * k).squaredNorm();
  }
  return traces;
}

Eigen::Matrix<double, 3 * kBodyPoints, 3 * kBodyPoints> SkeletonMatrix::dense() const {
  Eigen::Matrix<double, 3 * kBodyPoints, 3 * kBodyPoints> A;
  A.setZero();
  for (int i = 0; i < kBodyPoints; ++i) {
    for (int j = 0; j < kBodyPoints; ++j) {
      const int slot = pattern().slot[i][j];
      if (slot < 0) continue;
      A.block<3, 3>(3 * i, 3 * j) = blocks_[slot];
      A.block<3, 3>(3 * j, 3 * i) = blocks_[slot].transpose();
    }
  }
  return A;
}

}  // namespace ahap
