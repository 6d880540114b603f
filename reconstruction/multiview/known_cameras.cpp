#include "reconstruction/multiview/known_cameras.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <set>

#include "reconstruction/body_fit/body_skeleton.h"
#include "reconstruction/geometry/similarity.h"
#include "reconstruction/median.h"
#include "reconstruction/multiview/association_result.h"

namespace ahap {
namespace {

constexpr int kFewPoints = 6;  // that both views show
// Of the person's size, median distance between the two views' rays: of one person, of surely two.
constexpr double kOnePerson = 0.05, kNotOnePerson = 0.4;
constexpr double kFlatAngle = 3 * M_PI / 180;  // between rays that say nothing of depth

Eigen::Vector3d ray(const ViewParameters& view, const Eigen::Vector2d& x) {
  const Eigen::Vector2d p = x / view.focal();
  Eigen::Vector2d u = p;
  for (int i = 0; i < 4; ++i) u = p / std::max(1 + view.k1 * u.squaredNorm(), 0.2);
  return (view.R.transpose() * u.homogeneous()).normalized();
}

Eigen::Vector3d centre(const ViewParameters& view) {
  return -(view.R.transpose() * view.t);
}

// Two views' observations as one person.
struct Sight {
  double off = 1;  // median over the points, distance of the other view's ray over the size of the person
  std::vector<double> log_scales;  // usual bone length over the one seen
};

std::optional<Sight> seen_as_one(const NormalizedPerson& a, const NormalizedPerson& b,
                                 const std::vector<ViewParameters>& views) {
  const ViewParameters &A = views[a.view], &B = views[b.view];
  const Eigen::Vector3d from_a = centre(A), from_b = centre(B), base = from_b - from_a;
  std::array<std::optional<Eigen::Vector3d>, kBodyPoints> points;
  std::vector<double> off;
  for (int k = 0; k < kBodyPoints; ++k) {
    if (!(a.sigma[k] > 0) || !(b.sigma[k] > 0)) continue;
    const Eigen::Vector3d u = ray(A, a.x[k]), v = ray(B, b.x[k]);
    const double c = u.dot(v), s2 = 1 - c * c;
    if (s2 < std::pow(std::sin(kFlatAngle), 2)) continue;
    const double along_a = (base.dot(u) - c * base.dot(v)) / s2,
                 along_b = (c * base.dot(u) - base.dot(v)) / s2;
    if (along_a <= 0 || along_b <= 0) return std::nullopt;
    const Eigen::Vector3d X = from_a + along_a * u, Y = from_b + along_b * v;
    off.push_back((X - Y).norm() / (along_a / A.focal() * a.size));
    points[k] = 0.5 * (X + Y);
  }
  if (int(off.size()) < kFewPoints) return std::nullopt;
  Sight sight;
  sight.off = median(off);
  for (const Bone& bone : kBones) {
    if (!points[bone.a] || !points[bone.b] || bone.log_sigma > 0.1) continue;
    const double length = (*points[bone.a] - *points[bone.b]).norm();
    if (length > 0) sight.log_scales.push_back(std::log(bone.length / length));
  }
  return sight;
}

// People as clusters of observations; each person's cost is its own while cameras are held.
class KnownCameraPeople {
 public:
  KnownCameraPeople(const NormalizedCapture& capture, const AssociationSearch& search,
                    const AssociationOptions& options, const Progress& progress)
      : capture_(capture),
        search_(search),
        options_(options),
        progress_(progress),
        parameters_(known_parameters(capture)),
        nobody_(search.merge_cost({})),
        group_of_(capture.people.size(), -1) {}

  Hypothesis run() {
    for (int i = 0; i < int(group_of_.size()); ++i) {
      const NormalizedPerson& person = capture_.people[i];
      if (!person.usable() || !capture_.views[person.view].camera_from_world) continue;
      group_of_[i] = int(groups_.size());
      groups_.push_back({{i}, 0});
    }
    for (const auto& [gain, i, j] : pairs_worth_joining()) join(i, j);
    return hypothesis();
  }

 private:
  struct Group {
    std::vector<int> track;
    double gain = 0;
  };
  struct Pair {
    double gain;
    int i, j;
  };

  // By how much one person lowers the cost of these observations.
  double gain_of(const std::vector<int>& track, BodyPoints* body = nullptr) const {
    PeopleBundle bundle(capture_, {track}, options_.bundle);
    bundle.fix_cameras(true);
    const NormalizedPerson& first = capture_.people[track[0]];
    BundleState state{parameters_, {body_as_seen(first, parameters_[first.view])}, {}};
    const BundleSummary summary = bundle.solve(state, {{4, 6}, {2, 8}, {1, 12}});
    if (body) *body = state.people[0];
    return nobody_ - search_.merge_cost({track}) -
           (summary.cost - summary.image_cost + summary.capped_image_cost);
  }

