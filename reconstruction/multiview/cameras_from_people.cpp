#include "reconstruction/multiview/cameras_from_people.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "reconstruction/geometry/level_camera.h"

namespace ahap {

namespace {

constexpr double kDegree = M_PI / 180;
constexpr int kHeadings = 72;  // directions that are told apart
constexpr int kYawBins = 360;  // yaws of a camera that are told apart

// A detection in its level camera frame.
struct LevelBody {
  int view = 0, person = 0;
  Eigen::Vector3d position;    // of the key point, metres
  Eigen::Matrix3d covariance;  // metres^2
  std::vector<double>
      heading;  // probabilities of kHeadings directions it may face, yaw from -pi on; empty: unknown
};

// The same person in the camera to place (b, its level frame) and in one placed already (a, world).
struct Match {
  const LevelBody* a;
  const LevelBody* b;
  Eigen::Vector3d a_position;
  Eigen::Matrix3d a_covariance;
  double a_yaw = 0;  // of the level frame of a
  // How likely kHeadings turns of b's level frame against a's are, from 0 on; empty: unknown.
  const std::vector<double>* turns = nullptr;
};

// What speaks for the place of a camera: matches, and how its room and theirs want it turned.
struct Evidence {
  std::vector<Match> matches;
  std::vector<double> turn_cost;  // of yaws, from 0 on, around the circle; empty: unknown
};

// world_from_level of one view.
struct Placement {
  double yaw = 0;
  Eigen::Vector3d t = Eigen::Vector3d::Zero();
  double cost = 0;
};

Eigen::Matrix3d yaw_rotation(double yaw) {
  return Eigen::AngleAxisd(yaw, Eigen::Vector3d::UnitY()).toRotationMatrix();
}

std::optional<double> heading_of(const std::vector<Eigen::Vector3d>& joints, const Eigen::Matrix3d& level) {
  if (joints.size() != kSmplJoints) return std::nullopt;
  // Hips and shoulders: the widest right-to-left axes of the body.
  const Eigen::Vector3d across = level * (joints[1] - joints[2] + joints[16] - joints[17]);
  if (!(std::hypot(across.x(), across.z()) > 0.1)) return std::nullopt;
  return std::atan2(-across.z(), across.x());
}

// The value at a fraction of the circle, linear between the middles of the bins.
double around(const std::vector<double>& bins, double turn) {
  const int count = int(bins.size());
  const double at = (turn - std::floor(turn)) * count - 0.5, below = std::floor(at), share = at - below;
  return (1 - share) * bins[(int(below) + count) % count] + share * bins[(int(below) + 1) % count];
}

// The directions in which a body may face in its level frame; position: where it stands there.
std::vector<double> level_headings(const PeopleDetection& d, const Eigen::Matrix3d& level,
                                   const Eigen::Vector3d& position, const CamerasFromPeopleOptions& options) {
  std::vector<double> headings(kHeadings);
  const auto angle = [](int i) { return 2 * M_PI * (i + 0.5) / kHeadings - M_PI; };
  if (!d.heading.empty()) {
    const double to_camera = std::atan2(-position.x(), -position.z());
    for (int i = 0; i < kHeadings; ++i)
      headings[i] = around(d.heading, (angle(i) - to_camera) / (2 * M_PI) + 0.5);
  } else if (const auto heading = heading_of(d.joints, level)) {
    const auto near = [&](double e) {
      return std::exp(-0.5 * std::pow(std::remainder(e, 2 * M_PI) / options.heading_sigma, 2));
    };
    const double rest = 1 - options.heading_trust,
                 peak = 2 * M_PI / (options.heading_sigma * std::sqrt(2 * M_PI));
    for (int i = 0; i < kHeadings; ++i) {
      const double e = angle(i) - *heading;
      headings[i] = options.heading_trust * peak * near(e) + rest * (0.1 * peak * near(e - M_PI) + 0.9);
    }
  } else {
    return {};
  }
  const double sum = std::accumulate(headings.begin(), headings.end(), 0.0);
  for (double& p : headings) p = (1 - options.heading_floor) * p / sum + options.heading_floor / kHeadings;
  return headings;
}

// How likely b's level frame is turned against a's by each angle, beside a chance meeting: the two see one
// body.
std::vector<double> turns_between(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.empty() || b.empty()) return {};
  std::vector<double> turns(kHeadings, 0);
  for (int turn = 0; turn < kHeadings; ++turn) {
    for (int i = 0; i < kHeadings; ++i)
      turns[turn] += kHeadings * a[i] * b[(i - turn + kHeadings) % kHeadings];
  }
  return turns;
}

// Everything about the search that does not change while it runs.
class Search {
 public:
  Search(std::span<const PeopleView> views, std::span<const PeopleDetection> detections,
         const CamerasFromPeopleOptions& options)
      : options_(options), views_(views), of_view_(views.size()) {
    for (const auto& d : detections) {
      if (d.person < 0 || !(d.depth > 0) || !d.keypoint.allFinite()) continue;
      const PeopleView& view = views[d.view];
      const Eigen::Matrix3d level = level_from_camera(view.up);
      const Eigen::Vector3d ray = view.K.inverse() * d.keypoint.homogeneous();
      LevelBody body;
      body.view = d.view;
      body.person = d.person;
      body.position = level * (ray * (d.depth / ray.z()));
      const Eigen::Vector3d direction = body.position.normalized();
      const double across = std::hypot(options.lateral_sigma, view.up_sigma) * body.position.norm();
      const double along = d.depth_sigma * body.position.norm();
      const Eigen::Matrix3d along_ray = direction * direction.transpose();
      body.covariance =
          across * across * (Eigen::Matrix3d::Identity() - along_ray) + along * along * along_ray;
      body.heading = level_headings(d, level, body.position, options);
      of_view_[d.view].push_back(body);
    }
    for (const auto& view : of_view_) {
      for (const auto& other : of_view_) {
        if (&view == &other) continue;
        for (const auto& a : view) {
          for (const auto& b : other) {
            if (a.person == b.person) turns_[{&a, &b}] = turns_between(a.heading, b.heading);
          }
        }
      }
    }
  }

