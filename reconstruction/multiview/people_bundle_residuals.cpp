// The residuals of PeopleBundle and their derivatives.

#include <algorithm>
#include <numeric>

#include "reconstruction/body_fit/body_skeleton.h"
#include "reconstruction/multiview/camera_hypotheses.h"
#include "reconstruction/multiview/people_bundle_adjustment.h"
#include "reconstruction/multiview/robust_loss.h"

namespace ahap {
namespace {

constexpr double kNearestDepth =
    0.15;  // metres: points nearer than this (or behind) are pushed away instead of divided by
constexpr double kDepthPenalty = 20;        // per metre
constexpr double kMinBone = 1e-3;           // metres
constexpr double kMinLimbVisibility = 0.3;  // of both ends, for a limb's direction to be used

using ViewJacobian = Eigen::Matrix<double, 2, 8>;
using PointJacobian = Eigen::Matrix<double, 2, 3>;

struct Reprojection {
  Eigen::Vector2d residual;
  double penalty = 0;       // residual of a point that is too near
  Eigen::Vector3d rotated;  // R X
  double inv_z, a, b, r2, distortion;

  Reprojection(const ViewParameters& view, double focal, const Eigen::Vector3d& X, const Eigen::Vector2d& x,
               double sigma) {
    rotated = view.R * X;
    const Eigen::Vector3d Y = rotated + view.t;
    if (Y.z() < kNearestDepth) penalty = kDepthPenalty * (kNearestDepth - Y.z());
    inv_z = 1 / std::max(Y.z(), kNearestDepth);
    a = Y.x() * inv_z;
    b = Y.y() * inv_z;
    r2 = a * a + b * b;
    distortion = 1 + view.k1 * r2;
    residual = (focal * distortion * Eigen::Vector2d(a, b) - x) / sigma;
  }

  // Derivatives by (rotation, translation, log focal, k1) and by X.
  void jacobians(const ViewParameters& view, double focal, double sigma, ViewJacobian& Jv,
                 PointJacobian& JX) const {
    const double s = focal / sigma, k = view.k1;
    const double xx = s * (distortion + 2 * k * a * a), xy = s * 2 * k * a * b,
                 yy = s * (distortion + 2 * k * b * b);
    PointJacobian JY;
    const double near = penalty > 0 ? 0 : 1;
    JY << xx * inv_z, xy * inv_z, -near * (xx * a + xy * b) * inv_z, xy * inv_z, yy * inv_z,
        -near * (xy * a + yy * b) * inv_z;
    Jv.leftCols<3>().noalias() = -JY * skew(rotated);
    Jv.middleCols<3>(3) = JY;
    Jv.col(6) = s * distortion * Eigen::Vector2d(a, b);
    Jv.col(7) = s * r2 * Eigen::Vector2d(a, b);
    JX.noalias() = JY * view.R;
  }

