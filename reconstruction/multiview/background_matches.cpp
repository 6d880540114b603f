#include "reconstruction/multiview/background_matches.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <random>

#include "reconstruction/geometry/similarity.h"
#include "reconstruction/multiview/association_result.h"
#include "reconstruction/multiview/robust_loss.h"

namespace ahap {
namespace {

constexpr int kMinMatches = 12;  // of a pair of views, near the epipolar lines, to be looked at
constexpr double kNearest = 0.2, kFarthest = 60;  // metres, of a background point from both cameras
constexpr int kShuffles = 10;

struct NormalizedMatch {
  Eigen::Vector2d a, b;
  double ratio;
};
struct Pair {
  int view_a, view_b;
  std::vector<NormalizedMatch> matches;  // by ratio
};

// The point on the plane at depth 1 that the lens moves to x.
Eigen::Vector2d undistorted(const Eigen::Vector2d& x, const ViewParameters& view) {
  const Eigen::Vector2d p = x / view.focal();
  Eigen::Vector2d u = p;
  for (int i = 0; i < 4; ++i) u = p / std::max(1 + view.k1 * u.squaredNorm(), 0.2);
  return u;
}

// Distance of a match from satisfying the epipolar constraint (Sampson), share of the longer side.
double sampson_distance(const ViewParameters& a, const ViewParameters& b, const Eigen::Vector2d& xa,
                        const Eigen::Vector2d& xb) {
  const Eigen::Matrix3d R = b.R * a.R.transpose();
  const Eigen::Matrix3d E = skew(b.t - R * a.t) * R;
  const Eigen::Vector3d ua = undistorted(xa, a).homogeneous(), ub = undistorted(xb, b).homogeneous();
  const Eigen::Vector3d line_b = E * ua, line_a = E.transpose() * ub;
  const double gradient = line_b.head<2>().squaredNorm() / std::pow(b.focal(), 2) +
                          line_a.head<2>().squaredNorm() / std::pow(a.focal(), 2);
  return std::abs(ub.dot(line_b)) / std::sqrt(std::max(gradient, 1e-18));
}

// Linear triangulation of two rays; nothing where the point is not in front of both cameras within reach.
std::optional<Eigen::Vector3d> triangulate_pair(const ViewParameters& a, const ViewParameters& b,
                                                const NormalizedMatch& m) {
  Eigen::Matrix4d A;
  const auto rows = [&](const ViewParameters& view, const Eigen::Vector2d& x, int at) {
    Eigen::Matrix<double, 3, 4> P;
    P << view.R, view.t;
    const Eigen::Vector2d u = undistorted(x, view);
    A.row(at) = u.x() * P.row(2) - P.row(0);
    A.row(at + 1) = u.y() * P.row(2) - P.row(1);
  };
  rows(a, m.a, 0);
  rows(b, m.b, 2);
  const Eigen::Vector4d X = Eigen::JacobiSVD<Eigen::Matrix4d>(A, Eigen::ComputeFullV).matrixV().col(3);
  const Eigen::Vector3d point = X.hnormalized();
  const double za = a.to_camera(point).z(), zb = b.to_camera(point).z();
  if (!point.allFinite() || !(za > kNearest) || !(zb > kNearest) || za > kFarthest || zb > kFarthest)
    return std::nullopt;
  return point;
}

class BackgroundAdjustment {
 public:
  BackgroundAdjustment(const NormalizedCapture& capture, const BackgroundMatches& matches,
                       const Hypothesis& people, const BundleOptions& bundle,
                       const BackgroundOptions& options)
      : capture_(capture), people_(people), bundle_options_(bundle), options_(options) {
    for (const ViewMatches& m : matches) add_pair(m);
  }

  // Pairs of views whose matches agree better than chance once they took part, with those matches.
  std::vector<Pair> gated() const {
    std::vector<Pair> near;
    for (const Pair& pair : pairs_) near.push_back(close(pair, people_.state, options_.search_band));
    std::erase_if(near, [](const Pair& p) { return int(p.matches.size()) < kMinMatches; });
    if (near.empty()) return {};
    const BundleState guided = adjust(near).hypothesis.state;
    std::vector<Pair> kept;
    for (const Pair& pair : pairs_) {
      const bool took_part = std::any_of(near.begin(), near.end(), [&](const Pair& p) {
        return p.view_a == pair.view_a && p.view_b == pair.view_b;
      });
      if (!took_part) continue;
      if (double(count(pair, guided)) > options_.chance_factor * by_chance(pair, guided) + options_.surplus) {
        kept.push_back(close(pair, guided, options_.final_band));
      }
    }
    return kept;
  }

  // The matches of these pairs that agree with the cameras.
  BackgroundMatches agreeing(const std::vector<Pair>& pairs, const BundleState& state) const {
    BackgroundMatches agreeing;
    const auto pixel = [&](const Eigen::Vector2d& x, int v) { return capture_.views[v].pixel(x); };
    for (const Pair& pair : pairs) {
      ViewMatches& found = agreeing.emplace_back(ViewMatches{pair.view_a, pair.view_b, {}});
      for (const NormalizedMatch& m : close(pair, state, options_.inlier_band).matches)
        found.matches.push_back({pixel(m.a, pair.view_a), pixel(m.b, pair.view_b), m.ratio});
    }
    return agreeing;
  }