  int num_views() const { return int(of_view_.size()); }

  // Detections of a view whose person is seen in one of the others.
  int support(int view, const std::vector<bool>& others) const {
    int count = 0;
    for (const auto& body : of_view_[view]) {
      for (int v = 0; v < num_views(); ++v) {
        if (v == view || !others[v]) continue;
        for (const auto& other : of_view_[v]) count += other.person == body.person;
      }
    }
    return count;
  }

  Evidence evidence(int view, const std::vector<std::optional<Placement>>& placed) const {
    Evidence result;
    for (int v = 0; v < num_views(); ++v) {
      if (v == view || !placed[v]) continue;
      const Eigen::Matrix3d R = yaw_rotation(placed[v]->yaw);
      for (const auto& a : of_view_[v]) {
        for (const auto& b : of_view_[view]) {
          if (a.person != b.person) continue;
          result.matches.push_back({&a, &b, R * a.position + placed[v]->t, R * a.covariance * R.transpose(),
                                    placed[v]->yaw, &turns_.at({&a, &b})});
        }
      }
    }
    result.turn_cost = turn_cost(view, placed);
    return result;
  }

  // Mahalanobis distance of a match at a placement, squared.
  double distance2(const Match& match, const Placement& at) const {
    const Eigen::Matrix3d R = yaw_rotation(at.yaw);
    const Eigen::Matrix3d C = match.a_covariance + R * match.b->covariance * R.transpose();
    const Eigen::Vector3d e = match.a_position - R * match.b->position - at.t;
    return e.dot(C.inverse() * e);
  }

