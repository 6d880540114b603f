#include "reconstruction/motion/camera_ways.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "reconstruction/geometry/similarity.h"
#include "reconstruction/median.h"
#include "reconstruction/motion/common_time.h"
#include "reconstruction/multiview/association_result.h"

namespace ahap {
namespace {

using Eigen::Isometry3d;
using Eigen::Vector2d;
using Eigen::Vector3d;

constexpr double kPriorFocalSigma = 0.25;  // relative, of a camera of which nothing is known
// Of the background beside somebody's feet, shares of the person's size: as far from them it is floor that
// is about as far away.
constexpr double kBeside = 0.6, kAbove = 0.06;
constexpr int kFewDepths = 20;  // such points that tell a scale, in all frames
// The floor among the path's points: tries, points on it, thickness over the points' distance, cosine of its
// tilt against the pictures, share of points that may lie below it.
constexpr int kFloorTries = 500, kFewFloorPoints = 12;
constexpr double kFloorThickness = 0.01, kFloorTilt = 0.75, kBelowFloor = 0.1;
constexpr int kFewFeet = 5;             // people on it that tell a scale
constexpr int kFramesOfScale = 200;     // at most are looked at
constexpr double kClearlyMoves = 0.93;  // share of the points that one path explains, where it is not clear
constexpr double kLeastDepth = 1e-3;
constexpr double kPlaceSigma = 0.1;       // m per axis, of one pose among people
constexpr double kScaleSigma = 0.15;      // relative, of a way's length by people's feet
constexpr double kMostCorrected = 2;      // times
constexpr double kToldFocalSigma = 0.04;  // relative, of it

// Camera axes, metres, as the view alone suggests it.
std::optional<std::pair<Vector2d, double>> feet_of(const PersonObservation& person,
                                                   const std::vector<ViewObservation>& views, double focal) {
  const NormalizedCapture capture = normalize(views, {person});
  if (!capture.people[0].usable()) return std::nullopt;
  ViewParameters parameters;
  parameters.log_focal = std::log(focal / capture.views[std::size_t(person.view)].longer_side);
  const BodyPoints body = body_as_seen(capture.people[0], parameters);
  double depth = 0;
  Vector2d lowest(0, 0);
  int count = 0;
  for (const int k : {kLeftAnkle, kRightAnkle, kLeftHeel, kRightHeel, kLeftToe, kRightToe}) {
    if (!person.points[k].observed()) continue;
    depth += body[k].z();
    lowest += person.points[k].pixel;
    ++count;
  }
  if (count < 2) return std::nullopt;
  return std::pair(Vector2d(lowest / count), depth / count);
}

// A plane of the path's points, n x = d, below everything and about level in the pictures: the floor.
struct FloorPlane {
  Vector3d normal = Vector3d::Zero();  // upwards
  double height = 0;
};

std::optional<FloorPlane> floor_of(const CameraPath& path) {
  std::vector<Vector3d> points;
  std::vector<double> distances;
  for (const auto& [track, X] : path.points) points.push_back(X), distances.push_back(X.norm());
  if (int(points.size()) < kFewFloorPoints) return std::nullopt;
  Vector3d up = Vector3d::Zero();
  for (const Isometry3d& pose : path.path_from_camera) up -= pose.linear().col(1);
  up.normalize();
  const double thick = kFloorThickness * median(std::move(distances));
  std::mt19937 random(1);
  FloorPlane best;
  int most = 0;
  for (int i = 0; i < kFloorTries; ++i) {
    const Vector3d &a = points[random() % points.size()], &b = points[random() % points.size()],
                   &c = points[random() % points.size()];
    Vector3d normal = (b - a).cross(c - a).normalized();
    if (normal.dot(up) < 0) normal = -normal;
    if (!(normal.dot(up) > kFloorTilt)) continue;
    int on = 0, below = 0;
    for (const Vector3d& X : points) {
      const double height = normal.dot(X - a);
      on += std::abs(height) < thick;
      below += height < -thick;
    }
    if (on > most && below < kBelowFloor * double(points.size())) most = on, best = {normal, normal.dot(a)};
  }
  if (most < kFewFloorPoints) return std::nullopt;
  return best;
}

// Depths of the background at somebody's feet, in the unit of the path.
std::vector<double> depths_at(const Vector2d& feet, double size, const CameraPath& path,
                              const std::vector<FollowedPoint>& shown, const Isometry3d& camera_from_path) {
  std::vector<double> depths;
  for (const FollowedPoint& seen : shown) {
    const auto point = path.points.find(seen.track);
    const Vector2d off = (seen.pixel.cast<double>() - feet) / size;
    if (point == path.points.end() || std::abs(off.x()) > kBeside || std::abs(off.y()) > kAbove) continue;
    depths.push_back((camera_from_path * point->second).z());
  }
  return depths;
}

// Where the ray to somebody's feet meets the floor; negative: nowhere.
double depth_on(const FloorPlane& floor, const Vector2d& feet, const ViewObservation& view, double focal,
                const Isometry3d& path_from_camera) {
  const Vector2d x = (feet - Vector2d(0.5 * view.width, 0.5 * view.height)) / focal;
  const double down = floor.normal.dot(path_from_camera.linear() * x.homogeneous());
  return (floor.height - floor.normal.dot(path_from_camera.translation())) / down;
}

// Metres per unit of the path, by the distances of people and of the floor under them.
std::optional<double> metres_per_unit(const CameraPath& path, const TrackedFrames& frames,
                                      const BackgroundTracks& tracks, int view,
                                      const std::vector<ViewObservation>& views) {
  const std::optional<FloorPlane> floor = floor_of(path);
  std::vector<double> beside, on_floor;  // ratios
  const int step = std::max(1, int(frames.size()) / kFramesOfScale);
  for (std::size_t f = 0; f < frames.size(); f += std::size_t(step)) {
    const Isometry3d& pose = path.path_from_camera[f];
    for (const PersonObservation& person : frames[f].people) {
      if (person.view != view) continue;
      const auto feet = feet_of(person, views, path.focal_length);
      if (!feet || !(feet->second > 0)) continue;
      for (const double depth : depths_at(feet->first, body_size(person), path, tracks[f], pose.inverse())) {
        if (depth > kLeastDepth) beside.push_back(feet->second / depth);
      }
      if (!floor) continue;
      const double depth = depth_on(*floor, feet->first, views[std::size_t(view)], path.focal_length, pose);
      if (depth > kLeastDepth) on_floor.push_back(feet->second / depth);
    }
  }
  if (int(on_floor.size()) >= kFewFeet) return median(std::move(on_floor));
  if (int(beside.size()) >= kFewDepths) return median(std::move(beside));
  return std::nullopt;
}

double most_turned(const CameraWay& way) {
  double most = 0;
  for (const Isometry3d& pose : way.way_from_camera)
    most = std::max(most, Eigen::AngleAxisd(pose.linear()).angle());
  return most;
}

double farthest(const CameraWay& way) {
  double most = 0;
  for (const Isometry3d& pose : way.way_from_camera) most = std::max(most, pose.translation().norm());
  return most;
}

std::string metres_text(double metres) {
  const int decimetres = int(std::lround(10 * metres));
  return std::to_string(decimetres / 10) + "." + std::to_string(decimetres % 10) + " m";
}

std::string told(const std::string& name, const CameraPath& path, const CameraWay& way, bool has_scale) {
  const std::string degrees = std::to_string(std::lround(most_turned(way) * 180 / M_PI)) + " degrees";
  std::string text = name + " moves: it turns by up to " + degrees;
  if (path.travels && has_scale) text += " and goes up to " + metres_text(farthest(way));
  text += ", and has a pose in every frame.";
  if (path.travels && !has_scale)
    text += " It goes, too, but nobody's feet tell how far: it keeps its place.";
  else if (!path.travels)
    text += " Its background tells nothing of a change of place: it keeps its place.";
  const auto unseen = std::count(path.told.begin(), path.told.end(), false);
  if (unseen > 0)
    text += " Its background shows too little in " + std::to_string(unseen) + " of " +
            std::to_string(path.told.size()) + " frames; there its pose lies between the others.";
  return text;
}

FilmingCamera filming_camera(const ViewObservation& view) {
  const double side = std::max(view.width, view.height);
  FilmingCamera camera{view.width, view.height, kMeanFocal * side, kPriorFocalSigma};
  if (view.focal_length > 0) camera.focal_length = view.focal_length, camera.focal_sigma = view.focal_sigma;
  if (view.K && view.keeps_K) camera.focal_length = mean_focal_length(*view.K), camera.focal_sigma = 0;
  return camera;
}

}  // namespace

bool moves(const CameraWays& ways, int camera) {
  return camera < int(ways.size()) && ways[std::size_t(camera)].moves();
}

Isometry3d pose_on_way(const CameraWays& ways, int camera, int frame) {
  return moves(ways, camera) ? ways[std::size_t(camera)].way_from_camera.at(std::size_t(frame))
                             : Isometry3d::Identity();
}

MovingCameras find_moving_cameras(const TrackedFrames& frames,
                                  const std::vector<BackgroundTracks>& background,
                                  const std::vector<std::string>& names,
                                  const std::vector<ViewObservation>& views, CamerasMove move,
                                  const Progress& progress) {
  MovingCameras result;
  if (move == CamerasMove::no || frames.size() < 2) return result;
  std::vector<double> times;
  for (const TrackedFrame& frame : frames) times.push_back(frame.time);
  for (int v = 0; v < int(background.size()); ++v) {
    const BackgroundTracks& tracks = background[std::size_t(v)];
    const ViewObservation& view = views[std::size_t(v)];
    if (tracks.size() != frames.size() || view.camera_from_world) continue;
    const CameraMotionSigns signs = signs_of_motion(tracks, std::max(view.width, view.height));
    if (move == CamerasMove::automatic && signs == CameraMotionSigns::still) continue;
    CameraPath path;
    if (signs != CameraMotionSigns::unseen)
      path = find_camera_path(tracks, times, filming_camera(view), progress);
    if (move == CamerasMove::automatic && signs == CameraMotionSigns::unclear &&
        path.agreeing < kClearlyMoves)
      continue;
    if (path.empty()) {
      result.messages.push_back(
          "Whether " + names[std::size_t(v)] +
          " moves cannot be told: its pictures have too little background in common. It is taken to stand "
          "still; where it moves fast, choose frames closer to each other.");
      continue;
    }
    result.ways.resize(background.size());
    CameraWay& way = result.ways[std::size_t(v)];
    way.way_from_camera = path.path_from_camera;
    const auto scale =
        path.travels ? metres_per_unit(path, frames, tracks, v, views) : std::optional<double>();
    for (Isometry3d& pose : way.way_from_camera) pose.translation() *= scale.value_or(0);
    if (path.told_focal_length) way.focal_length = path.focal_length;
    result.messages.push_back(told(names[std::size_t(v)], path, way, scale.has_value()));
  }
  return result;
}

void use_focal_lengths(const CameraWays& ways, std::vector<ViewObservation>& views) {
  for (std::size_t v = 0; v < ways.size(); ++v) {
    if (!ways[v].focal_length || views[v].focal_length > 0 || views[v].K) continue;
    views[v].focal_length = *ways[v].focal_length;
    views[v].focal_sigma = kToldFocalSigma;
  }
}

CameraWays at_common_times(CameraWays ways, const TrackedFrames& frames,
                           const std::vector<CameraOffset>& offsets) {
  for (int v = 0; v < int(ways.size()); ++v) {
    std::vector<Isometry3d>& poses = ways[std::size_t(v)].way_from_camera;
    if (poses.empty()) continue;
    std::vector<std::pair<double, Isometry3d>> known;
    for (std::size_t f = 0; f < frames.size(); ++f) {
      const auto time = time_of_picture(frames[f], v, offsets);
      if (time && (known.empty() || *time > known.back().first)) known.emplace_back(*time, poses[f]);
    }
    if (known.size() < 2) continue;
    for (std::size_t f = 0; f < frames.size(); ++f) {
      const auto after = std::lower_bound(known.begin(), known.end(), frames[f].time,
                                          [](const auto& k, double time) { return k.first < time; });
      if (after == known.begin() || after == known.end()) {
        poses[f] = after == known.end() ? known.back().second : known.front().second;
        continue;
      }
      const auto& [time, pose] = *(after - 1);
      const double share = (frames[f].time - time) / (after->first - time);
      poses[f] = pose_between(pose, after->second, share);
    }
  }
  return ways;
}

TrackedFrames without_turning(TrackedFrames frames, const CameraWays& ways,
                              const std::vector<ViewObservation>& views) {
  for (std::size_t f = 0; f < frames.size(); ++f) {
    for (PersonObservation& person : frames[f].people) {
      if (!moves(ways, person.view)) continue;
      const ViewObservation& view = views[std::size_t(person.view)];
      const double focal =
          ways[std::size_t(person.view)].focal_length.value_or(filming_camera(view).focal_length);
      const Vector2d middle(0.5 * view.width, 0.5 * view.height);
      const Eigen::Matrix3d R = pose_on_way(ways, person.view, int(f)).linear();
      for (ObservedPoint& point : person.points) {
        const Vector2d x = (point.pixel - middle) / focal;
        const Vector3d ray = R * x.homogeneous();
        if (ray.z() > 0.1)
          point.pixel = focal * ray.hnormalized() + middle;
        else
          point.sigma = 0;
      }
    }
  }
  return frames;
}

Isometry3d world_from_way(std::span<const FramePose> poses, CameraWay& way) {
  const auto on_way = [&](const FramePose& s) { return way.way_from_camera.at(std::size_t(s.frame)); };
  Eigen::Matrix3d turns = Eigen::Matrix3d::Zero();
  Vector3d places = Vector3d::Zero(), on_ways = Vector3d::Zero();
  for (const FramePose& s : poses) {
    turns += s.world_from_camera.linear() * on_way(s).linear().transpose();
    places += s.world_from_camera.translation() / double(poses.size());
    on_ways += on_way(s).translation() / double(poses.size());
  }
  Isometry3d result = Isometry3d::Identity();
  result.linear() = nearest_rotation(turns);
  double product = 1 / (kScaleSigma * kScaleSigma), square = product;
  for (const FramePose& s : poses) {
    const Vector3d gone = result.linear() * (on_way(s).translation() - on_ways);
    product += gone.dot(s.world_from_camera.translation() - places) / (kPlaceSigma * kPlaceSigma);
    square += gone.squaredNorm() / (kPlaceSigma * kPlaceSigma);
  }
  const double scale = std::clamp(product / square, 1 / kMostCorrected, kMostCorrected);
  for (Isometry3d& pose : way.way_from_camera) pose.translation() *= scale;
  result.translation() = places - result.linear() * (scale * on_ways);
  return result;
}

}  // namespace ahap