  // The best first.
  std::vector<Pair> pairs_worth_joining() const {
    std::vector<Pair> pairs;
    for (int i = 0; i < int(group_of_.size()); ++i) {
      step(progress_, "association", 0.5 * i / double(group_of_.size()));
      for (int j = 0; j < i; ++j) {
        if (group_of_[i] < 0 || group_of_[j] < 0 || capture_.people[i].view == capture_.people[j].view)
          continue;
        const auto sight = seen_as_one(capture_.people[i], capture_.people[j], parameters_);
        if (sight && sight->off > kNotOnePerson) continue;
        if (const double gain = gain_of({j, i}); gain > 0) pairs.push_back({gain, j, i});
      }
    }
    std::stable_sort(pairs.begin(), pairs.end(),
                     [](const Pair& a, const Pair& b) { return a.gain > b.gain; });
    return pairs;
  }

  // The people of two observations become one where that lowers the cost.
  void join(int i, int j) {
    Group &into = groups_[std::size_t(group_of_[i])], &from = groups_[std::size_t(group_of_[j])];
    if (&into == &from) return;
    std::vector<int> joined = into.track;
    joined.insert(joined.end(), from.track.begin(), from.track.end());
    std::sort(joined.begin(), joined.end());
    std::set<int> views;
    for (const int n : joined)
      if (!views.insert(capture_.people[n].view).second) return;
    const double gain = gain_of(joined);
    if (gain <= into.gain + from.gain) return;
    for (const int n : from.track) group_of_[n] = group_of_[i];
    into = {std::move(joined), gain};
    from = {};
  }

  Hypothesis hypothesis() const {
    Hypothesis h;
    h.state.views = parameters_;
    for (const NormalizedView& view : capture_.views) h.placed.push_back(view.camera_from_world.has_value());
    h.cost = nobody_;
    for (const Group& group : groups_) {
      if (group.track.size() < 2) continue;
      h.tracks.push_back(group.track);
      gain_of(group.track, &h.state.people.emplace_back());
      h.cost -= group.gain;
    }
    return h;
  }