  // The best translation at a yaw: started from every person, then reweighted least squares.
  Placement at_yaw(const Evidence& evidence, double yaw) const {
    const Eigen::Matrix3d R = yaw_rotation(yaw);
    struct Term {
      Eigen::Vector3d offset;  // the translation this match asks for
      Eigen::Matrix3d information;
      double heading_cost;
    };
    std::vector<Term> terms;
    std::map<int, Eigen::Vector3d> starts;  // one per person
    for (const auto& m : evidence.matches) {
      const Eigen::Matrix3d C = m.a_covariance + R * m.b->covariance * R.transpose();
      terms.push_back({m.a_position - R * m.b->position, C.inverse(), heading_cost(m, yaw)});
      starts.try_emplace(m.b->person, terms.back().offset);
    }
    const double turn =
        evidence.turn_cost.empty() ? 0 : around(evidence.turn_cost, yaw / (2 * M_PI) + 0.5 / kYawBins);
    const auto cost_at = [&](const Eigen::Vector3d& t) {
      double cost = turn;
      for (const auto& term : terms) {
        const Eigen::Vector3d e = term.offset - t;
        cost += robust(e.dot(term.information * e), term.heading_cost);
      }
      return cost;
    };
    Placement best{yaw, Eigen::Vector3d::Zero(), std::numeric_limits<double>::infinity()};
    for (const auto& [person, start] : starts) {
      const double cost = cost_at(start);
      if (cost < best.cost) best = {yaw, start, cost};
    }
    for (int i = 0; i < 5; ++i) {
      Eigen::Matrix3d information = Eigen::Matrix3d::Zero();
      Eigen::Vector3d sum = Eigen::Vector3d::Zero();
      for (const auto& term : terms) {
        const Eigen::Vector3d e = term.offset - best.t;
        const double right = 0.5 * e.dot(term.information * e) + term.heading_cost;
        const double weight = 1 / (1 + std::exp(right - wrong_match_cost()));
        information += weight * term.information;
        sum += weight * (term.information * term.offset);
      }
      const Eigen::Vector3d t = information.inverse() * sum;
      const double cost = t.allFinite() ? cost_at(t) : std::numeric_limits<double>::infinity();
      if (!(cost < best.cost)) break;
      best.t = t;
      best.cost = cost;
    }
    return best;
  }

  Placement polish(const Evidence& evidence, Placement placement) const {
    for (double step = 4 * kDegree; step > 0.2 * kDegree; step /= 2) {
      for (int guard = 0; guard < 10; ++guard) {
        const Placement left = at_yaw(evidence, placement.yaw - step),
                        right = at_yaw(evidence, placement.yaw + step);
        const Placement& better = left.cost < right.cost ? left : right;
        if (!(better.cost < placement.cost)) break;
        placement = better;
      }
    }
    return placement;
  }

  // The local minima over all yaws, the best first.
  std::vector<Placement> modes(const Evidence& evidence) const {
    constexpr int kSteps = 96;
    std::vector<Placement> grid, minima;
    for (int i = 0; i < kSteps; ++i) grid.push_back(at_yaw(evidence, 2 * M_PI * i / kSteps));
    const auto [least, most] = std::minmax_element(
        grid.begin(), grid.end(), [](const auto& a, const auto& b) { return a.cost < b.cost; });
    const bool flat = most->cost - least->cost < 1e-6;  // one person without a heading: every yaw is as good
    for (int i = 0; i < kSteps; ++i) {
      const double before = grid[(i + kSteps - 1) % kSteps].cost, after = grid[(i + 1) % kSteps].cost;
      if (flat ? i % (kSteps / 8) == 0 : grid[i].cost < before && grid[i].cost <= after) {
        minima.push_back(flat ? grid[i] : polish(evidence, grid[i]));
      }
    }
    std::sort(minima.begin(), minima.end(), [](const auto& a, const auto& b) { return a.cost < b.cost; });
    return minima;
  }

