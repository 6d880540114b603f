#include "reconstruction/stages/person_tracker.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/geometry/assignment.h"
#include "reconstruction/multiview/appearance.h"

namespace ahap {
namespace {

constexpr double kFindInterval = 1.0 / 3;  // seconds between two looks through the whole picture
constexpr double kLongestStep = 0.15;      // seconds: after a longer one people are found anew
constexpr double kGoesOn = 0.7;            // of a joint's last motion, expected in the next frame
constexpr double kSureJoint = 0.3;         // score of a joint whose own motion counts
// Similarity of the pose found with the expected one: the same person, and another track of it.
constexpr double kFollowed = 0.4, kSamePose = 0.55;
constexpr double kLostFor = 0.5;      // seconds, for which somebody may be found again where it was
constexpr double kLowestScore = 0.3;  // mean score of the surest joints of somebody who is followed

}  // namespace

PersonTracker::PersonTracker(const PeopleFinder& networks, double high_threshold)
    : networks_(networks), high_threshold_(high_threshold) {}

std::vector<TrackedPerson> PersonTracker::next(const View& view) {
  const bool find_now = state_.find_next || state_.turned || view.time - state_.time > kLongestStep ||
                        view.time - state_.found_at >= kFindInterval || view.time <= state_.time;
  std::vector<TrackedPerson> people = find_now ? find(view) : follow(view);
  take(people, view.time);
  return people;
}

void PersonTracker::cut() {
  state_.tracks.clear();
  state_.find_next = true;
}

// Where the joints go on moving as they did.
CocoPose PersonTracker::expected(const Track& track, double time) const {
  CocoPose pose = track.pose;
  const double step = time - track.time, last_step = track.time - track.time_before;
  if (!track.moved || step > kLongestStep || !(last_step > 0)) return pose;
  const double share = kGoesOn * std::min(step / last_step, 2.0);
  Eigen::Vector2d mean(0, 0);
  double weights = 0;
  for (int k = 0; k < kCocoPoints; ++k) {
    const double weight = track.pose[k].score * track.before[k].score;
    mean += weight * (track.pose[k].pixel - track.before[k].pixel);
    weights += weight;
  }
  mean /= std::max(weights, 1e-9);
  for (int k = 0; k < kCocoPoints; ++k) {
    const bool sure = track.pose[k].score > kSureJoint && track.before[k].score > kSureJoint;
    pose[k].pixel += share * (sure ? track.pose[k].pixel - track.before[k].pixel : mean);
  }
  return pose;
}

std::vector<TrackedPerson> PersonTracker::follow(const View& view) {
  std::vector<TrackedPerson> people;
  state_.find_next = false;
  for (const Track& track : state_.tracks) {
    if (!is_lost(track) && !follow(track, view, people)) state_.find_next = true;
  }
  return people;
}

// Adds the person of a track where it is expected. False: it is not there, or somebody is there already.
bool PersonTracker::follow(const Track& track, const View& view, std::vector<TrackedPerson>& people) const {
  const CocoPose where = expected(track, view.time);
  TrackedPerson seen{track.number, networks_.look_for(view.image, view.camera, where)};
  if (seen.person.observation.score < kLowestScore || pose_similarity(seen.person.pose, where) < kFollowed)
    return false;
  const bool known = std::any_of(people.begin(), people.end(), [&](const TrackedPerson& other) {
    return pose_similarity(other.person.pose, seen.person.pose) > kSamePose;
  });
  if (!known) people.push_back(std::move(seen));
  return !known;
}

std::vector<TrackedPerson> PersonTracker::find(const View& view) {
  std::vector<PhotoPerson> found =
      networks_.find_in(view.image, view.camera, kLowThresholdShare * high_threshold_);
  state_.found_at = view.time;
  state_.find_next = false;
  state_.turned = !found.empty() && found[0].quarter_turns != 0;
  Eigen::MatrixXd cost(state_.tracks.size(), found.size());
  for (Eigen::Index t = 0; t < cost.rows(); ++t) {
    const CocoPose where = expected(state_.tracks[t], view.time);
    for (Eigen::Index n = 0; n < cost.cols(); ++n) cost(t, n) = 1 - pose_similarity(found[n].pose, where);
  }
  const std::vector<int> found_of_track =
      cost.size() ? assign(cost, 1 - kFollowed) : std::vector<int>(state_.tracks.size(), -1);
  std::vector<TrackedPerson> people;
  for (std::size_t n = 0; n < found.size(); ++n) {
    const auto track = std::find(found_of_track.begin(), found_of_track.end(), int(n));
    const bool known = track != found_of_track.end();
    if (!known && found[n].observation.score < high_threshold_) continue;
    const int number = known ? state_.tracks[track - found_of_track.begin()].number : state_.next_number++;
    people.push_back({number, std::move(found[n])});
  }
  for (std::size_t t = 0; t < state_.tracks.size() && !state_.turned; ++t) {
    if (found_of_track[t] < 0 && !is_lost(state_.tracks[t])) follow(state_.tracks[t], view, people);
  }
  for (TrackedPerson& seen : people)
    seen.person.observation.appearance = appearance_of(view.image, seen.person.observation);
  return people;
}

void PersonTracker::take(const std::vector<TrackedPerson>& people, double time) {
  std::vector<Track> tracks;
  for (const TrackedPerson& seen : people) {
    Track track{.number = seen.tracklet, .pose = seen.person.pose, .before = {}, .time = time};
    const auto known = std::find_if(state_.tracks.begin(), state_.tracks.end(),
                                    [&](const Track& t) { return t.number == seen.tracklet; });
    if (known != state_.tracks.end()) {
      track.before = known->pose;
      track.time_before = known->time;
      track.moved = true;
    }
    tracks.push_back(std::move(track));
  }
  for (Track& track : state_.tracks) {
    const bool seen =
        std::any_of(tracks.begin(), tracks.end(), [&](const Track& t) { return t.number == track.number; });
    if (!seen && time - track.time < kLostFor) tracks.push_back(std::move(track));
  }
  state_.tracks = std::move(tracks);
  state_.time = time;
}

}  // namespace ahap
