#include "reconstruction/multiview/association_search.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "reconstruction/body_fit/body_skeleton.h"
#include "reconstruction/geometry/assignment.h"
#include "reconstruction/geometry/similarity.h"
#include "reconstruction/multiview/known_cameras.h"

namespace ahap {
namespace {

// Closed-form ratings of links, in units of the cost: how far limbs differ in direction and bodies in place.
constexpr double kLimbSigma = 0.2;    // metres
constexpr double kMaxLimbCost = 2.5;  // of one limb
constexpr double kPlaceSigma = 0.15;  // share of the depth: what the size in the picture tells of it
constexpr double kPlaceWeight = 6, kMaxPlaceCost = 4;
constexpr int kMaxEnumerated =
    1500;  // matchings rated one by one; more people: only those that one link suggests
constexpr double kSeedFocal = 0.8;

Eigen::Vector3d hips(const BodyPoints& body) {
  return (body[kLeftHip] + body[kRightHip]) / 2;
}

double limb_cost(const BodyPoints& a, const BodyPoints& b, const Eigen::Matrix3d& b_from_a) {
  double cost = 0;
  for (const auto& [i, j] : kLimbs) {
    cost += std::min((b_from_a * (a[i] - a[j]) - (b[i] - b[j])).norm() / kLimbSigma, kMaxLimbCost);
  }
  return cost;
}

double place_cost(const Eigen::Vector3d& error, double depth) {
  return kPlaceWeight * std::min(error.norm() / (kPlaceSigma * depth), kMaxPlaceCost);
}

Tracks sorted_tracks(const Tracks& tracks) {
  Tracks sorted = tracks;
  for (auto& track : sorted) std::sort(track.begin(), track.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

}  // namespace

std::vector<Hypothesis> best_distinct(std::vector<Hypothesis> hypotheses, int most) {
  std::stable_sort(hypotheses.begin(), hypotheses.end(),
                   [](const auto& a, const auto& b) { return a.cost < b.cost; });
  std::set<Tracks> known;
  std::vector<Hypothesis> kept;
  for (auto& h : hypotheses) {
    if (int(kept.size()) < most && known.insert(sorted_tracks(h.tracks)).second) kept.push_back(std::move(h));
  }
  return kept;
}

AssociationSearch::AssociationSearch(const NormalizedCapture& capture, const Eigen::MatrixXd& similarity,
                                     const AssociationOptions& options, const Progress& progress)
    : capture_(capture),
      similarity_(similarity),
      options_(options),
      progress_(progress),
      pool_(progress, options.threads),
      poses_known_(capture.known_poses() > 1),
      people_of_view_(capture.people_of_views()) {
  for (const auto& person : capture.people)
    placed_.push_back(place_body(person, capture.focal_or(person.view, kSeedFocal)));
}

double AssociationSearch::merge_cost(const Tracks& tracks) const {
  std::vector<bool> linked(capture_.people.size(), false);
  double points = 0, similar = 0;
  for (const auto& track : tracks) {
    int first_sight = 0;
    double sum = 0;
    for (std::size_t a = 0; a < track.size(); ++a) {
      linked[track[a]] = true;
      first_sight = std::max(first_sight, capture_.people[track[a]].observed);
      for (std::size_t b = 0; b < a; ++b)
        sum += similarity_(track[a], track[b]) - options_.neutral_similarity;
    }
    points += first_sight;
    similar += sum / (double(track.size()) / 2);  // mean over pairs, times one less than the observations
  }
  for (std::size_t i = 0; i < linked.size(); ++i) points += linked[i] ? 0 : capture_.people[i].observed;
  return options_.unexplained_cost * points - options_.appearance_weight * similar;
}

Hypothesis AssociationSearch::make_hypothesis(const PeopleBundle& bundle, BundleState state,
                                              const BundleSummary& summary) const {
  Hypothesis h;
  h.tracks = bundle.tracks();
  h.placed.assign(capture_.views.size(), false);
  for (int v : bundle.active_views()) h.placed[v] = true;
  for (int v = 0; v < int(h.placed.size()); ++v) h.placed[v] = h.placed[v] || is_known(v);
  h.state = std::move(state);
  h.cost = summary.cost - summary.image_cost + summary.capped_image_cost + merge_cost(h.tracks);
  return h;
}

// --- pairs of views ---

std::vector<AssociationSearch::Matching> AssociationSearch::all_matchings(int view_a, int view_b) const {
  const std::vector<int>&A = people_of_view_[view_a], &B = people_of_view_[view_b];
  const int largest = int(std::min(A.size(), B.size()));
  std::vector<Matching> matchings;
  Matching current;
  std::vector<bool> used(B.size(), false);
  const auto extend = [&](const auto& self, std::size_t a, int missing) -> void {
    if (a == A.size()) {
      if (!current.empty() && int(current.size()) >= largest - 1) matchings.push_back(current);
      return;
    }
    for (std::size_t b = 0; b < B.size(); ++b) {
      if (used[b]) continue;
      used[b] = true;
      current.emplace_back(A[a], B[b]);
      self(self, a + 1, missing);
      current.pop_back();
      used[b] = false;
    }
    if (missing > 0) self(self, a + 1, missing - 1);
  };
  extend(extend, 0, int(A.size()) - largest + 1);
  return matchings;
}

std::vector<AssociationSearch::Matching> AssociationSearch::matchings_from_single_pairs(int view_a,
                                                                                        int view_b) const {
  const std::vector<int>&A = people_of_view_[view_a], &B = people_of_view_[view_b];
  std::set<Matching> matchings;
  for (int i : A) {
    for (int j : B) {
      Eigen::Matrix3d M = Eigen::Matrix3d::Zero();
      add_limb_pairs(placed_[i], placed_[j], Eigen::Matrix3d::Identity(), M);
      const Eigen::Matrix3d R = procrustes(M);
      const Eigen::Vector3d t = placed_[j].position - R * placed_[i].position;
      Eigen::MatrixXd cost(A.size(), B.size());
      for (std::size_t a = 0; a < A.size(); ++a) {
        for (std::size_t b = 0; b < B.size(); ++b) {
          const PlacedBody &from = placed_[A[a]], &to = placed_[B[b]];
          cost(a, b) = limb_cost(from.body, to.body, R) +
                       place_cost(R * from.position + t - to.position, to.position.z()) -
                       options_.appearance_weight * similarity_(A[a], B[b]);
        }
      }
      const std::vector<int> column = assign(cost);
      Matching matching;
      for (std::size_t a = 0; a < A.size(); ++a) {
        if (column[a] >= 0) matching.emplace_back(A[a], B[column[a]]);
      }
      std::stable_sort(matching.begin(), matching.end());
      matchings.insert(matching);
    }
  }
  return {matchings.begin(), matchings.end()};
}

double AssociationSearch::pair_cost(const Matching& matching) const {
  Eigen::Matrix3d M = Eigen::Matrix3d::Zero();
  for (const auto& [i, j] : matching) add_limb_pairs(placed_[i], placed_[j], Eigen::Matrix3d::Identity(), M);
  const Eigen::Matrix3d R = procrustes(M);
  Eigen::Vector3d t = Eigen::Vector3d::Zero();
  for (const auto& [i, j] : matching)
    t += (placed_[j].position - R * placed_[i].position) / double(matching.size());
  double cost = 0;
  Tracks tracks;
  for (const auto& [i, j] : matching) {
    cost += limb_cost(placed_[i].body, placed_[j].body, R);
    cost += place_cost(R * placed_[i].position + t - placed_[j].position, placed_[j].position.z());
    tracks.push_back({i, j});
  }
  return cost + merge_cost(tracks);
}

std::vector<AssociationSearch::Matching> AssociationSearch::matchings_of_pair(int view_a, int view_b) const {
  const std::size_t a = people_of_view_[view_a].size(), b = people_of_view_[view_b].size(),
                    largest = std::min(a, b);
  double count = 1;
  for (std::size_t k = 0; k < largest; ++k) count *= double(std::max(a, b) - k);
  count *= 1 + double(largest);
  const std::vector<Matching> matchings =
      count <= kMaxEnumerated ? all_matchings(view_a, view_b) : matchings_from_single_pairs(view_a, view_b);
  std::vector<std::pair<double, const Matching*>> rated;
  for (const auto& m : matchings) rated.emplace_back(pair_cost(m), &m);
  std::stable_sort(rated.begin(), rated.end(),
                   [](const auto& x, const auto& y) { return x.first < y.first; });
  std::vector<Matching> kept;
  int whole = 0, partial = 0;
  for (const auto& [cost, m] : rated) {
    int& n = m->size() == largest ? whole : partial;
    if (n++ < (m->size() == largest ? options_.pair_matchings : options_.pair_matchings / 2))
      kept.push_back(*m);
  }
  return kept;
}

Hypothesis AssociationSearch::solve_seed(int view_a, const Matching& matching) const {
  constexpr double kOtherRotation = 20 * std::numbers::pi / 180;
  Tracks tracks;
  for (const auto& [i, j] : matching) tracks.push_back({i, j});
  const int view_b = capture_.people[matching[0].second].view;
  std::vector<std::vector<Eigen::Matrix3d>> rotations = {
      rotations_from_limbs(capture_, tracks, kSeedFocal, view_a)};
  for (int p = 0; p < int(tracks.size()); ++p) {
    const auto R = rotations_from_limbs(capture_, tracks, kSeedFocal, view_a, p);
    const bool other = std::all_of(rotations.begin(), rotations.end(), [&](const auto& r) {
      return rotation_angle(R[view_b], r[view_b]) > kOtherRotation;
    });
    if (other) rotations.push_back(R);
  }
  PeopleBundle bundle(capture_, tracks, options_.bundle);
  std::vector<std::pair<double, BundleState>> starts;
  for (const auto& R : rotations) {
    BundleState state = state_from_rotations(capture_, tracks, kSeedFocal, R);
    const double cost = bundle.solve(state, {{6, 6}, {2, 8}}).cost;
    starts.emplace_back(cost, std::move(state));
  }
  std::stable_sort(starts.begin(), starts.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Hypothesis> solved;
  for (std::size_t k = 0; k < std::min<std::size_t>(starts.size(), 2); ++k) {
    const BundleSummary summary = bundle.solve(starts[k].second, {{1, 20}});
    solved.push_back(make_hypothesis(bundle, std::move(starts[k].second), summary));
  }
  return solved.size() > 1 && solved[1].cost < solved[0].cost ? solved[1] : solved[0];
}

std::vector<Hypothesis> AssociationSearch::seeds() const {
  std::vector<std::pair<int, Matching>> todo;
  const int views = int(capture_.views.size());
  for (int a = 0; a < views; ++a) {
    for (int b = a + 1; b < views; ++b) {
      if (people_of_view_[a].empty() || people_of_view_[b].empty()) continue;
      for (auto& m : matchings_of_pair(a, b)) todo.emplace_back(a, std::move(m));
    }
  }
  std::vector<Hypothesis> hypotheses(todo.size());
  pool_.run(int(todo.size()), [&](int k) { hypotheses[k] = solve_seed(todo[k].first, todo[k].second); });
  return hypotheses;
}

// --- one more view ---

std::vector<AssociationSearch::Candidate> AssociationSearch::candidates(const Hypothesis& h) const {
  std::vector<Candidate> people;
  std::vector<bool> linked(capture_.people.size(), false);
  for (std::size_t p = 0; p < h.tracks.size(); ++p) {
    people.push_back({h.tracks[p], h.state.people[p]});
    for (int i : h.tracks[p]) linked[i] = true;
  }
  for (int v = 0; v < int(h.placed.size()); ++v) {
    if (!h.placed[v]) continue;
    for (int i : people_of_view_[v]) {
      if (linked[i]) continue;
      const PlacedBody placed = place_body(capture_.people[i], h.state.views[v].focal());
      Candidate& person = people.emplace_back(Candidate{{i}, {}});
      for (int k = 0; k < kBodyPoints; ++k)
        person.body[k] = h.state.views[v].to_world(placed.body[k] + placed.position);
    }
  }
  return people;
}

// Which candidate each person of a view may be: all ways where they are few, else those that one link
// suggests.
std::vector<std::vector<int>> AssociationSearch::choices(const std::vector<Candidate>& people,
                                                         const std::vector<PlacedBody>& placed) const {
  std::vector<std::vector<int>> result;
  if (std::pow(double(people.size() + 1), double(placed.size())) <= kMaxEnumerated) {
    std::vector<int> choice(placed.size(), -1);
    std::vector<bool> used(people.size(), false);
    const auto extend = [&](const auto& self, std::size_t d) -> void {
      if (d == placed.size()) {
        if (std::any_of(choice.begin(), choice.end(), [](int x) { return x >= 0; })) result.push_back(choice);
        return;
      }
      choice[d] = -1;
      self(self, d + 1);
      for (std::size_t p = 0; p < people.size(); ++p) {
        if (used[p]) continue;
        used[p] = true;
        choice[d] = int(p);
        self(self, d + 1);
        used[p] = false;
      }
      choice[d] = -1;
    };
    extend(extend, 0);
    return result;
  }
  const double dearest = 12 * kMaxLimbCost + kPlaceWeight * kMaxPlaceCost;
  std::set<std::vector<int>> distinct;
  for (const PlacedBody& to : placed) {
    for (const Candidate& from : people) {
      Eigen::Matrix3d M = Eigen::Matrix3d::Zero();
      for (const auto& [a, b] : kLimbs) {
        M += to.visibility[a] * to.visibility[b] * (to.body[a] - to.body[b]) *
             (from.body[a] - from.body[b]).transpose();
      }
      const Eigen::Matrix3d R = procrustes(M);
      const Eigen::Vector3d t = to.position - R * hips(from.body);
      Eigen::MatrixXd cost(placed.size(), people.size());
      for (std::size_t d = 0; d < placed.size(); ++d) {
        for (std::size_t p = 0; p < people.size(); ++p) {
          cost(d, p) = limb_cost(people[p].body, placed[d].body, R) +
                       place_cost(R * hips(people[p].body) + t - placed[d].position, placed[d].position.z());
        }
      }
      distinct.insert(assign(cost));
      distinct.insert(assign(cost, 0.6 * dearest));
    }
  }
  distinct.erase(std::vector<int>(placed.size(), -1));
  return {distinct.begin(), distinct.end()};
}

// Appends the extension with its one or two closed-form poses: from the limbs' directions alone, and from the
// places of two people and more.
void AssociationSearch::rate_choice(const std::vector<Candidate>& people,
                                    const std::vector<PlacedBody>& placed, Extension extension,
                                    std::vector<Extension>& out) const {
  constexpr double kOtherRotation = 10 * std::numbers::pi / 180;
  Eigen::Matrix3d M = Eigen::Matrix3d::Zero();
  std::vector<Eigen::Vector3d> from, to;
  Tracks tracks;
  for (const Candidate& person : people) tracks.push_back(person.observations);
  int links = 0;
  for (std::size_t d = 0; d < placed.size(); ++d) {
    const int p = extension.choice[d];
    if (p < 0) continue;
    ++links;
    tracks[p].push_back(people_of_view_[extension.view][d]);
    const PlacedBody& body = placed[d];
    for (const auto& [a, b] : kLimbs) {
      const double w = body.visibility[a] * body.visibility[b];
      M += w * (body.body[a] - body.body[b]) * (people[p].body[a] - people[p].body[b]).transpose();
    }
    for (int k = kLeftShoulder; k <= kRightAnkle; ++k) {
      from.push_back(people[p].body[k]);
      to.push_back(body.body[k] + body.position);
    }
  }
  std::erase_if(tracks, [](const auto& t) { return t.size() < 2; });
  std::vector<Eigen::Matrix3d> rotations = {procrustes(M)};
  if (links > 1) {
    const auto aligned = align_points(from, to, AlignmentGroup::SE3);
    if (aligned && rotation_angle(aligned->R, rotations[0]) > kOtherRotation) rotations.push_back(aligned->R);
  }
  const double links_cost = merge_cost(tracks);
  for (const Eigen::Matrix3d& R : rotations) {
    Eigen::Vector3d t = Eigen::Vector3d::Zero();
    for (std::size_t d = 0; d < placed.size(); ++d) {
      const int p = extension.choice[d];
      if (p >= 0) t += (placed[d].position - R * hips(people[p].body)) / double(links);
    }
    extension.cost = links_cost;
    for (std::size_t d = 0; d < placed.size(); ++d) {
      const int p = extension.choice[d];
      if (p < 0) continue;
      extension.cost += limb_cost(people[p].body, placed[d].body, R) +
                        place_cost(R * hips(people[p].body) + t - placed[d].position, placed[d].position.z());
    }
    extension.pose.R = R;
    extension.pose.t = t;
    out.push_back(extension);
  }
}

std::vector<AssociationSearch::Extension> AssociationSearch::extensions_to(
    const Hypothesis& h, const std::vector<Candidate>& people, int view) const {
  double log_focal = 0, n = 0;
  for (std::size_t v = 0; v < h.placed.size(); ++v) {
    if (!h.placed[v]) continue;
    log_focal += h.state.views[v].log_focal;
    ++n;
  }
  Extension extension;
  extension.view = view;
  extension.pose.log_focal = std::log(capture_.focal_or(view, std::exp(log_focal / n)));
  std::vector<PlacedBody> placed;
  for (int i : people_of_view_[view])
    placed.push_back(place_body(capture_.people[i], extension.pose.focal()));
  std::vector<Extension> rated;
  for (auto& choice : choices(people, placed)) {
    extension.choice = std::move(choice);
    rate_choice(people, placed, extension, rated);
  }
  std::stable_sort(rated.begin(), rated.end(), [](const auto& a, const auto& b) { return a.cost < b.cost; });
  if (int(rated.size()) > options_.extensions) rated.resize(options_.extensions);
  return rated;
}

AssociationSearch::Refinement AssociationSearch::refinement(const Hypothesis& h,
                                                            const std::vector<Candidate>& people) const {
  Refinement r;
  r.state.views = h.state.views;
  for (const Candidate& person : people) {
    if (person.observations.size() < 2) continue;
    r.tracks.push_back(person.observations);
    std::sort(r.tracks.back().begin(), r.tracks.back().end());
    r.state.people.push_back(person.body);
  }
  return r;
}

std::vector<AssociationSearch::Refinement> AssociationSearch::extend(const Hypothesis& h,
                                                                     int only_view) const {
  const std::vector<Candidate> people = candidates(h);
  std::vector<Extension> all;
  for (int v = 0; v < int(h.placed.size()); ++v) {
    if (h.placed[v] || people_of_view_[v].empty() || (only_view >= 0 && v != only_view)) continue;
    for (auto& e : extensions_to(h, people, v)) all.push_back(std::move(e));
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.cost < b.cost; });
  if (int(all.size()) > 2 * options_.extensions) all.resize(2 * options_.extensions);
  std::vector<Refinement> result;
  for (const Extension& e : all) {
    std::vector<Candidate> joined = people;
    for (std::size_t d = 0; d < e.choice.size(); ++d) {
      if (e.choice[d] >= 0) joined[e.choice[d]].observations.push_back(people_of_view_[e.view][d]);
    }
    result.push_back(refinement(h, joined));
    result.back().state.views[e.view] = e.pose;
  }
  return result;
}

std::vector<Hypothesis> AssociationSearch::solve(const std::vector<Refinement>& refinements,
                                                 const std::vector<AnnealingStage>& stages) const {
  std::vector<Hypothesis> solved(refinements.size());
  pool_.run(int(refinements.size()), [&](int k) {
    PeopleBundle bundle(capture_, refinements[k].tracks, options_.bundle);
    BundleState state = refinements[k].state;
    const BundleSummary summary =
        refinements[k].tracks.empty() ? BundleSummary() : bundle.solve(state, stages);
    solved[k] = make_hypothesis(bundle, std::move(state), summary);
  });
  return solved;
}

// --- local changes ---

std::optional<Hypothesis> AssociationSearch::without_view(const Hypothesis& h, int view) const {
  Hypothesis without = h;
  for (int v = 0; v < int(without.placed.size()); ++v) without.placed[v] = is_known(v) && v != view;
  without.tracks.clear();
  without.state.people.clear();
  for (std::size_t p = 0; p < h.tracks.size(); ++p) {
    std::vector<int> track = h.tracks[p];
    std::erase_if(track, [&](int i) { return capture_.people[i].view == view; });
    if (track.size() < 2) continue;
    for (int i : track) without.placed[capture_.people[i].view] = true;
    without.tracks.push_back(std::move(track));
    without.state.people.push_back(h.state.people[p]);
  }
  if (without.tracks.empty()) return std::nullopt;
  return without;
}

// Every view taken out and placed anew.
std::vector<AssociationSearch::Refinement> AssociationSearch::relocations(const Hypothesis& h) const {
  std::vector<Refinement> result;
  if (std::count(h.placed.begin(), h.placed.end(), true) < 3) return result;
  for (int v = 0; v < int(h.placed.size()); ++v) {
    if (!h.placed[v] || is_known(v)) continue;
    const auto without = without_view(h, v);
    if (!without) continue;
    for (auto& r : extend(*without, v)) result.push_back(std::move(r));
  }
  return result;
}

std::optional<Hypothesis> AssociationSearch::with_view_anew(const Hypothesis& h, int view) const {
  const auto without = without_view(h, view);
  if (!without) return std::nullopt;
  const auto placed = best_distinct(solve(extend(*without, view), {{4, 6}, {2, 8}, {1, 12}}), 2);
  std::vector<Refinement> todo;
  for (const Hypothesis& best : placed) todo.push_back({best.tracks, best.state});
  const auto finished = best_distinct(solve(todo, {{2, 10}, {1, 40}}), 1);
  if (finished.empty()) return std::nullopt;
  return finished.front();
}

// One observation given to another person or to nobody, two of one view swapped, two that are left over made
// a person.
std::vector<AssociationSearch::Refinement> AssociationSearch::moves(const Hypothesis& h) const {
  std::vector<int> person(capture_.people.size(), -1);
  std::vector<Candidate> people;
  for (int p = 0; p < int(h.tracks.size()); ++p) {
    people.push_back({h.tracks[p], h.state.people[p]});
    for (int i : h.tracks[p]) person[i] = p;
  }
  std::vector<Candidate> single = candidates(h);
  single.erase(single.begin(), single.begin() + std::ptrdiff_t(h.tracks.size()));
  const auto view_of = [&](int i) { return capture_.people[i].view; };
  std::set<Tracks> known = {sorted_tracks(h.tracks)};
  std::vector<Refinement> result;
  const auto propose = [&](const std::vector<Candidate>& changed) {
    Refinement r = refinement(h, changed);
    if (!r.tracks.empty() && known.insert(sorted_tracks(r.tracks)).second) result.push_back(std::move(r));
  };
  for (int i = 0; i < int(person.size()); ++i) {
    if (!h.placed[view_of(i)] || !capture_.people[i].usable()) continue;
    for (int p = -1; p < int(people.size()); ++p) {
      if (p == person[i]) continue;
      std::vector<Candidate> changed = people;
      if (person[i] >= 0) std::erase(changed[person[i]].observations, i);
      if (p >= 0) {
        auto& to = changed[p].observations;
        const auto other =
            std::find_if(to.begin(), to.end(), [&](int j) { return view_of(j) == view_of(i); });
        if (other != to.end()) {
          if (person[i] >= 0) changed[person[i]].observations.push_back(*other);
          to.erase(other);
        }
        to.push_back(i);
      }
      propose(changed);
    }
  }
  for (const Candidate& a : single) {
    for (const Candidate& b : single) {
      if (view_of(a.observations[0]) == view_of(b.observations[0])) continue;
      std::vector<Candidate> changed = people;
      changed.push_back({{a.observations[0], b.observations[0]}, a.body});
      propose(changed);
    }
  }
  return result;
}

std::vector<Hypothesis> AssociationSearch::run() {
  const char* stage = "association";
  step(progress_, stage, 0);
  std::vector<Hypothesis> all =
      poses_known_ ? std::vector{people_of_known_cameras(capture_, *this, options_, progress_)} : seeds();
  std::vector<Hypothesis> level = all;
  const int views = int(capture_.views.size());
  for (int placed = std::max(2, capture_.known_poses()); placed < views && !level.empty(); ++placed) {
    step(progress_, stage, 0.5 * placed / views);
    std::vector<Refinement> todo;
    for (const Hypothesis& h : best_distinct(std::move(level), options_.beam)) {
      for (auto& r : extend(h)) todo.push_back(std::move(r));
    }
    level = solve(todo, {{4, 6}, {2, 8}, {1, 12}});
    all.insert(all.end(), level.begin(), level.end());
  }
  // The best are solved to the end, then changed in places as long as that lowers the cost.
  std::vector<Refinement> todo;
  for (const Hypothesis& h : best_distinct(all, 3)) todo.push_back({h.tracks, h.state});
  std::vector<Hypothesis> finished = best_distinct(solve(todo, {{2, 10}, {1, 40}}), 3);
  for (int round = 0; round < options_.rounds && !finished.empty(); ++round) {
    step(progress_, stage, 0.5 + 0.4 * round / options_.rounds);
    const Hypothesis& best = finished.front();
    std::vector<Hypothesis> changed = solve(relocations(best), {{4, 6}, {2, 8}, {1, 12}});
    for (auto& h : solve(moves(best), {{3, 8}, {1, 12}})) changed.push_back(std::move(h));
    const double before = best.cost;
    for (auto& h : finished) changed.push_back(std::move(h));
    finished = best_distinct(std::move(changed), 4);
    if (finished.front().cost >= before - 1) break;
  }
  return finished;
}

}  // namespace ahap
