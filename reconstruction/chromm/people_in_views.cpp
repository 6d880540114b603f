#include "reconstruction/chromm/people_in_views.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "reconstruction/chromm/head_position.h"
#include "reconstruction/chromm/token_tracking.h"
#include "reconstruction/chromm/track_pieces.h"
#include "reconstruction/chromm/view_association.h"
#include "reconstruction/median.h"
#include "reconstruction/rotation_vector.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {
namespace {

constexpr std::size_t kPelvis = 0;
constexpr double kRemembered = 1;  // seconds after which somebody whom a view has lost is somebody new

// One person of one instant.
struct Place {
  int instant = 0, person = 0;
};

// What is known of a track in one view.
struct ViewTrack {
  int view = 0;
  std::vector<Place> places;  // by instant
};

class Fusion {
 public:
  Fusion(std::span<const ViewLens> views, std::span<const SeenInstant> instants, RatioMean rule)
      : views_(views), instants_(instants), ratios_(ratios()), scale_(scale_adjustment(ratios_, rule)) {}

  FusedPeople people() const {
    const std::vector<ViewTrack> tracks = pieces_of(tracks_of_views());
    std::vector<Tracklet> tracklets;
    for (const ViewTrack& track : tracks) tracklets.push_back(tracklet(track));
    const std::vector<int> person = associate_tracks(tracklets, mean_centers(), int(instants_.size()));
    std::map<int, std::map<int, std::vector<int>>> seen;  // by person and instant
    for (std::size_t i = 0; i < tracks.size(); ++i)
      for (const Place& place : tracks[i].places) seen[person[i]][place.instant].push_back(place.person);
    FusedPeople fused{.scale = scale_, .ratios = ratios_.size(), .people = {}};
    for (auto& [number, by_instant] : seen) {
      std::vector<FusedBody>& bodies = fused.people.emplace_back();
      for (auto& [instant, people] : by_instant) bodies.push_back(fused_body(instant, people));
    }
    std::stable_sort(fused.people.begin(), fused.people.end(),
                     [](const auto& a, const auto& b) { return times_seen(a) > times_seen(b); });
    return fused;
  }

 private:
  const PersonInView& at(const Place& place) const {
    return instants_[std::size_t(place.instant)].people[std::size_t(place.person)];
  }
  const ViewLens& lens(const PersonInView& person) const { return views_[std::size_t(person.view)]; }
  static std::size_t times_seen(const std::vector<FusedBody>& bodies) {
    std::size_t times = 0;
    for (const FusedBody& body : bodies) times += body.seen.size();
    return times;
  }

  std::vector<double> ratios() const;
  std::vector<ViewTrack> tracks_of_views() const;
  std::vector<ViewTrack> pieces_of(const std::vector<ViewTrack>& tracks) const;
  Tracklet tracklet(const ViewTrack& track) const;
  std::vector<Eigen::Vector3d> mean_centers() const;
  int memory() const;
  FusedBody fused_body(int instant, std::vector<int> people) const;
  ViewState state_of(const Place& place) const;

