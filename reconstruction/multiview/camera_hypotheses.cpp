#include "reconstruction/multiview/camera_hypotheses.h"

#include <Eigen/Cholesky>
#include <Eigen/Geometry>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <random>

#include "reconstruction/body_fit/body_skeleton.h"
#include "reconstruction/multiview/robust_loss.h"

namespace ahap {
namespace {

constexpr int kMinPoints = 4;      // observed, for a position by least squares
constexpr double kMinDepth = 0.3;  // metres; a body nearer than this was placed wrongly
constexpr double kStature =
    1.36;  // metres that the longer side of a person's box shows on average (80 % of 1.7)
constexpr double kUnseenSigma =
    0.1;  // of a point that is not observed but has to serve, share of the person's size
constexpr double kMinPlacingSigma =
    0.006;  // share of the person's size; below it the landmarks' own errors rule

}  // namespace

Eigen::Matrix3d camera_from_ray(const Eigen::Vector2d& point) {
  // I + [v] + [v]^2 / (1 + cos) with v = z x ray (Rodrigues); the ray is never opposite to the axis.
  const Eigen::Vector3d ray = point.homogeneous().normalized();
  const Eigen::Matrix3d V = skew(Eigen::Vector3d::UnitZ().cross(ray));
  return Eigen::Matrix3d::Identity() + V + V * V / (1 + ray.z());
}

PlacedBody place_body(const NormalizedPerson& person, double focal) {
  const Eigen::Matrix3d R = camera_from_ray(person.ray / focal);
  PlacedBody placed;
  placed.visibility = person.visibility;
  for (int k = 0; k < kBodyPoints; ++k) placed.body[k] = R * person.landmarks[k];
  // x (Z + Tz) = X + Tx, y (Z + Tz) = Y + Ty for every observed point, weighted by its precision.
  Eigen::Matrix3d A = Eigen::Matrix3d::Zero();
  Eigen::Vector3d b = Eigen::Vector3d::Zero();
  const bool enough = person.observed >= kMinPoints;
  for (int k = 0; k < kBodyPoints; ++k) {
    const bool observed = person.sigma[k] > 0;
    if (!observed) continue;
    const double sigma = std::max((enough ? person.sigma[k] / person.size : kUnseenSigma), kMinPlacingSigma);
    const double w = 1 / (sigma * sigma);
    const Eigen::Vector2d x = person.x[k] / focal;
    const Eigen::Vector3d& X = placed.body[k];
    for (int axis = 0; axis < 2; ++axis) {
      Eigen::Vector3d row = Eigen::Vector3d::Unit(axis);
      row.z() = -x[axis];
      A += w * row * row.transpose();
      b += w * (x[axis] * X.z() - X[axis]) * row;
    }
  }
  placed.position = A.ldlt().solve(b);
  if (!enough || !placed.position.allFinite() || placed.position.z() < kMinDepth) {
    const double z = std::max(kMinDepth, kStature * focal / person.size);
    placed.position = z * Eigen::Vector3d((person.ray / focal).homogeneous());
  }
  return placed;
}

Eigen::Matrix3d procrustes(const Eigen::Matrix3d& M) {
  const Eigen::JacobiSVD<Eigen::Matrix3d> svd(M, Eigen::ComputeFullU | Eigen::ComputeFullV);
  Eigen::Matrix3d U = svd.matrixU();
  if ((U * svd.matrixV().transpose()).determinant() < 0) U.col(2) *= -1;
  return U * svd.matrixV().transpose();
}

double add_limb_pairs(const PlacedBody& from, const PlacedBody& to, const Eigen::Matrix3d& R_from,
                      Eigen::Matrix3d& M) {
  double sum = 0;
  for (const auto& [a, b] : kLimbs) {
    const double w =
        std::min(from.visibility[a], from.visibility[b]) * std::min(to.visibility[a], to.visibility[b]);
    M += w * (to.body[a] - to.body[b]) * (R_from.transpose() * (from.body[a] - from.body[b])).transpose();
    sum += w;
  }
  return sum;
}

std::vector<Eigen::Matrix3d> rotations_from_limbs(const NormalizedCapture& capture, const Tracks& tracks,
                                                  double focal, int reference,
                                                  std::optional<int> only_track) {
  const int views = int(capture.views.size());
  std::vector<std::vector<std::optional<PlacedBody>>> placed(tracks.size());
  for (std::size_t p = 0; p < tracks.size(); ++p) {
    placed[p].resize(views);
    for (int i : tracks[p]) {
      placed[p][capture.people[i].view] =
          place_body(capture.people[i], capture.focal_or(capture.people[i].view, focal));
    }
  }
  std::vector<Eigen::Matrix3d> R(views, Eigen::Matrix3d::Identity());
  std::vector<bool> done(views, false);
  done[reference] = true;
  while (true) {
    double most = 0;
    int next = -1;
    Eigen::Matrix3d next_M = Eigen::Matrix3d::Zero();
    for (int v = 0; v < views; ++v) {
      if (done[v]) continue;
      Eigen::Matrix3d M = Eigen::Matrix3d::Zero();
      double sum = 0;
      for (int u = 0; u < views; ++u) {
        if (!done[u]) continue;
        const bool alone = only_track && placed[*only_track][u] && placed[*only_track][v];
        for (std::size_t p = 0; p < tracks.size(); ++p) {
          if (alone && int(p) != *only_track) continue;
          if (placed[p][u] && placed[p][v]) sum += add_limb_pairs(*placed[p][u], *placed[p][v], R[u], M);
        }
      }
      if (sum > most) {
        most = sum;
        next = v;
        next_M = M;
      }
    }
    if (next < 0) return R;
    R[next] = procrustes(next_M);
    done[next] = true;
  }
}

BundleState state_from_rotations(const NormalizedCapture& capture, const Tracks& tracks, double focal,
                                 std::span<const Eigen::Matrix3d> rotations) {
  constexpr double kAnchor = 100,
                   kDamping = 1e-8;  // squared weights: the first view's position, everything else
  const int views = int(capture.views.size()), n = 3 * (views + int(tracks.size()));
  Eigen::MatrixXd A = Eigen::MatrixXd::Identity(n, n) * kDamping;
  Eigen::VectorXd b = Eigen::VectorXd::Zero(n);
  BundleState state;
  state.views.resize(views);
  std::vector<std::vector<PlacedBody>> placed(tracks.size());
  for (int p = 0; p < int(tracks.size()); ++p) {
    for (int i : tracks[p]) {
      const NormalizedPerson& person = capture.people[i];
      placed[p].push_back(place_body(person, capture.focal_or(person.view, focal)));
      const Eigen::Vector3d& T = placed[p].back().position;
      const Eigen::Matrix3d& R = rotations[person.view];
      const int v = 3 * person.view, q = 3 * (views + p);
      const double w = 1 / std::pow(std::max(T.z(), 0.5), 2);  // positions are good to a share of their depth
      A.block<3, 3>(v, v) += w * Eigen::Matrix3d::Identity();  // t + R X = T
      A.block<3, 3>(v, q) += w * R;
      A.block<3, 3>(q, v) += w * R.transpose();
      A.block<3, 3>(q, q) += w * Eigen::Matrix3d::Identity();
      b.segment<3>(v) += w * T;
      b.segment<3>(q) += w * R.transpose() * T;
    }
  }
  if (!tracks.empty()) {
    const int v = 3 * capture.people[tracks[0][0]].view;
    A.block<3, 3>(v, v) += kAnchor * Eigen::Matrix3d::Identity();
  }
  const Eigen::VectorXd x = A.ldlt().solve(b);
  for (int v = 0; v < views; ++v) {
    state.views[v].R = rotations[v];
    state.views[v].t = x.segment<3>(3 * v);
    state.views[v].log_focal = std::log(capture.focal_or(v, focal));
  }
  for (int p = 0; p < int(tracks.size()); ++p) {
    BodyPoints& body = state.people.emplace_back();
    for (int k = 0; k < kBodyPoints; ++k) {
      Eigen::Vector3d sum = Eigen::Vector3d::Zero();
      double weight = 0;
      for (std::size_t c = 0; c < tracks[p].size(); ++c) {
        const double w = placed[p][c].visibility[k] + 0.05;
        sum += w * rotations[capture.people[tracks[p][c]].view].transpose() * placed[p][c].body[k];
        weight += w;
      }
      body[k] = x.segment<3>(3 * (views + p)) + sum / weight;
    }
  }
  return state;
}

namespace {

struct Start {
  double focal;
  std::vector<Eigen::Matrix3d> rotations;
};

std::vector<Start> make_starts(const NormalizedCapture& capture, const Tracks& tracks,
                               const MultiStartOptions& options) {
  constexpr std::array<double, 3> kFocals = {0.85, 0.6, 1.15};
  std::vector<int> count(capture.views.size(), 0), references;
  for (const auto& track : tracks) {
    for (int i : track) ++count[capture.people[i].view];
  }
  for (int v = 0; v < int(count.size()); ++v) {
    if (count[v] > 0) references.push_back(v);
  }
  std::stable_sort(references.begin(), references.end(), [&](int a, int b) { return count[a] > count[b]; });
  std::vector<Start> starts;
  for (double f : kFocals) {
    for (std::size_t r = 0; r < std::min<std::size_t>(references.size(), 3); ++r) {
      starts.push_back({f, rotations_from_limbs(capture, tracks, f, references[r])});
    }
  }
  for (int p = 0; p < int(tracks.size()) && tracks.size() > 1; ++p) {
    starts.push_back({kFocals[0], rotations_from_limbs(capture, tracks, kFocals[0], references[0], p)});
  }
  std::mt19937 random(options.seed);
  std::normal_distribution<double> normal(0, 25 * std::numbers::pi / 180);
  const std::size_t closed_form = starts.size();
  for (int k = 0; k < options.jittered; ++k) {
    Start start = starts[random() % closed_form];
    for (auto& R : start.rotations) {
      const Eigen::Vector3d w(normal(random), normal(random), normal(random));
      R = Eigen::AngleAxisd(w.norm(), w.normalized()).toRotationMatrix() * R;
    }
    starts.push_back(std::move(start));
  }
  return starts;
}

}  // namespace

MultiStartResult solve_from_hypotheses(const NormalizedCapture& capture, const Tracks& tracks,
                                       const BundleOptions& options, const MultiStartOptions& starts) {
  const std::vector<AnnealingStage> shortened = {{8, 6}, {3, 6}, {1.5, 8}}, full = {{3, 15}, {1, 60}};
  PeopleBundle bundle(capture, tracks, options);
  std::vector<MultiStartResult> runs;
  for (const Start& start : make_starts(capture, tracks, starts)) {
    runs.push_back({state_from_rotations(capture, tracks, start.focal, start.rotations), {}});
    runs.back().summary = bundle.solve(runs.back().state, shortened);
  }
  std::stable_sort(runs.begin(), runs.end(),
                   [](const auto& a, const auto& b) { return a.summary.cost < b.summary.cost; });
  runs.resize(std::min<std::size_t>(runs.size(), std::max(starts.finished, 1)));
  for (auto& run : runs) run.summary = bundle.solve(run.state, full);
  return *std::min_element(runs.begin(), runs.end(),
                           [](const auto& a, const auto& b) { return a.summary.cost < b.summary.cost; });
}

}  // namespace ahap