  const NormalizedCapture& capture_;
  const AssociationSearch& search_;
  const AssociationOptions& options_;
  const Progress& progress_;
  std::vector<ViewParameters> parameters_;
  double nobody_;
  std::vector<int> group_of_;  // of each observation, -1: of none
  std::vector<Group> groups_;
};

// How many of the observations in views with known poses could be linked, and how many are.
struct Links {
  int possible = 0, there = 0;
};

Links links_of(const std::vector<ViewObservation>& views, const std::vector<PersonObservation>& people,
               const JointAssociation& association) {
  Links links;
  for (std::size_t i = 0; i < people.size(); ++i) {
    if (!views[people[i].view].keeps_pose || count_observed(people[i]) == 0) continue;
    ++links.possible;
    links.there += association.adjusted[i];
  }
  return links;
}

// Whether people are linked less than they may be, or cameras would rather move.
bool is_suspicious(const std::vector<ViewObservation>& views, const std::vector<PersonObservation>& people,
                   const JointAssociation& believed, const AssociationOptions& options) {
  constexpr double kFewLinks = 0.9;
  constexpr double kRestless = 0.1;  // gain of an observed point
  const Links links = links_of(views, people, believed);
  if (links.there < kFewLinks * links.possible) return true;
  NormalizedCapture capture = normalize(views, people);
  Hypothesis h = hypothesis_of(capture, believed);
  const double before = PeopleBundle(capture, h.tracks, options.bundle).summary(h.state).capped_image_cost;
  for (NormalizedView& view : capture.views) view.keeps_pose = false;
  PeopleBundle bundle(capture, h.tracks, options.bundle);
  const double after = bundle.solve(h.state, {{2, 10}, {1, 40}}).capped_image_cost;
  return before - after > kRestless * std::max(1, bundle.observations());
}

}  // namespace

std::vector<ViewParameters> known_parameters(const NormalizedCapture& capture) {
  std::vector<ViewParameters> parameters;
  for (const NormalizedView& view : capture.views) {
    ViewParameters& known = parameters.emplace_back();
    known.log_focal = std::log(view.focal.value_or(kMeanFocal));
    if (!view.camera_from_world) continue;
    known.R = view.camera_from_world->linear();
    known.t = view.camera_from_world->translation();
  }
  return parameters;
}

std::optional<double> scale_by_people(const std::vector<ViewObservation>& views,
                                      std::span<const std::vector<PersonObservation>> frames) {
  std::vector<double> votes;
  for (const std::vector<PersonObservation>& people : frames) {
    const NormalizedCapture capture = normalize(views, people);
    const std::vector<ViewParameters> parameters = known_parameters(capture);
    for (std::size_t i = 0; i < people.size(); ++i) {
      std::vector<Sight> best(views.size());  // of each view
      for (std::size_t j = 0; j < people.size(); ++j) {
        const int a = people[i].view, b = people[j].view;
        if (b <= a || !views[a].camera_from_world || !views[b].camera_from_world) continue;
        auto sight = seen_as_one(capture.people[i], capture.people[j], parameters);
        if (sight && sight->off < best[b].off) best[b] = std::move(*sight);
      }
      for (const Sight& sight : best) {
        if (sight.off < kOnePerson && !sight.log_scales.empty()) votes.push_back(median(sight.log_scales));
      }
    }
  }
  if (votes.empty()) return std::nullopt;
  return std::exp(median(votes));
}

Hypothesis people_of_known_cameras(const NormalizedCapture& capture, const AssociationSearch& search,
                                   const AssociationOptions& options, const Progress& progress) {
  return KnownCameraPeople(capture, search, options, progress).run();
}

bool has_known_world(const NormalizedCapture& capture, const Hypothesis& h) {
  for (std::size_t v = 0; v < h.placed.size(); ++v)
    if (h.placed[v] && capture.views[v].camera_from_world) return true;
  return false;
}

void move_to_known_world(const NormalizedCapture& capture, Hypothesis& h) {
  const auto is_kept = [](const NormalizedView& view) { return view.keeps_pose; };
  if (std::count_if(capture.views.begin(), capture.views.end(), is_kept) > 1) return;
  std::vector<Eigen::Isometry3d> found, known;
  for (std::size_t v = 0; v < h.placed.size(); ++v) {
    if (!h.placed[v] || !capture.views[v].camera_from_world) continue;
    Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
    pose.linear() = h.state.views[v].R.transpose();
    pose.translation() = centre(h.state.views[v]);
    found.push_back(pose);
    known.push_back(capture.views[v].camera_from_world->inverse());
  }
  const auto moved = align_trajectories(found, known, AlignmentGroup::Sim3);
  if (!moved) return;
  for (ViewParameters& view : h.state.views) {
    const Eigen::Vector3d place = *moved * centre(view);
    view.R = view.R * moved->R.transpose();
    view.t = -(view.R * place);
  }
  for (BodyPoints& body : h.state.people)
    for (Eigen::Vector3d& X : body) X = *moved * X;
  for (Eigen::Vector3d& X : h.state.background) X = *moved * X;
}

Contradiction contradiction_of(const std::vector<ViewObservation>& views,
                               const std::vector<PersonObservation>& people, const JointAssociation& believed,
                               const AssociationOptions& options, const Progress& progress) {
  Contradiction contradiction;
  contradiction.rotation.assign(views.size(), 0);
  if (!is_suspicious(views, people, believed, options)) return contradiction;
  std::vector<ViewObservation> unknown = views;
  for (ViewObservation& view : unknown) view.camera_from_world.reset();
  const JointAssociation found = associate_and_calibrate(unknown, people, options, progress);
  int points = 0;
  for (const PersonObservation& person : people) points += count_observed(person);
  contradiction.gain = 0.5 * (believed.cost - found.cost) / std::max(1, points);
  const Links links = links_of(views, people, believed);
  contradiction.lost =
      double(links_of(views, people, found).there - links.there) / std::max(1, links.possible);
  const auto rotation = [](const JointAssociation& association, std::size_t v) {
    return association.views[v].camera.world_from_camera.linear();
  };
  for (std::size_t v = 0; v < views.size(); ++v) {
    std::vector<double> against;
    for (std::size_t w = 0; w < views.size(); ++w) {
      if (w == v || !views[v].keeps_pose || !views[w].keeps_pose) continue;
      if (!found.views[v].estimated || !found.views[w].estimated) continue;
      against.push_back(rotation_angle(rotation(believed, w).transpose() * rotation(believed, v),
                                       rotation(found, w).transpose() * rotation(found, v)));
    }
    contradiction.rotation[v] = median(against);
  }
  return contradiction;
}

}  // namespace ahap