  std::span<const ViewLens> views_;
  std::span<const SeenInstant> instants_;
  std::vector<double> ratios_;
  double scale_ = 1;
};

// In units of the cameras' world.
std::vector<double> Fusion::ratios() const {
  std::vector<double> found;
  for (const SeenInstant& instant : instants_) {
    for (const PersonInView& person : instant.people) {
      if (person.depth <= 0) continue;
      HeadAndPelvis seen{.seen_head = person.head, .seen_pelvis = person.pelvis};
      seen.K = lens(person).K;
      seen.side = lens(person).side;
      seen.head = point_at_depth(seen.K, person.head, person.depth);
      seen.pelvis = seen.head + person.joints[kPelvis];
      if (const auto ratio = length_ratio(seen)) found.push_back(*ratio / instant.unit);
    }
  }
  return found;
}

// In instants.
int Fusion::memory() const {
  std::vector<double> times;
  for (const SeenInstant& instant : instants_) times.push_back(instant.time);
  return std::max(1, int(std::lround(kRemembered * median_rate(times))));
}

std::vector<ViewTrack> Fusion::tracks_of_views() const {
  std::vector<std::vector<TokensOfFrame>> tokens(views_.size());
  std::vector<std::vector<std::vector<Place>>> places(views_.size());  // of each view and instant
  for (std::size_t v = 0; v < views_.size(); ++v) {
    for (int t = 0; t < int(instants_.size()); ++t) {
      std::vector<Place>& here = places[v].emplace_back();
      const auto& people = instants_[std::size_t(t)].people;
      for (int n = 0; n < int(people.size()); ++n)
        if (people[std::size_t(n)].view == int(v) && people[std::size_t(n)].depth > 0) here.push_back({t, n});
      TokensOfFrame& rows = tokens[v].emplace_back(here.size(), here.empty() ? 0 : at(here[0]).token.size());
      for (std::size_t n = 0; n < here.size(); ++n) rows.row(Eigen::Index(n)) = at(here[n]).token;
    }
  }
  const double boundary = token_boundary(tokens);
  std::vector<ViewTrack> tracks;
  for (std::size_t v = 0; v < views_.size(); ++v) {
    const std::size_t first = tracks.size();
    const auto numbers = track_tokens(tokens[v], {.boundary = boundary, .memory = memory()});
    for (std::size_t t = 0; t < numbers.size(); ++t) {
      for (std::size_t n = 0; n < numbers[t].size(); ++n) {
        const std::size_t track = first + std::size_t(numbers[t][n]);
        if (track == tracks.size()) tracks.push_back({int(v), {}});
        tracks[track].places.push_back(places[v][t][n]);
      }
    }
  }
  return tracks;
}

std::vector<ViewTrack> Fusion::pieces_of(const std::vector<ViewTrack>& tracks) const {
  std::vector<ViewTrack> pieces;
  for (const ViewTrack& track : tracks) {
    std::vector<TrackedJoints> joints;
    for (const Place& place : track.places) {
      const SeenInstant& instant = instants_[std::size_t(place.instant)];
      joints.push_back({instant.time, joints_in_world(at(place), instant, lens(at(place)), scale_)});
    }
    for (const std::vector<int>& piece : consistent_pieces(joints)) {
      ViewTrack& kept = pieces.emplace_back(ViewTrack{track.view, {}});
      for (const int i : piece) kept.places.push_back(track.places[std::size_t(i)]);
    }
  }
  return pieces;
}

// Without the hands, and the canonical body about its pelvis.
Tracklet Fusion::tracklet(const ViewTrack& track) const {
  Tracklet tracklet{track.view, {}};
  for (const Place& place : track.places) {
    const PersonInView& person = at(place);
    BodyJoints& body = tracklet.frames[place.instant];
    body.world = joints_in_world(person, instants_[std::size_t(place.instant)], lens(person), scale_);
    body.world.resize(kSharedJoints);
    const Eigen::Matrix3d unturned = rotation_of(person.body.pose[0]).transpose();
    for (int j = 0; j < kSharedJoints; ++j)
      body.canonical.push_back(unturned * (person.joints[std::size_t(j)] - person.joints[kPelvis]));
  }
  return tracklet;
}

std::vector<Eigen::Vector3d> Fusion::mean_centers() const {
  std::vector<Eigen::Vector3d> centers(views_.size(), Eigen::Vector3d::Zero());
  for (const SeenInstant& instant : instants_)
    for (std::size_t v = 0; v < centers.size(); ++v)
      centers[v] += instant.world_from_camera[v].translation() / double(instants_.size());
  return centers;
}

ViewState Fusion::state_of(const Place& place) const {
  const PersonInView& person = at(place);
  const SeenInstant& instant = instants_[std::size_t(place.instant)];
  const Eigen::Isometry3d& camera = instant.world_from_camera[std::size_t(person.view)];
  ViewState state;
  state.body = person.body;
  state.body.pose[0] = rotation_vector(camera.linear() * rotation_of(person.body.pose[0]));
  state.camera_center = scale_ * camera.translation();
  state.head = state.camera_center + camera.linear() * point_at_depth(lens(person).K, person.head,
                                                                      scale_ * instant.unit * person.depth);
  return state;
}

FusedBody Fusion::fused_body(int instant, std::vector<int> people) const {
  std::sort(people.begin(), people.end(), [&](int a, int b) {
    return at({instant, a}).view < at({instant, b}).view;
  });
  std::vector<ViewState> states;
  for (const int person : people) states.push_back(state_of({instant, person}));
  return {.instant = instant, .state = fuse_views(states), .seen = std::move(people)};
}

}  // namespace

std::vector<Eigen::Vector3d> joints_in_world(const PersonInView& person, const SeenInstant& instant,
                                             const ViewLens& lens, double scale) {
  const Eigen::Isometry3d& camera = instant.world_from_camera[std::size_t(person.view)];
  const Eigen::Vector3d head = point_at_depth(lens.K, person.head, scale * instant.unit * person.depth);
  std::vector<Eigen::Vector3d> joints;
  for (const Eigen::Vector3d& joint : person.joints)
    joints.push_back(scale * camera.translation() + camera.linear() * (head + joint));
  return joints;
}

FusedPeople fuse_people_in_views(std::span<const ViewLens> views, std::span<const SeenInstant> instants,
                                 RatioMean rule) {
  return Fusion(views, instants, rule).people();
}

}  // namespace ahap
