#include "reconstruction/multiview/people_bundle_adjustment.h"

#include <Eigen/Cholesky>
#include <Eigen/Geometry>
#include <algorithm>

#include "reconstruction/rotation_vector.h"

namespace ahap {
namespace {

// Levenberg-Marquardt: damping lambda (diagonal + kDiagonalFloor) + kGaugeDamping; the last keeps the seven
// directions in which nothing is observed from being singular.
constexpr double kDiagonalFloor = 1e-3, kGaugeDamping = 1e-6;
constexpr double kFirstLambda = 1e-3, kMinLambda = 1e-7, kMaxLambda = 1e7;
constexpr double kConverged = 1e-5,
                 kStageConverged = 1e-3;  // relative decrease of the cost that ends a stage
constexpr double kMaxLogFocalStep = 0.3;

}  // namespace

Eigen::Vector2d ViewParameters::project(const Eigen::Vector3d& X) const {
  const Eigen::Vector2d x = X.head<2>() / std::max(X.z(), 0.15);
  return focal() * (1 + k1 * x.squaredNorm()) * x;
}

double PeopleBundle::cost(const BundleState& state, double inflation) const {
  return evaluate(state, inflation, nullptr);
}

Eigen::VectorXd PeopleBundle::negative_half_gradient(const BundleState& state, double inflation) const {
  NormalEquations e;
  evaluate(state, inflation, &e);
  const int views = int(e.g.size()), points = 3 * kBodyPoints;
  Eigen::VectorXd g(views + points * int(e.tracks.size()) + 3 * int(e.background.size()));
  g.head(views) = e.g;
  for (std::size_t p = 0; p < e.tracks.size(); ++p)
    g.segment(views + points * int(p), points) = e.tracks[p].g;
  for (std::size_t k = 0; k < e.background.size(); ++k) {
    g.segment<3>(views + points * int(e.tracks.size()) + 3 * int(k)) = e.background[k].g;
  }
  return g;
}

BundleState PeopleBundle::apply(const BundleState& state, const Eigen::VectorXd& step) const {
  BundleState next = state;
  for (std::size_t s = 0; s < active_views_.size(); ++s) {
    ViewParameters& view = next.views[active_views_[s]];
    const auto d = step.segment<8>(8 * int(s));
    view.R = rotation_of(d.head<3>()) * view.R;
    view.t += d.segment<3>(3);
    view.log_focal += std::clamp(d(6), -kMaxLogFocalStep, kMaxLogFocalStep);
    view.k1 += d(7);
  }
  int offset = 8 * int(active_views_.size());
  for (auto& body : next.people) {
    for (auto& X : body) {
      X += step.segment<3>(offset);
      offset += 3;
    }
  }
  for (auto& X : next.background) {
    X += step.segment<3>(offset);
    offset += 3;
  }
  return next;
}

// Eliminates the points: afterwards H and g are those of the views alone and the tracks hold L, L^-1 W and
// L^-1 g.
bool PeopleBundle::reduce(NormalEquations& e, double lambda) const {
  for (int i = 0; i < e.H.rows(); ++i) e.H(i, i) += lambda * (e.H(i, i) + kDiagonalFloor) + kGaugeDamping;
  for (std::size_t p = 0; p < e.tracks.size(); ++p) {
    TrackEquations& track = e.tracks[p];
    track.H.damp(lambda, kDiagonalFloor, kGaugeDamping);
    if (!track.H.factorize()) return false;
    track.H.solve_lower(track.g);
    if (cameras_fixed_) continue;
    track.H.solve_lower(track.W);
    const int n = int(track.W.cols());
    Eigen::MatrixXd WtW = Eigen::MatrixXd::Zero(n, n);
    WtW.selfadjointView<Eigen::Lower>().rankUpdate(track.W.transpose());
    const Eigen::VectorXd Wtg = track.W.transpose() * track.g;
    const std::vector<int>& views = views_of_track_[p];
    for (std::size_t a = 0; a < views.size(); ++a) {
      e.g.segment<8>(8 * views[a]) -= Wtg.segment<8>(8 * int(a));
      for (std::size_t b = 0; b <= a; ++b) {
        const auto block = WtW.block<8, 8>(8 * int(a), 8 * int(b));
        if (views[a] >= views[b]) {
          e.H.block<8, 8>(8 * views[a], 8 * views[b]) -= block;
        } else {
          e.H.block<8, 8>(8 * views[b], 8 * views[a]) -= block.transpose();
        }
      }
    }
  }
  for (std::size_t k = 0; k < e.background.size(); ++k) {
    BackgroundEquations& point = e.background[k];
    for (int i = 0; i < 3; ++i) point.H(i, i) += lambda * (point.H(i, i) + kDiagonalFloor) + kGaugeDamping;
    const Eigen::LLT<Eigen::Matrix3d> llt(point.H);
    if (llt.info() != Eigen::Success) return false;
    llt.matrixL().solveInPlace(point.g);
    point.H = llt.matrixL();
    const auto& observations = background_[k].observations;
    for (auto& W : point.W) llt.matrixL().solveInPlace(W);
    for (std::size_t a = 0; a < observations.size(); ++a) {
      const int sa = slot_of_view_[observations[a].first];
      if (sa < 0 || cameras_fixed_) continue;
      e.g.segment<8>(8 * sa).noalias() -= point.W[a].transpose() * point.g;
      for (std::size_t b = 0; b < observations.size(); ++b) {
        const int sb = slot_of_view_[observations[b].first];
        if (sb >= 0 && sb <= sa)
          e.H.block<8, 8>(8 * sa, 8 * sb).noalias() -= point.W[a].transpose() * point.W[b];
      }
    }
  }
  return true;
}

bool PeopleBundle::solve_step(const NormalEquations& equations, double lambda, Eigen::VectorXd& step) const {
  NormalEquations e = equations;
  if (!reduce(e, lambda)) return false;
  const int n = int(e.g.size()), points = 3 * kBodyPoints;
  step.setZero(n + points * int(e.tracks.size()) + 3 * int(e.background.size()));
  if (!cameras_fixed_) {
    const Eigen::LLT<Eigen::MatrixXd, Eigen::Lower> llt(e.H);
    if (llt.info() != Eigen::Success) return false;
    step.head(n) = llt.solve(e.g);
  }
  for (std::size_t p = 0; p < e.tracks.size(); ++p) {
    const std::vector<int>& views = views_of_track_[p];
    Eigen::VectorXd y = e.tracks[p].g;
    if (!cameras_fixed_) {
      for (std::size_t a = 0; a < views.size(); ++a) {
        y.noalias() -= e.tracks[p].W.middleCols<8>(8 * int(a)) * step.segment<8>(8 * views[a]);
      }
    }
    e.tracks[p].H.solve_upper(y);
    for (int k = 0; k < kBodyPoints; ++k) {
      if (active_[p][k]) step.segment<3>(n + points * int(p) + 3 * k) = y.segment<3>(3 * k);
    }
  }
  for (std::size_t k = 0; k < e.background.size(); ++k) {
    Eigen::Vector3d y = e.background[k].g;
    for (std::size_t a = 0; a < background_[k].observations.size(); ++a) {
      const int s = slot_of_view_[background_[k].observations[a].first];
      if (s >= 0) y.noalias() -= e.background[k].W[a] * step.segment<8>(8 * s);
    }
    step.segment<3>(n + points * int(e.tracks.size()) + 3 * int(k)) =
        e.background[k].H.transpose().triangularView<Eigen::Upper>().solve(y);
  }
  return step.allFinite();
}

BundleSummary PeopleBundle::solve(BundleState& state, const std::vector<AnnealingStage>& stages) {
  update_directions(state);
  NormalEquations equations;
  Eigen::VectorXd step;
  int iterations = 0;
  for (std::size_t k = 0; k < stages.size(); ++k) {
    const double converged = k + 1 == stages.size() ? kConverged : kStageConverged;
    double lambda = kFirstLambda, cost = evaluate(state, stages[k].inflation, &equations);
    for (int i = 0; i < stages[k].iterations && lambda <= kMaxLambda; ++i, ++iterations) {
      if (!solve_step(equations, lambda, step)) {
        lambda *= 10;
        continue;
      }
      BundleState next = apply(state, step);
      const double next_cost = evaluate(next, stages[k].inflation, nullptr);
      if (!(next_cost < cost)) {
        lambda *= 6;
        continue;
      }
      const bool done = cost - next_cost < converged * cost;
      state = std::move(next);
      cost = next_cost;
      lambda = std::max(lambda * 0.3, kMinLambda);
      if (done || i + 1 == stages[k].iterations) break;
      evaluate(state, stages[k].inflation, &equations);
    }
  }
  BundleSummary result = summary(state, stages.empty() ? 1 : stages.back().inflation);
  result.iterations = iterations;
  return result;
}

Eigen::MatrixXd PeopleBundle::view_covariance(const BundleState& state) const {
  NormalEquations e;
  evaluate(state, 1, &e);
  const int n = int(e.g.size());
  if (!reduce(e, 0)) return Eigen::MatrixXd::Identity(n, n) / kGaugeDamping;
  const Eigen::MatrixXd S = e.H.selfadjointView<Eigen::Lower>();
  return S.ldlt().solve(Eigen::MatrixXd::Identity(n, n));
}

std::vector<std::array<double, kBodyPoints>> PeopleBundle::point_sigmas(const BundleState& state) const {
  NormalEquations e;
  evaluate(state, 1, &e);
  std::vector<std::array<double, kBodyPoints>> sigmas(tracks_.size());
  for (std::size_t p = 0; p < tracks_.size(); ++p) {
    e.tracks[p].H.damp(0, 0, kGaugeDamping);
    if (!e.tracks[p].H.factorize()) continue;
    sigmas[p] = e.tracks[p].H.inverse_traces();
    for (double& s : sigmas[p]) s = std::sqrt(s / 3);
  }
  return sigmas;
}

}  // namespace ahap
