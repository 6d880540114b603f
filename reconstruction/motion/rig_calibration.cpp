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

// The first station of a camera that moves is that of the most telling frame.
void make_stations(const std::vector<ViewObservation>& views, const CameraWays& ways, RigCalibration& rig) {
  rig.views = views;
  rig.stations.clear();
  for (int v = 0; v < int(views.size()); ++v)
    rig.stations.push_back({v, rig.frames.empty() ? 0 : rig.frames.front()});
  for (std::size_t k = 1; k < rig.frames.size(); ++k) {
    for (int v = 0; v < int(views.size()); ++v) {
      if (!moves(ways, v)) continue;
      rig.stations.push_back({v, rig.frames[k]});
      rig.views.push_back(views[std::size_t(v)]);
    }
  }
}

int station_of(const RigCalibration& rig, const CameraWays& ways, int camera, int frame) {
  if (!moves(ways, camera)) return camera;
  const auto found = std::find_if(
      rig.stations.begin(), rig.stations.end(),
      [&](const CameraStation& station) { return station.camera == camera && station.frame == frame; });
  return int(found - rig.stations.begin());
}

// Those that move as at the origins of their ways. cameras: as in one frame.
std::vector<AssociatedView> at_origins(std::vector<AssociatedView> cameras, const CameraWays& ways,
                                       int frame) {
  for (int v = 0; v < int(cameras.size()); ++v) {
    Eigen::Isometry3d& pose = cameras[std::size_t(v)].camera.world_from_camera;
    pose = pose * pose_on_way(ways, v, frame).inverse();
  }
  return cameras;
}

// From the stations. A camera without a pose at its first one takes what it has at others.
std::vector<AssociatedView> cameras_of(const RigCalibration& rig, const CameraWays& ways, std::size_t count) {
  std::vector<AssociatedView> cameras(rig.association.views.begin(),
                                      rig.association.views.begin() + std::ptrdiff_t(count));
  for (int v = 0; v < int(count); ++v) {
    if (!moves(ways, v)) continue;
    CameraWay way = ways[std::size_t(v)];
    std::vector<FramePose> poses;
    for (std::size_t s = 0; s < rig.stations.size(); ++s) {
      const AssociatedView& view = rig.association.views[s];
      if (rig.stations[s].camera != v || !view.estimated) continue;
      if (poses.empty()) cameras[std::size_t(v)] = view;
      poses.push_back({rig.stations[s].frame, view.camera.world_from_camera});
    }
    if (!poses.empty()) cameras[std::size_t(v)].camera.world_from_camera = world_from_way(poses, way);
  }
  return cameras;
}

// The people of the calibration's frames and a label of each: one per person and frame.
std::vector<int> gather(const TrackedFrames& frames, const CameraWays& ways, RigCalibration& rig) {
  rig.people.clear();
  rig.sources.clear();
  std::map<std::pair<int, int>, int> label_of;  // (frame, identity)
  std::vector<int> labels;
  for (const int f : rig.frames) {
    std::set<std::pair<int, int>> taken;  // (identity, view)
    for (int n = 0; n < int(frames[f].people.size()); ++n) {
      const PersonObservation& seen = frames[f].people[n];
      const int identity = rig.identities.identity[frames[f].tracklets[n]];
      rig.people.push_back(seen);
      rig.people.back().view = station_of(rig, ways, seen.view, f);
      rig.sources.push_back({f, n});
      const bool usable = identity >= 0 && taken.emplace(identity, seen.view).second;
      labels.push_back(usable ? label_of.try_emplace({f, identity}, int(label_of.size())).first->second : -1);
    }
  }
  return labels;
}

// Frames in which a view shows people, evenly spread.
std::vector<int> frames_with_people(const TrackedFrames& frames, int view, int most) {
  std::vector<int> with;
  for (int f = 0; f < int(frames.size()); ++f) {
    const auto& people = frames[std::size_t(f)].people;
    if (std::any_of(people.begin(), people.end(),
                    [&](const PersonObservation& p) { return p.view == view && telling(p); }))
      with.push_back(f);
  }
  std::vector<int> chosen;
  for (int i = 0; i < std::min(most, int(with.size())); ++i)
    chosen.push_back(
        with[std::size_t((2 * i + 1) * int(with.size()) / (2 * std::min(most, int(with.size()))))]);
  return chosen;
}

// It makes the world where no two views have a pose.
int view_that_shows_most(const TrackedFrames& frames, int views) {
  std::vector<int> points(views, 0);
  for (const TrackedFrame& frame : frames) {
    for (const PersonObservation& person : frame.people) points[person.view] += count_observed(person);
  }
  return int(std::max_element(points.begin(), points.end()) - points.begin());
}

