#include "reconstruction/motion/rig_calibration.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <span>

#include "reconstruction/multiview/identity_correction.h"

namespace ahap {
namespace {

constexpr int kFewPoints = 6;  // observed: of somebody who says something of the cameras
// Of log focal lengths of videos of one size: cameras that film together are mostly of one kind. Chosen on
// one real take of four equal cameras, where 0.05 leaves focal lengths 7 % apart.
constexpr double kSameCameras = 0.02;
constexpr double kFarApart = 0.5;  // of a person's size: places in the picture that count as different

bool telling(const PersonObservation& person) {
  return count_observed(person) >= kFewPoints;
}

// Observed points of people that several views may share.
double information(const TrackedFrame& frame) {
  std::map<int, double> points;  // by view
  double all = 0, most = 0;
  for (const PersonObservation& person : frame.people) {
    if (!telling(person)) continue;
    points[person.view] += count_observed(person);
    all += count_observed(person);
  }
  for (const auto& [view, sum] : points) most = std::max(most, sum);
  return points.size() > 1 ? all - most : 0;
}

Eigen::Vector2d middle(const PersonObservation& person) {
  return {0.5 * (person.box.x0 + person.box.x1), 0.5 * (person.box.y0 + person.box.y1)};
}

// How different two frames are, 0..1: the share of what they show that the other shows elsewhere or not.
double difference(const TrackedFrame& a, const TrackedFrame& b) {
  double differs = 0;
  int count = 0;
  for (std::size_t n = 0; n < a.people.size(); ++n) {
    if (!telling(a.people[n])) continue;
    ++count;
    const auto same = std::find(b.tracklets.begin(), b.tracklets.end(), a.tracklets[n]);
    if (same == b.tracklets.end()) {
      differs += 1;
      continue;
    }
    const PersonObservation& other = b.people[same - b.tracklets.begin()];
    const double moved = (middle(a.people[n]) - middle(other)).norm() / body_size(other);
    differs += std::min(moved / kFarApart, 1.0);
  }
  return count ? differs / count : 0;
}

JointAssociation nothing_known(const std::vector<ViewObservation>& views, std::size_t people) {
  JointAssociation association = associate_and_calibrate(views, {});
  association.person_of_observation.assign(people, -1);
  association.adjusted.assign(people, false);
  return association;
}

// The people of the calibration's frames and a label of each: one per person and frame.
std::vector<int> gather(const TrackedFrames& frames, RigCalibration& rig) {
  rig.people.clear();
  rig.sightings.clear();
  std::map<std::pair<int, int>, int> label_of;  // (frame, identity)
  std::vector<int> labels;
  for (const int f : rig.frames) {
    std::set<std::pair<int, int>> taken;  // (identity, view)
    for (int n = 0; n < int(frames[f].people.size()); ++n) {
      const PersonObservation& seen = frames[f].people[n];
      const int identity = rig.identities.identity[frames[f].tracklets[n]];
      rig.people.push_back(seen);
      rig.sightings.push_back({f, n});
      const bool usable = identity >= 0 && taken.emplace(identity, seen.view).second;
      labels.push_back(usable ? label_of.try_emplace({f, identity}, int(label_of.size())).first->second : -1);
    }
  }
  return labels;
}

// It makes the world where no two views have a pose.
int view_that_shows_most(const TrackedFrames& frames, int views) {
  std::vector<int> points(views, 0);
  for (const TrackedFrame& frame : frames) {
    for (const PersonObservation& person : frame.people) points[person.view] += count_observed(person);
  }
  return int(std::max_element(points.begin(), points.end()) - points.begin());
}

}  // namespace

std::vector<int> telling_frames(const TrackedFrames& frames, int most) {
  std::vector<double> value(frames.size());
  for (std::size_t f = 0; f < frames.size(); ++f) value[f] = information(frames[f]);
  std::vector<double> differs(frames.size(), 1);  // from the nearest chosen one
  std::vector<int> chosen;
  while (int(chosen.size()) < most) {
    int best = -1;
    for (int f = 0; f < int(frames.size()); ++f) {
      if (value[f] * differs[f] > 0 && (best < 0 || value[f] * differs[f] > value[best] * differs[best]))
        best = f;
    }
    if (best < 0) break;
    chosen.push_back(best);
    for (std::size_t f = 0; f < frames.size(); ++f)
      differs[f] = std::min(differs[f], difference(frames[f], frames[best]));
  }
  return chosen;
}

RigCalibration calibrate_rig(const TrackedFrames& frames, const std::vector<ViewObservation>& views,
                             const RigOptions& options, const Progress& progress) {
  RigCalibration rig;
  rig.frames = telling_frames(frames, std::max(options.tried_frames, options.most_frames));
  std::vector<AssociatedView> cameras = nothing_known(views, 0).views;
  std::pair<int, double> best{0, 0};  // views with a pose, gain
  for (const int f :
       std::span(rig.frames).first(std::min(rig.frames.size(), std::size_t(options.tried_frames)))) {
    const JointAssociation found =
        associate_and_calibrate(views, frames[f].people, options.association, progress);
    if (estimated_views(found) < 2) continue;
    TrackIdentities identities =
        identify_tracklets(frames, views, found.views, options.association, progress);
    const std::pair<int, double> worth{estimated_views(found), identities.gain};
    if (worth <= best) continue;
    best = worth;
    cameras = found.views;
    rig.identities = std::move(identities);
  }
  rig.frames.resize(std::min(rig.frames.size(), std::size_t(options.most_frames)));
  rig.options = options.association;
  rig.options.bundle.common_log_focal_sigma = kSameCameras;
  rig.options.bundle.people_share = 1.0 / double(std::max<std::size_t>(rig.frames.size(), 1));
  if (best.first == 0) {
    if (estimated_views(nothing_known(views, 0)) == 0)
      cameras[view_that_shows_most(frames, int(views.size()))].estimated = true;
    rig.identities = identify_tracklets(frames, views, cameras, options.association, progress);
    gather(frames, rig);
    rig.association = nothing_known(views, rig.people.size());
    return rig;
  }
  const std::vector<int> labels = gather(frames, rig);
  JointAssociation before = nothing_known(views, rig.people.size());
  if (before.given_world) before.views = cameras;
  rig.association = correct_identities(views, rig.people, before, labels, rig.options, progress).association;
  rig.identities = identify_tracklets(frames, views, rig.association.views, options.association, progress);
  return rig;
}

}  // namespace ahap