  // People and matches together, from the people's cameras.
  Calibration adjust(const std::vector<Pair>& pairs) const {
    const std::vector<AnnealingStage> stages = {{8, 5}, {4, 6}, {2, 8}, {1, 20}};
    Calibration result{people_, {}};
    BundleState& state = result.hypothesis.state;
    state.background.clear();
    for (const Pair& pair : pairs) {
      int points = 0;
      for (const NormalizedMatch& m : pair.matches) {
        if (points >= options_.most_points) break;
        const auto X = triangulate_pair(state.views[pair.view_a], state.views[pair.view_b], m);
        if (!X) continue;
        state.background.push_back(*X);
        result.background.push_back({{{pair.view_a, m.a}, {pair.view_b, m.b}}});
        ++points;
      }
    }
    PeopleBundle bundle(capture_, people_.tracks, bundle_options_);
    bundle.set_background(result.background);
    bundle.solve(state, stages);
    return result;
  }

 private:
  void add_pair(const ViewMatches& m) {
    const int views = int(capture_.views.size());
    if (m.view_a < 0 || m.view_b < 0 || m.view_a >= views || m.view_b >= views || m.view_a == m.view_b) {
      throw std::invalid_argument("background matches between views " + std::to_string(m.view_a) + " and " +
                                  std::to_string(m.view_b) + " of " + std::to_string(views));
    }
    if (!people_.placed[m.view_a] || !people_.placed[m.view_b]) return;
    const auto& state = people_.state.views;
    if (rotation_angle(state[m.view_a].R, state[m.view_b].R) > options_.max_angle) return;
    Pair& pair = pairs_.emplace_back(Pair{m.view_a, m.view_b, {}});
    const auto normalized = [&](const Eigen::Vector2d& pixel, int v) {
      return capture_.views[v].normalized(pixel);
    };
    for (const PointMatch& p : m.matches) {
      if (p.pixel_a.allFinite() && p.pixel_b.allFinite()) {
        pair.matches.push_back({normalized(p.pixel_a, m.view_a), normalized(p.pixel_b, m.view_b), p.ratio});
      }
    }
    std::stable_sort(pair.matches.begin(), pair.matches.end(),
                     [](const auto& x, const auto& y) { return x.ratio < y.ratio; });
  }

  Pair close(const Pair& pair, const BundleState& state, double band) const {
    Pair kept{pair.view_a, pair.view_b, {}};
    for (const NormalizedMatch& m : pair.matches) {
      if (sampson_distance(state.views[pair.view_a], state.views[pair.view_b], m.a, m.b) < band)
        kept.matches.push_back(m);
    }
    return kept;
  }

  int count(const Pair& pair, const BundleState& state) const {
    return int(close(pair, state, options_.inlier_band).matches.size());
  }

  double by_chance(const Pair& pair, const BundleState& state) const {
    std::mt19937 random(1);
    double sum = 0;
    Pair shuffled = pair;
    for (int k = 0; k < kShuffles; ++k) {
      for (std::size_t i = shuffled.matches.size(); i > 1; --i)
        std::swap(shuffled.matches[i - 1].b, shuffled.matches[random() % i].b);
      sum += count(shuffled, state);
    }
    return sum / kShuffles;
  }

  const NormalizedCapture& capture_;
  const Hypothesis& people_;
  BundleOptions bundle_options_;
  BackgroundOptions options_;
  std::vector<Pair> pairs_;
};

}  // namespace

BackgroundRefinement refine_with_background(const std::vector<ViewObservation>& views,
                                            const std::vector<PersonObservation>& people,
                                            const JointAssociation& association,
                                            const BackgroundMatches& matches,
                                            const AssociationOptions& options,
                                            const BackgroundOptions& background, const Progress& progress) {
  step(progress, "background", 0);
  BackgroundRefinement result{association, 0, 0, {}};
  const NormalizedCapture capture = normalize(views, people);
  Hypothesis start = hypothesis_of(capture, association);
  if (start.tracks.empty()) return result;
  PeopleBundle(capture, start.tracks, options.bundle).solve(start.state, {{1, 20}});
  const BackgroundAdjustment adjustment(capture, matches, start, options.bundle, background);
  const std::vector<Pair> pairs = adjustment.gated();
  step(progress, "background", 0.6);
  const auto knows_up = [](const NormalizedView& view) { return view.up.has_value(); };
  if (pairs.empty() && std::none_of(capture.views.begin(), capture.views.end(), knows_up)) return result;
  Calibration calibration = adjustment.adjust(pairs);
  result.pairs = int(pairs.size());
  result.points = int(calibration.background.size());
  result.matches = adjustment.agreeing(pairs, calibration.hypothesis.state);
  Tracks labels;
  for (const AssociatedPerson& person : association.people) labels.push_back(person.observations);
  describe(views, capture, std::move(calibration), std::move(labels), options, result.association);
  step(progress, "background", 1);
  return result;
}

}  // namespace ahap