// One camera that moves, by its way; the others have no pose.
void calibrate_by_way(const TrackedFrames& frames, const std::vector<ViewObservation>& views, int camera,
                      const RigOptions& options, const Progress& progress, RigCalibration& rig) {
  rig.frames = frames_with_people(frames, camera, options.frames_of_way);
  rig.options.bundle.people_share = 1.0 / double(std::max<std::size_t>(rig.frames.size(), 1));
  make_stations(views, options.ways, rig);
  for (std::size_t s = 0; s < rig.stations.size(); ++s) {
    if (rig.stations[s].camera != camera) continue;
    rig.views[s].camera_from_world = pose_on_way(options.ways, camera, rig.stations[s].frame).inverse();
    rig.views[s].keeps_pose = true;
  }
  const std::vector<int> labels = gather(frames, options.ways, rig);
  const JointAssociation before = nothing_known(rig.views, rig.people.size());
  rig.association =
      correct_identities(rig.views, rig.people, before, labels, rig.options, progress).association;
  rig.association.given_world = false;
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
    TrackIdentities identities = identify_tracklets(frames, views, at_origins(found.views, options.ways, f),
                                                    options.association, progress, options.ways);
    const std::pair<int, double> worth{estimated_views(found), identities.gain};
    if (worth <= best) continue;
    best = worth;
    cameras = at_origins(found.views, options.ways, f);
    rig.identities = std::move(identities);
  }
  rig.frames.resize(std::min(rig.frames.size(), std::size_t(options.most_frames)));
  rig.options = options.association;
  rig.options.bundle.common_log_focal_sigma = kSameCameras;
  rig.options.bundle.people_share = 1.0 / double(std::max<std::size_t>(rig.frames.size(), 1));
  if (best.first == 0) {
    const int camera = view_that_shows_most(frames, int(views.size()));
    if (estimated_views(nothing_known(views, 0)) == 0) cameras[std::size_t(camera)].estimated = true;
    rig.identities = identify_tracklets(frames, views, cameras, options.association, progress, options.ways);
    if (moves(options.ways, camera)) {
      calibrate_by_way(frames, views, camera, options, progress, rig);
      return rig;
    }
    make_stations(views, options.ways, rig);
    gather(frames, options.ways, rig);
    rig.association = nothing_known(rig.views, rig.people.size());
    return rig;
  }
  make_stations(views, options.ways, rig);
  const std::vector<int> labels = gather(frames, options.ways, rig);
  JointAssociation before = nothing_known(rig.views, rig.people.size());
  if (before.given_world) {
    for (std::size_t s = 0; s < rig.stations.size(); ++s) {
      const auto [camera, frame] = rig.stations[s];
      before.views[s] = cameras[std::size_t(camera)];
      Eigen::Isometry3d& pose = before.views[s].camera.world_from_camera;
      pose = pose * pose_on_way(options.ways, camera, frame);
    }
  }
  rig.association =
      correct_identities(rig.views, rig.people, before, labels, rig.options, progress).association;
  rig.identities = identify_tracklets(frames, views, cameras_of(rig, options.ways, views.size()),
                                      options.association, progress, options.ways);
  return rig;
}

std::vector<UpEstimate> ups_of_stations(const std::vector<UpEstimate>& of_cameras, const RigCalibration& rig,
                                        const CameraWays& ways) {
  std::vector<UpEstimate> ups = of_cameras;
  for (std::size_t s = ups.size(); s < rig.stations.size() && !of_cameras.empty(); ++s) {
    const auto [camera, frame] = rig.stations[s];
    const Eigen::Isometry3d station_from_key =
        pose_on_way(ways, camera, frame).inverse() * pose_on_way(ways, camera, rig.frames.front());
    const UpEstimate& in_key = of_cameras[std::size_t(camera)];
    ups.push_back({station_from_key.linear() * in_key.up, in_key.sigma});
  }
  return ups;
}

std::vector<Eigen::Isometry3d> place_on_ways(const RigCalibration& rig, CameraWays& ways,
                                             PlacedScene& scene) {
  const std::size_t cameras =
      std::size_t(std::count_if(rig.stations.begin(), rig.stations.end(), [&](const CameraStation& station) {
        return &station - rig.stations.data() == station.camera;
      }));
  std::vector<Eigen::Isometry3d> placed(cameras, Eigen::Isometry3d::Identity());
  for (std::size_t v = 0; v < cameras; ++v) {
    if (!moves(ways, int(v))) continue;
    std::vector<FramePose> poses;
    for (std::size_t s = 0; s < rig.stations.size(); ++s) {
      if (rig.stations[s].camera != int(v) || !scene.estimated[s]) continue;
      poses.push_back({rig.stations[s].frame, scene.views[s].camera.world_from_camera});
      if (scene.estimated[v]) continue;
      scene.views[v] = scene.views[s];
      scene.rotation_sigma[v] = scene.rotation_sigma[s];
      scene.estimated[v] = true;
    }
    if (poses.empty()) continue;
    placed[v] = world_from_way(poses, ways[v]);
    scene.views[v].camera.world_from_camera = placed[v] * pose_on_way(ways, int(v), rig.stations[v].frame);
  }
  scene.reference_view = rig.stations[std::size_t(scene.reference_view)].camera;
  scene.views.resize(cameras);
  scene.estimated.resize(cameras);
  scene.rotation_sigma.resize(cameras);
  return placed;
}

}  // namespace ahap