  // The same for the penalty.
  void penalty_jacobians(const ViewParameters& view, Eigen::Matrix<double, 1, 8>& Jv,
                         Eigen::RowVector3d& JX) const {
    Jv.setZero();
    Jv.leftCols<3>() = kDepthPenalty * skew(rotated).row(2);
    Jv(5) = -kDepthPenalty;
    JX = -kDepthPenalty * view.R.row(2);
  }
};

std::vector<double> focal_lengths(const BundleState& state) {
  std::vector<double> f;
  for (const auto& view : state.views) f.push_back(view.focal());
  return f;
}

// Points that are seen somewhere, the twelve limbs' ends, and all of the head when any of it is seen.
std::array<bool, kBodyPoints> active_points(const NormalizedCapture& capture, const std::vector<int>& track) {
  std::array<bool, kBodyPoints> active{};
  for (int i : track) {
    for (int k = 0; k < kBodyPoints; ++k) active[k] = active[k] || capture.people[i].sigma[k] > 0;
  }
  bool head = active[kMouthLeft] || active[kMouthRight];
  for (int k = kNose; k <= kRightEar; ++k) head = head || active[k];
  for (int k = kNose; k <= kRightEar; ++k) active[k] = head;
  for (int k = kLeftShoulder; k <= kRightAnkle; ++k) active[k] = true;
  return active;
}

}  // namespace

PeopleBundle::PeopleBundle(const NormalizedCapture& capture, std::vector<std::vector<int>> tracks,
                           const BundleOptions& options)
    : capture_(capture),
      options_(options),
      tracks_(std::move(tracks)),
      slot_of_view_(capture.views.size(), -1) {
  std::vector<bool> touched(capture.views.size(), false);
  for (const auto& track : tracks_) {
    for (int i : track) touched[capture.people[i].view] = true;
  }
  for (int v = 0; v < int(touched.size()); ++v) {
    if (!touched[v]) continue;
    slot_of_view_[v] = int(active_views_.size());
    active_views_.push_back(v);
  }
  for (const auto& track : tracks_) {
    views_of_track_.emplace_back();
    for (int i : track) views_of_track_.back().push_back(slot_of_view_[capture.people[i].view]);
    active_.push_back(active_points(capture, track));
  }
  collect_residuals();
}

void PeopleBundle::collect_residuals() {
  for (int p = 0; p < int(tracks_.size()); ++p) {
    for (int column = 0; column < int(tracks_[p].size()); ++column) {
      const int i = tracks_[p][column];
      const NormalizedPerson& person = capture_.people[i];
      for (int k = 0; k < kBodyPoints; ++k) {
        if (person.sigma[k] > 0)
          image_.push_back({person.view, column, p, k, person.x[k], person.sigma[k], i});
      }
      for (const auto& [a, b] : kLimbs) {
        const double visibility = std::min(person.visibility[a], person.visibility[b]);
        if (visibility < kMinLimbVisibility) continue;
        const double sigma = options_.direction_sigma / std::sqrt(visibility);
        directions_.push_back(
            {person.view, column, p, a, b, sigma, i, person.landmarks[a] - person.landmarks[b]});
      }
    }
  }
}

void PeopleBundle::update_directions(const BundleState& state) {
  int last = -1;
  Eigen::Matrix3d R = Eigen::Matrix3d::Identity();
  for (auto& d : directions_) {
    const NormalizedPerson& person = capture_.people[d.person];
    if (d.person != last) R = camera_from_ray(person.ray / state.views[d.view].focal());
    last = d.person;
    d.target = R * (person.landmarks[d.a] - person.landmarks[d.b]);
  }
}

PeopleBundle::NormalEquations PeopleBundle::empty_equations() const {
  NormalEquations e;
  const int n = 8 * int(active_views_.size());
  e.H = Eigen::MatrixXd::Zero(n, n);
  e.g = Eigen::VectorXd::Zero(n);
  e.tracks.resize(tracks_.size());
  for (std::size_t p = 0; p < tracks_.size(); ++p) {
    e.tracks[p].H.set_active(active_[p]);
    e.tracks[p].g = Eigen::VectorXd::Zero(3 * kBodyPoints);
    e.tracks[p].W = CouplingMatrix::Zero(3 * kBodyPoints, 8 * std::ptrdiff_t(tracks_[p].size()));
  }
  for (const auto& track : background_) {
    e.background.push_back({Eigen::Matrix3d::Zero(), Eigen::Vector3d::Zero(), {}});
    e.background.back().W.assign(track.observations.size(), Eigen::Matrix<double, 3, 8>::Zero());
  }
  return e;
}

double PeopleBundle::evaluate(const BundleState& state, double inflation, NormalEquations* equations) const {
  if (equations) *equations = empty_equations();
  const double cost = add_images(state, inflation, equations) + add_bones(state, equations) +
                      add_bone_pairs(state, equations) + add_directions(state, equations) +
                      add_view_priors(state, equations) + add_shared_lens(state, equations) +
                      add_gravity(state, equations) + add_background(state, inflation, equations);
  if (equations) hold_known(*equations);
  return cost;
}

// A parameter that is known does not move, as if it were observed without error.
void PeopleBundle::hold_known(NormalEquations& e) const {
  constexpr double kExact = 1e12;
  for (int s = 0; s < int(active_views_.size()); ++s) {
    const NormalizedView& view = capture_.views[active_views_[s]];
    const int first = view.keeps_pose ? 0 : 6, end = view.keeps_lens ? 8 : 6;
    for (int i = 8 * s + first; i < 8 * s + end; ++i) {
      e.H.row(i).setZero();
      e.H.col(i).setZero();
      e.H(i, i) = kExact;
      e.g(i) = 0;
    }
    if (first >= end) continue;
    for (std::size_t p = 0; p < tracks_.size(); ++p) {
      for (std::size_t a = 0; a < views_of_track_[p].size(); ++a)
        if (views_of_track_[p][a] == s) e.tracks[p].W.middleCols(8 * int(a) + first, end - first).setZero();
    }
    for (std::size_t k = 0; k < background_.size(); ++k) {
      for (std::size_t o = 0; o < background_[k].observations.size(); ++o)
        if (background_[k].observations[o].first == active_views_[s])
          e.background[k].W[o].middleCols(first, end - first).setZero();
    }
  }
}

double PeopleBundle::add_images(const BundleState& state, double inflation,
                                NormalEquations* equations) const {
  const std::vector<double> focal = focal_lengths(state);
  const double share = options_.people_share;
  double cost = 0;
  ViewJacobian Jv;
  PointJacobian JX;
  for (const ImageResidual& o : image_) {
    const ViewParameters& view = state.views[o.view];
    const double sigma = o.sigma * inflation;
    const Reprojection r(view, focal[o.view], state.people[o.track][o.point], o.x, sigma);
    const Cauchy loss(r.residual.squaredNorm(), options_.image_loss, share);
    cost += loss.value + share * r.penalty * r.penalty;
    if (!equations) continue;
    const int v = 8 * slot_of_view_[o.view];
    TrackEquations& track = equations->tracks[o.track];
    const auto add = [&](const auto& Jview, const auto& Jpoint, const auto& residual, double w) {
      equations->H.block<8, 8>(v, v).noalias() += (w * Jview).transpose() * Jview;
      equations->g.segment<8>(v).noalias() -= Jview.transpose() * (w * residual);
      track.H.add(o.point, o.point, (w * Jpoint).transpose() * Jpoint);
      track.g.segment<3>(3 * o.point).noalias() -= Jpoint.transpose() * (w * residual);
      track.W.block<3, 8>(3 * o.point, 8 * o.column).noalias() += (w * Jpoint).transpose() * Jview;
    };
    r.jacobians(view, focal[o.view], sigma, Jv, JX);
    add(Jv, JX, r.residual, loss.weight);
    if (r.penalty > 0) {
      Eigen::Matrix<double, 1, 8> Pv;
      Eigen::RowVector3d PX;
      r.penalty_jacobians(view, Pv, PX);
      add(Pv, PX, Eigen::Matrix<double, 1, 1>(r.penalty), share);
    }
  }
  return cost;
}

double PeopleBundle::add_bones(const BundleState& state, NormalEquations* equations) const {
  const double share = options_.people_share;
  double cost = 0;
  for (int p = 0; p < int(tracks_.size()); ++p) {
    const BodyPoints& X = state.people[p];
    for (const Bone& bone : kBones) {
      if (!active_[p][bone.a] || !active_[p][bone.b]) continue;
      const Eigen::Vector3d d = X[bone.a] - X[bone.b];
      const double length = std::max(d.norm(), kMinBone);
      const double r = std::log(length / bone.length) / bone.log_sigma;
      const Cauchy loss(r * r, options_.bone_loss, share);
      cost += loss.value;
      if (!equations) continue;
      TrackEquations& track = equations->tracks[p];
      const Eigen::Vector3d J = d / (length * length * bone.log_sigma);
      const Eigen::Matrix3d H = loss.weight * J * J.transpose();
      track.H.add(bone.a, bone.a, H);
      track.H.add(bone.b, bone.b, H);
      track.H.add(bone.a, bone.b, -H);
      track.g.segment<3>(3 * bone.a) -= loss.weight * r * J;
      track.g.segment<3>(3 * bone.b) += loss.weight * r * J;
    }
  }
  return cost;
}

double PeopleBundle::add_bone_pairs(const BundleState& state, NormalEquations* equations) const {
  const double share = options_.people_share;
  double cost = 0;
  for (int p = 0; p < int(tracks_.size()); ++p) {
    const BodyPoints& X = state.people[p];
    for (const BonePair& pair : kBonePairs) {  // their points always take part
      const std::array<int, 4> points = {pair.left_a, pair.left_b, pair.right_a, pair.right_b};
      const Eigen::Vector3d left = X[pair.left_a] - X[pair.left_b], right = X[pair.right_a] - X[pair.right_b];
      const double l = std::max(left.norm(), kMinBone), m = std::max(right.norm(), kMinBone);
      const double r = std::log(l / m) / kBonePairLogSigma;
      const Cauchy loss(r * r, options_.bone_loss, share);
      cost += loss.value;
      if (!equations) continue;
      TrackEquations& track = equations->tracks[p];
      const Eigen::Vector3d Jl = left / (l * l * kBonePairLogSigma), Jr = right / (m * m * kBonePairLogSigma);
      const std::array<Eigen::Vector3d, 4> J = {Jl, -Jl, -Jr, Jr};
      for (int a = 0; a < 4; ++a) {
        track.g.segment<3>(3 * points[a]) -= loss.weight * r * J[a];
        for (int b = 0; b <= a; ++b) track.H.add(points[a], points[b], loss.weight * J[a] * J[b].transpose());
      }
    }
  }
  return cost;
}

double PeopleBundle::add_directions(const BundleState& state, NormalEquations* equations) const {
  const double share = options_.people_share;
  double cost = 0;
  for (const DirectionResidual& d : directions_) {
    const Eigen::Matrix3d& R = state.views[d.view].R;
    const BodyPoints& X = state.people[d.track];
    const Eigen::Vector3d rotated = R * (X[d.a] - X[d.b]);
    const Eigen::Vector3d r = (rotated - d.target) / d.sigma;
    const Cauchy loss(r.squaredNorm(), options_.direction_loss, share);
    cost += loss.value;
    if (!equations) continue;
    TrackEquations& track = equations->tracks[d.track];
    const int v = 8 * slot_of_view_[d.view];
    const Eigen::Matrix3d Jw = -skew(rotated) / d.sigma, JX = R / d.sigma;
    equations->H.block<3, 3>(v, v).noalias() += loss.weight * Jw.transpose() * Jw;
    equations->g.segment<3>(v).noalias() -= loss.weight * Jw.transpose() * r;
    const Eigen::Matrix3d H =
        Eigen::Matrix3d::Identity() * (loss.weight / (d.sigma * d.sigma));  // JX^T JX: R is a rotation
    track.H.add(d.a, d.a, H);
    track.H.add(d.b, d.b, H);
    track.H.add(d.a, d.b, -H);
    const Eigen::Vector3d g = loss.weight * JX.transpose() * r;
    track.g.segment<3>(3 * d.a) -= g;
    track.g.segment<3>(3 * d.b) += g;
    const Eigen::Matrix3d W = loss.weight * JX.transpose() * Jw;
    track.W.block<3, 3>(3 * d.a, 8 * d.column) += W;
    track.W.block<3, 3>(3 * d.b, 8 * d.column) -= W;
  }
  return cost;
}

double PeopleBundle::add_view_priors(const BundleState& state, NormalEquations* equations) const {
  double cost = 0;
  const auto scalar = [&](int index, double r, double sigma) {
    cost += r * r / (sigma * sigma);
    if (!equations) return;
    equations->H(index, index) += 1 / (sigma * sigma);
    equations->g(index) -= r / (sigma * sigma);
  };
  const int n = int(active_views_.size());
  for (int s = 0; s < n; ++s) {
    const ViewParameters& view = state.views[active_views_[s]];
    const std::optional<double>& known = capture_.views[active_views_[s]].focal;
    scalar(8 * s + 6, view.log_focal - std::log(known.value_or(kMeanFocal)),
           known ? capture_.views[active_views_[s]].focal_sigma : options_.log_focal_sigma);
    scalar(8 * s + 7, view.k1, options_.k1_sigma);
  }
  for (int a = 0; a < n; ++a) {
    int similar = 1;
    for (int b = 0; b < n; ++b) similar += b != a && capture_.same_format(active_views_[a], active_views_[b]);
    for (int b = 0; b < a; ++b) {
      if (!capture_.same_format(active_views_[a], active_views_[b])) continue;
      if (capture_.views[active_views_[a]].focal && capture_.views[active_views_[b]].focal) continue;
      const double sigma = options_.common_log_focal_sigma * std::sqrt(double(similar));
      const double r =
          (state.views[active_views_[a]].log_focal - state.views[active_views_[b]].log_focal) / sigma;
      const Cauchy loss(r * r, options_.image_loss);
      cost += loss.value;
      if (!equations) continue;
      const int i = 8 * a + 6, j = 8 * b + 6;
      const double h = loss.weight / (sigma * sigma);
      equations->H(i, i) += h;
      equations->H(j, j) += h;
      equations->H(i, j) -= h;  // a > b: lower triangle
      equations->g(i) -= loss.weight * r / sigma;
      equations->g(j) += loss.weight * r / sigma;
    }
  }
  return cost;
}

double PeopleBundle::add_shared_lens(const BundleState& state, NormalEquations* equations) const {
  if (!options_.shared_lens) return 0;
  constexpr double kSigma = 1e-3;  // of log focal lengths and of k1: as good as one
  double cost = 0;
  for (int s = 1; s < int(active_views_.size()); ++s) {
    const ViewParameters &a = state.views[active_views_[s]], &b = state.views[active_views_[s - 1]];
    for (const auto& [column, difference] :
         {std::pair(6, a.log_focal - b.log_focal), std::pair(7, a.k1 - b.k1)}) {
      const double r = difference / kSigma;
      cost += r * r;
      if (!equations) continue;
      const int i = 8 * s + column, j = i - 8;
      const double h = 1 / (kSigma * kSigma);
      equations->H(i, i) += h;
      equations->H(j, j) += h;
      equations->H(i, j) -= h;
      equations->g(i) -= r / kSigma;
      equations->g(j) += r / kSigma;
    }
  }
  return cost;
}

double PeopleBundle::add_gravity(const BundleState& state, NormalEquations* equations) const {
  constexpr double kLoss = 3;  // in standard deviations
  std::vector<int> slots;
  for (int s = 0; s < int(active_views_.size()); ++s) {
    if (capture_.views[active_views_[s]].up) slots.push_back(s);
  }
  double cost = 0;
  for (int a : slots) {
    for (int b : slots) {
      if (b >= a) break;
      const NormalizedView &va = capture_.views[active_views_[a]], &vb = capture_.views[active_views_[b]];
      const Eigen::Matrix3d &Ra = state.views[active_views_[a]].R, &Rb = state.views[active_views_[b]].R;
      // All pairs of n views say the same n - 1 times.
      const double sigma = std::hypot(va.up_sigma, vb.up_sigma) * std::sqrt(slots.size() / 2.0);
      const Eigen::Vector3d r = (Ra.transpose() * *va.up - Rb.transpose() * *vb.up) / sigma;
      const Cauchy loss(r.squaredNorm(), kLoss);
      cost += loss.value;
      if (!equations) continue;
      const Eigen::Matrix3d Ja = Ra.transpose() * skew(*va.up) / sigma,
                            Jb = -Rb.transpose() * skew(*vb.up) / sigma;
      equations->H.block<3, 3>(8 * a, 8 * a) += loss.weight * Ja.transpose() * Ja;
      equations->H.block<3, 3>(8 * b, 8 * b) += loss.weight * Jb.transpose() * Jb;
      equations->H.block<3, 3>(8 * a, 8 * b) += loss.weight * Ja.transpose() * Jb;
      equations->g.segment<3>(8 * a) -= loss.weight * Ja.transpose() * r;
      equations->g.segment<3>(8 * b) -= loss.weight * Jb.transpose() * r;
    }
  }
  return cost;
}

double PeopleBundle::add_background(const BundleState& state, double inflation,
                                    NormalEquations* equations) const {
  const std::vector<double> focal = focal_lengths(state);
  const double sigma = options_.background_sigma * inflation;
  double cost = 0;
  ViewJacobian Jv;
  PointJacobian JX;
  for (std::size_t k = 0; k < background_.size(); ++k) {
    const auto& observations = background_[k].observations;
    for (std::size_t o = 0; o < observations.size(); ++o) {
      const auto& [v, x] = observations[o];
      if (slot_of_view_[v] < 0) continue;
      const ViewParameters& view = state.views[v];
      const Reprojection r(view, focal[v], state.background[k], x, sigma);
      const Cauchy loss(r.residual.squaredNorm(), options_.image_loss);
      cost += loss.value + r.penalty * r.penalty;
      if (!equations) continue;
      const int c = 8 * slot_of_view_[v];
      BackgroundEquations& point = equations->background[k];
      r.jacobians(view, focal[v], sigma, Jv, JX);
      const double w = loss.weight;
      equations->H.block<8, 8>(c, c).noalias() += (w * Jv).transpose() * Jv;
      equations->g.segment<8>(c).noalias() -= Jv.transpose() * (w * r.residual);
      point.H.noalias() += (w * JX).transpose() * JX;
      point.g.noalias() -= JX.transpose() * (w * r.residual);
      point.W[o].noalias() += (w * JX).transpose() * Jv;
      if (r.penalty > 0) {
        Eigen::Matrix<double, 1, 8> Pv;
        Eigen::RowVector3d PX;
        r.penalty_jacobians(view, Pv, PX);
        equations->H.block<8, 8>(c, c).noalias() += Pv.transpose() * Pv;
        equations->g.segment<8>(c).noalias() -= Pv.transpose() * r.penalty;
        point.H.noalias() += PX.transpose() * PX;
        point.g.noalias() -= PX.transpose() * r.penalty;
        point.W[o].noalias() += PX.transpose() * Pv;
      }
    }
  }
  return cost;
}

BundleSummary PeopleBundle::summary(const BundleState& state, double inflation) const {
  const std::vector<double> focal = focal_lengths(state);
  BundleSummary s;
  s.cost = cost(state, inflation);
  for (const ImageResidual& o : image_) {
    const Reprojection r(state.views[o.view], focal[o.view], state.people[o.track][o.point], o.x,
                         o.sigma * inflation);
    const double loss = Cauchy(r.residual.squaredNorm(), options_.image_loss).value;
    s.image_cost += options_.people_share * (loss + r.penalty * r.penalty);
    s.capped_image_cost +=
        options_.people_share * (r.penalty > 0 ? kImageCostCap : std::min(loss, kImageCostCap));
  }
  return s;
}

std::vector<double> PeopleBundle::capped_cost_of_people(const BundleState& state) const {
  const std::vector<double> focal = focal_lengths(state);
  std::vector<double> sum(capture_.people.size(), 0), count(capture_.people.size(), 0);
  for (const ImageResidual& o : image_) {
    const Reprojection r(state.views[o.view], focal[o.view], state.people[o.track][o.point], o.x, o.sigma);
    const double loss = Cauchy(r.residual.squaredNorm(), options_.image_loss).value;
    sum[o.person] += r.penalty > 0 ? kImageCostCap : std::min(loss, kImageCostCap);
    ++count[o.person];
  }
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] /= std::max(count[i], 1.0);
  return sum;
}

}  // namespace ahap