  double wrong_match_cost() const { return 0.5 * options_.outlier_distance * options_.outlier_distance; }

 private:
  // -log of "right match with this distance and heading, or a wrong one".
  double robust(double distance2, double heading_cost) const {
    const double right = 0.5 * distance2 + heading_cost, wrong = wrong_match_cost();
    const double least = std::min(right, wrong);
    return least - std::log(std::exp(least - right) + std::exp(least - wrong));
  }

  // -log of the likelihood of what the two headings say, against chance.
  static double heading_cost(const Match& match, double yaw) {
    if (match.turns->empty()) return 0;
    // turns[k] is the likelihood at k bins, not at the middle of bin k.
    return -std::log(around(*match.turns, (yaw - match.a_yaw) / (2 * M_PI) + 0.5 / kHeadings));
  }

  // -log of how likely the view's yaws are against chance, where the views placed see a room, too: up to
  // quarter turns, all see the same. The mean over those views, whose errors hang together through the view's
  // own.
  std::vector<double> turn_cost(int view, const std::vector<std::optional<Placement>>& placed) const {
    std::vector<double> cost;
    int others = 0;
    for (int v = 0; v < num_views(); ++v) {
      if (v == view || !placed[v] || views_[v].room.empty() || views_[view].room.empty()) continue;
      cost.resize(kYawBins, 0);
      ++others;
      for (int i = 0; i < kYawBins; ++i) {
        double peaks = 0;
        for (const ManhattanYaw& theirs : views_[v].room) {
          for (const ManhattanYaw& ours : views_[view].room) {
            const double sigma = std::hypot(options_.room_sigma, std::hypot(theirs.sigma, ours.sigma));
            const double turn = 2 * M_PI * i / kYawBins - placed[v]->yaw - (ours.yaw - theirs.yaw);
            const double e = std::remainder(turn, M_PI / 2) / sigma;
            peaks += theirs.weight * ours.weight * std::exp(-0.5 * e * e) * (M_PI / 2) /
                     (sigma * std::sqrt(2 * M_PI));
          }
        }
        cost[i] -= std::log(options_.room_floor + (1 - options_.room_floor) * peaks);
      }
    }
    for (double& c : cost) c /= others;
    return cost;
  }

  const CamerasFromPeopleOptions& options_;
  std::span<const PeopleView> views_;
  std::vector<std::vector<LevelBody>> of_view_;
  std::map<std::pair<const LevelBody*, const LevelBody*>, std::vector<double>>
      turns_;  // of pairs of one person
};

struct Arrangement {
  std::vector<std::optional<Placement>> placed;
  double cost = 0;
};

bool same(const Placement& a, const Placement& b) {
  return std::abs(std::remainder(a.yaw - b.yaw, 2 * M_PI)) < 5 * kDegree && (a.t - b.t).norm() < 0.3;
}

bool same(const Arrangement& a, const Arrangement& b) {
  for (std::size_t v = 0; v < a.placed.size(); ++v) {
    if (a.placed[v] && b.placed[v] && !same(*a.placed[v], *b.placed[v])) return false;
  }
  return true;
}

// The `count` cheapest, of which no two are nearly alike.
std::vector<Arrangement> cheapest(std::vector<Arrangement> hypotheses, int count) {
  std::sort(hypotheses.begin(), hypotheses.end(),
            [](const auto& a, const auto& b) { return a.cost < b.cost; });
  std::vector<Arrangement> kept;
  for (auto& candidate : hypotheses) {
    if (int(kept.size()) == count) break;
    if (std::none_of(kept.begin(), kept.end(), [&](const auto& k) { return same(k, candidate); })) {
      kept.push_back(std::move(candidate));
    }
  }
  return kept;
}

// Views join one by one, the one that shares most with those placed first; every yaw is tried for each.
// `joined` is told which could.
std::vector<Arrangement> grow(const Search& search, int reference, int width, std::vector<bool>& joined) {
  std::vector<Arrangement> beam(1);
  beam[0].placed.resize(joined.size());
  beam[0].placed[reference] = Placement{};
  joined[reference] = true;
  while (true) {
    int next = -1, most = 0;
    for (int v = 0; v < int(joined.size()); ++v) {
      const int shared = joined[v] ? 0 : search.support(v, joined);
      if (shared <= most) continue;
      most = shared;
      next = v;
    }
    if (next < 0) return beam;
    joined[next] = true;
    std::vector<Arrangement> grown;
    for (const auto& hypothesis : beam) {
      for (const auto& mode : search.modes(search.evidence(next, hypothesis.placed))) {
        grown.push_back(hypothesis);
        grown.back().placed[next] = mode;
        grown.back().cost += mode.cost;
      }
    }
    beam = cheapest(std::move(grown), width);
  }
}

// All views move once more, each against all others.
void polish_all(const Search& search, int reference, const std::vector<bool>& joined,
                Arrangement& hypothesis) {
  for (int sweep = 0; sweep < 3; ++sweep) {
    hypothesis.cost = 0;
    for (int v = 0; v < int(joined.size()); ++v) {
      if (!joined[v]) continue;
      const Evidence evidence = search.evidence(v, hypothesis.placed);
      if (evidence.matches.empty()) continue;
      if (v != reference)
        hypothesis.placed[v] = search.polish(evidence, search.at_yaw(evidence, hypothesis.placed[v]->yaw));
      hypothesis.cost += 0.5 * search.at_yaw(evidence, hypothesis.placed[v]->yaw).cost;
    }
  }
}

std::vector<int> agreeing_people(const Search& search, const Arrangement& hypothesis, int view) {
  std::map<int, int> votes;
  for (const auto& match : search.evidence(view, hypothesis.placed).matches) {
    const double cost = 0.5 * search.distance2(match, *hypothesis.placed[view]);
    votes[match.b->person] += cost < search.wrong_match_cost() ? 1 : -1;
  }
  std::vector<int> people;
  for (const auto& [person, vote] : votes) {
    if (vote > 0) people.push_back(person);
  }
  return people;
}

}  // namespace

std::vector<CamerasFromPeople> cameras_from_people(std::span<const PeopleView> views,
                                                   std::span<const PeopleDetection> detections,
                                                   const CamerasFromPeopleOptions& options) {
  const Search search(views, detections, options);
  const int num_views = search.num_views();
  if (num_views == 0) return {CamerasFromPeople{}};

  int reference = 0;
  std::vector<int> support;
  for (int v = 0; v < num_views; ++v) {
    support.push_back(search.support(v, std::vector<bool>(num_views, true)));
    if (support[v] > support[reference]) reference = v;
  }
  std::vector<bool> joined(num_views, false);
  std::vector<Arrangement> beam = grow(search, reference, options.beam, joined);
  for (auto& hypothesis : beam) polish_all(search, reference, joined, hypothesis);
  beam = cheapest(std::move(beam), options.beam);

  std::vector<CamerasFromPeople> results;
  for (const auto& hypothesis : beam) {
    CamerasFromPeople& result = results.emplace_back();
    result.reference_view = reference;
    result.cost = hypothesis.cost;
    for (int v = 0; v < num_views; ++v) {
      PoseFromPeople& pose = result.views.emplace_back();
      pose.estimated = joined[v] && support[v] > 0;
      pose.world_from_camera.linear() = level_from_camera(views[v].up);
      if (!pose.estimated) continue;
      const Placement& placement = *hypothesis.placed[v];
      pose.world_from_camera.linear() = yaw_rotation(placement.yaw) * pose.world_from_camera.linear();
      pose.world_from_camera.translation() = placement.t;
      pose.inliers = agreeing_people(search, hypothesis, v);
    }
  }
  return results;
}

}  // namespace ahap
