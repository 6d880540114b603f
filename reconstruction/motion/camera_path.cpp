#include "reconstruction/motion/camera_path.h"

#include <ceres/ceres.h>
#include <ceres/rotation.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <random>
#include <set>

#include "reconstruction/geometry/similarity.h"
#include "reconstruction/median.h"

namespace ahap {
namespace {

using Eigen::Isometry3d;
using Eigen::Matrix3d;
using Eigen::Vector2d;
using Eigen::Vector3d;

// Distances of pixels: of pictures reduced to 640 pixels, as points are followed in them.
constexpr double kFollowedSide = 640;
constexpr double kPixelSigma = 0.5;
constexpr double kLoss = 2;           // c of Cauchy's, standard deviations
constexpr int kFewPoints = 8;         // that tell a pose
constexpr int kShortest = 4;          // pictures that show a point, of many: what is lost sooner is noise
constexpr double kKeySeconds = 0.12;  // between pictures that are adjusted together
constexpr int kMostKeys = 600;
constexpr int kWindow = 14, kChunk = 3;  // pictures that are free while the path grows; that join at once
constexpr double kNearnessSlack = 1;     // of a point's inverse distance about 1, weak
constexpr double kNearnessWeight = 0.05;
constexpr double kAcceleration = 0.5;  // distances per second^2, of a camera that is carried
constexpr double kLargestError = 5;    // pixels, of a point, that counts
constexpr double kSteady = 0.2;        // pixels, off a camera that turns in one place
constexpr double kBetter = 0.7;        // of that, off one that travels
constexpr double kAgrees = 1.5;        // pixels, of a point
constexpr double kMostAgree = 0.93;    // of the points, with a path that is believed
constexpr double kParallax = 0.01;     // of the distances, of the places of one that travels
constexpr double kKnownPoint = 0.02;   // angle between the rays to a point, radians
constexpr double kLeastTurn = 0.1;     // radians, from which on turning tells the focal length
constexpr double kPlausible = 2.6;     // standard deviations, of a focal length that is believed

// A pose: rotation vector of camera_from_path, then the camera's place.
using Pose = std::array<double, 6>;
// A direction and the inverse distance, together of length 1.
using Point = std::array<double, 4>;

Matrix3d rotation_of(const Pose& pose) {
  Matrix3d R;
  ceres::AngleAxisToRotationMatrix(pose.data(), R.data());
  return R;
}
void set_rotation(const Matrix3d& R, Pose& pose) {
  ceres::RotationMatrixToAngleAxis(R.data(), pose.data());
}
Isometry3d path_from_camera(const Pose& pose) {
  Isometry3d result = Isometry3d::Identity();
  result.linear() = rotation_of(pose).transpose();
  result.translation() = Vector3d(pose[3], pose[4], pose[5]);
  return result;
}
Pose pose_of(const Isometry3d& pfc) {
  Pose pose;
  set_rotation(pfc.linear().transpose(), pose);
  for (int i = 0; i < 3; ++i) pose[3 + i] = pfc.translation()[i];
  return pose;
}

// Between the direction in which a picture shows a point and that in which the path has it: no singularity,
// and the largest where the point lies behind the camera.
struct DirectionError {
  Vector2d x;    // pixel from the middle of the picture, over its longer side
  double scale;  // standard deviations per longer side

  template <class T>
  bool operator()(const T* pose, const T* log_focal, const T* point, T* residual) const {
    const T offset[3] = {point[0] - point[3] * pose[3], point[1] - point[3] * pose[4],
                         point[2] - point[3] * pose[5]};
    T X[3];
    ceres::AngleAxisRotatePoint(pose, offset, X);
    const T f = exp(log_focal[0]);
    const T ray[3] = {T(x.x()) / f, T(x.y()) / f, T(1)};
    const auto length = [](const T* v) { return sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2] + T(1e-18)); };
    const T of_X = length(X), of_ray = length(ray);
    const T pixels = T(scale) * f * of_ray * of_ray;  // of a small angle away from the picture's middle
    for (int i = 0; i < 3; ++i) residual[i] = pixels * (X[i] / of_X - ray[i] / of_ray);
    return true;
  }
};

struct NearnessPrior {
  template <class T>
  bool operator()(const T* point, T* residual) const {
    const T direction = sqrt(point[0] * point[0] + point[1] * point[1] + point[2] * point[2] + T(1e-12));
    residual[0] = T(kNearnessWeight / kNearnessSlack) * (point[3] / direction - T(1));
    return true;
  }
};

struct FocalPrior {
  double log_focal, sigma;
  template <class T>
  bool operator()(const T* value, T* residual) const {
    residual[0] = (value[0] - T(log_focal)) / T(sigma);
    return true;
  }
};

struct Steadiness {
  double before, after, sigma;  // seconds; of the change of speed, per second
  template <class T>
  bool operator()(const T* a, const T* b, const T* c, T* residual) const {
    for (int i = 3; i < 6; ++i) {
      const T change = (c[i] - b[i]) / T(after) - (b[i] - a[i]) / T(before);
      residual[i - 3] = change / T(sigma);
    }
    return true;
  }
};

struct Observation {
  int track;
  Vector2d x;  // as of DirectionError
};

// From the directions of common points in two pictures: the one with the least median error (Rousseeuw 1984)
// of those through two points.
Matrix3d turn_between(const std::vector<Vector3d>& a, const std::vector<Vector3d>& b) {
  const auto frame = [](const Vector3d& p, const Vector3d& q) {
    Matrix3d F;
    F.col(0) = p;
    F.col(1) = p.cross(q).normalized();
    F.col(2) = F.col(0).cross(F.col(1));
    return F;
  };
  std::mt19937 random(1);
  Matrix3d best = Matrix3d::Identity();
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 150; ++i) {
    const std::size_t p = random() % a.size(), q = random() % a.size();
    if (a[p].cross(a[q]).norm() < 0.05) continue;
    const Matrix3d R = frame(b[p], b[q]) * frame(a[p], a[q]).transpose();
    std::vector<double> errors;
    for (std::size_t k = 0; k < a.size(); ++k) errors.push_back((R * a[k] - b[k]).squaredNorm());
    const double error = median(std::move(errors));
    if (error < least) least = error, best = R;
  }
  Matrix3d sum = Matrix3d::Zero();
  for (std::size_t k = 0; k < a.size(); ++k) {
    if ((best * a[k] - b[k]).squaredNorm() < 6 * least + 1e-12) sum += b[k] * a[k].transpose();
  }
  return nearest_rotation(sum);
}

class PathSearch {
 public:
  PathSearch(const BackgroundTracks& tracks, const std::vector<double>& times, const FilmingCamera& camera,
             const Progress& progress)
      : times_(times), camera_(camera), progress_(progress) {
    side_ = std::max(camera.width, camera.height);
    forget();
    const Vector2d middle(0.5 * camera.width, 0.5 * camera.height);
    const int shortest = std::clamp(int(tracks.size()) / 4, 2, kShortest);
    std::map<int, int> lengths;
    for (const auto& points : tracks) {
      for (const FollowedPoint& p : points) ++lengths[p.track];
    }
    for (const auto& points : tracks) {
      std::vector<Observation>& seen = seen_.emplace_back();
      for (const FollowedPoint& p : points) {
        if (lengths.at(p.track) >= shortest)
          seen.push_back({p.track, (p.pixel.cast<double>() - middle) / side_});
      }
    }
    choose_keys();
  }

  CameraPath run() {
    CameraPath path;
    if (keys_.size() < 2) return path;
    turn_in_place();
    const double turning = error();
    if (turning > kSteady) {
      travel();
      path.travels = error() < kBetter * turning && agreeing() > kMostAgree && goes_somewhere();
    }
    if (!path.travels) {
      forget();
      turn_in_place();
      if (turns_enough()) adjust_with_lens(false);
    }
    path.error = error() * side_ / kFollowedSide;
    path.agreeing = agreeing();
    path.focal_length = std::exp(log_focal_) * side_;
    path.told_focal_length = told_focal_ && turns_enough();
    fill(path);
    if (path.travels) add_known_points(path);
    return path;
  }

 private:
  void forget() {
    poses_.clear();
    points_.clear();
    log_focal_ = std::log(camera_.focal_length / side_);
    told_focal_ = false;
  }

  void choose_keys() {
    std::vector<int> shown;
    for (int f = 0; f < int(seen_.size()); ++f) {
      if (int(seen_[f].size()) >= kFewPoints) shown.push_back(f);
    }
    if (shown.empty()) return;
    const double spacing =
        std::max(kKeySeconds, (times_[shown.back()] - times_[shown.front()]) / double(kMostKeys));
    for (const int f : shown) {
      if (keys_.empty() || f == shown.back() || times_[f] - times_[keys_.back()] > spacing - 1e-6)
        keys_.push_back(f);
    }
    keep_longest_run();
  }

  // Of keys each of which shares enough with the one before.
  void keep_longest_run() {
    std::size_t begin = 0, best = 0, length = 0;
    for (std::size_t k = 1; k <= keys_.size(); ++k) {
      if (k < keys_.size() && common_points(keys_[k - 1], keys_[k]) >= kFewPoints) continue;
      if (k - begin > length) best = begin, length = k - begin;
      begin = k;
    }
    keys_ =
        std::vector<int>(keys_.begin() + std::ptrdiff_t(best), keys_.begin() + std::ptrdiff_t(best + length));
  }

  int common_points(int a, int b) const {
    std::set<int> in_a;
    for (const Observation& o : seen_[a]) in_a.insert(o.track);
    return int(std::count_if(seen_[b].begin(), seen_[b].end(),
                             [&](const Observation& o) { return in_a.contains(o.track); }));
  }

  Vector3d ray(const Vector2d& x) const {
    const double f = std::exp(log_focal_);
    return Vector3d(x.x() / f, x.y() / f, 1).normalized();
  }

  Point at(const Vector3d& direction, double nearness) const {
    const double length = std::hypot(1, nearness);
    return {direction.x() / length, direction.y() / length, direction.z() / length, nearness / length};
  }

  // The pose of a key from the one before it; points that are new get a direction and `nearness`.
  void begin_key(std::size_t k, double nearness) {
    Pose pose{};
    if (k > 0) {
      pose = poses_.at(keys_[k - 1]);
      std::map<int, Vector3d> before;
      for (const Observation& o : seen_[keys_[k - 1]]) before[o.track] = ray(o.x);
      std::vector<Vector3d> a, b;
      for (const Observation& o : seen_[keys_[k]]) {
        const auto found = before.find(o.track);
        if (found != before.end()) a.push_back(found->second), b.push_back(ray(o.x));
      }
      if (int(a.size()) >= kFewPoints) set_rotation(turn_between(a, b) * rotation_of(pose), pose);
    }
    poses_[keys_[k]] = pose;
    add_points(keys_[k], nearness);
  }

  void add_points(int frame, double nearness) {
    const Isometry3d pfc = path_from_camera(poses_.at(frame));
    for (const Observation& o : seen_[frame]) {
      if (points_.contains(o.track)) continue;
      const Vector3d direction = pfc.linear() * ray(o.x);
      if (nearness > 0) {
        const Vector3d X = pfc.translation() + direction / nearness;
        points_[o.track] = at(X.normalized(), 1 / X.norm());
      } else {
        points_[o.track] = at(direction, 0);
      }
    }
  }

  void turn_in_place() {
    for (std::size_t k = 0; k < keys_.size(); ++k) begin_key(k, 0);
    adjust(0, keys_.size(), false, false, 40);
  }

  bool turns_enough() const {
    const Matrix3d first = rotation_of(poses_.at(keys_.front()));
    return std::any_of(keys_.begin(), keys_.end(), [&](int key) {
      return rotation_angle(rotation_of(poses_.at(key)), first) > kLeastTurn;
    });
  }

  void travel() {
    forget();
    for (std::size_t end = 0; end < keys_.size();) {
      step(progress_, "camera path", double(end) / double(keys_.size()));
      const std::size_t begin = end;
      end = std::min(keys_.size(), end == 0 ? std::size_t(kWindow) : end + kChunk);
      for (std::size_t k = begin; k < end; ++k) {
        begin_key(k, usual_nearness(k));
        if (begin > 0) keep_going(k);
      }
      const std::size_t first = end > std::size_t(kWindow) ? end - kWindow : 0;
      adjust(first, end, true, false, begin == 0 ? 60 : 12);
    }
    adjust_with_lens(true);
  }

  // Everything and the focal length. What nobody's lens has comes from what the path does not know of, a lens
  // that bends lines or a picture that was cut: then it stays what it is said to be.
  void adjust_with_lens(bool travels) {
    adjust(0, keys_.size(), travels, true, 60);
    const double expected = std::log(camera_.focal_length / side_);
    told_focal_ = std::abs(log_focal_ - expected) < kPlausible * camera_.focal_sigma;
    if (told_focal_ || camera_.focal_sigma == 0) return;
    log_focal_ = expected;
    adjust(0, keys_.size(), travels, false, 60);
  }

  void keep_going(std::size_t k) {
    const Pose &a = poses_.at(keys_[k - 2]), &b = poses_.at(keys_[k - 1]);
    Pose& c = poses_.at(keys_[k]);
    for (int i = 3; i < 6; ++i) c[i] = b[i] + 0.5 * (b[i] - a[i]);
  }

  // Inverse distance from the last key of the points that it shows.
  double usual_nearness(std::size_t k) const {
    if (k == 0) return 1;
    std::vector<double> values;
    const Isometry3d pfc = path_from_camera(poses_.at(keys_[k - 1]));
    for (const Observation& o : seen_[keys_[k - 1]]) {
      const auto X = place(points_.at(o.track));
      if (X) values.push_back(1 / std::max(1e-3, (*X - pfc.translation()).norm()));
    }
    return values.size() < kFewPoints ? 1 : median(std::move(values));
  }

  static std::optional<Vector3d> place(const Point& p) {
    if (p[3] < 1e-3) return std::nullopt;
    return Vector3d(p[0], p[1], p[2]) / p[3];
  }

  // Keys [first, end) are free, those before them that show the same points are held.
  void adjust(std::size_t first, std::size_t end, bool travels, bool free_focal, int iterations) {
    ceres::Problem problem;
    std::set<int> active;
    for (std::size_t k = first; k < end; ++k) {
      for (const Observation& o : seen_[keys_[k]]) active.insert(o.track);
    }
    const double scale = kFollowedSide / kPixelSigma;
    std::set<int> points;
    for (std::size_t k = 0; k < end; ++k) {
      bool takes_part = false;
      for (const Observation& o : seen_[keys_[k]]) {
        if (!active.contains(o.track)) continue;
        takes_part = true;
        points.insert(o.track);
        problem.AddResidualBlock(
            new ceres::AutoDiffCostFunction<DirectionError, 3, 6, 1, 4>(new DirectionError{o.x, scale}),
            new ceres::CauchyLoss(kLoss), poses_.at(keys_[k]).data(), &log_focal_,
            points_.at(o.track).data());
      }
      if (takes_part && (k < first || k == 0)) problem.SetParameterBlockConstant(poses_.at(keys_[k]).data());
    }
    for (const int track : points) add_point(problem, track, travels);
    if (!travels) hold_places(problem, end);
    if (travels) add_steadiness(problem, first, end);
    if (free_focal && camera_.focal_sigma > 0) {
      const double prior = std::log(camera_.focal_length / side_);
      problem.AddResidualBlock(
          new ceres::AutoDiffCostFunction<FocalPrior, 1, 1>(new FocalPrior{prior, camera_.focal_sigma}),
          nullptr, &log_focal_);
    } else {
      problem.SetParameterBlockConstant(&log_focal_);
    }
    solve(problem, iterations);
  }

  void add_point(ceres::Problem& problem, int track, bool travels) {
    double* point = points_.at(track).data();
    if (travels) {
      problem.SetManifold(point, new ceres::SphereManifold<4>);
      problem.AddResidualBlock(new ceres::AutoDiffCostFunction<NearnessPrior, 1, 4>(new NearnessPrior),
                               nullptr, point);
    } else {
      problem.SetManifold(point, new ceres::ProductManifold<ceres::SphereManifold<3>, ceres::SubsetManifold>(
                                     ceres::SphereManifold<3>(), ceres::SubsetManifold(1, {0})));
    }
  }

  void hold_places(ceres::Problem& problem, std::size_t end) {
    for (std::size_t k = 1; k < end; ++k)
      problem.SetManifold(poses_.at(keys_[k]).data(), new ceres::SubsetManifold(6, {3, 4, 5}));
  }

  void add_steadiness(ceres::Problem& problem, std::size_t first, std::size_t end) {
    for (std::size_t k = std::max<std::size_t>(first, 2); k < end; ++k) {
      const double before = times_[keys_[k - 1]] - times_[keys_[k - 2]],
                   after = times_[keys_[k]] - times_[keys_[k - 1]];
      if (!(before > 0) || !(after > 0)) continue;
      for (const std::size_t i : {k - 2, k - 1, k}) {
        if (!problem.HasParameterBlock(poses_.at(keys_[i]).data())) return;
      }
      problem.AddResidualBlock(new ceres::AutoDiffCostFunction<Steadiness, 3, 6, 6, 6>(
                                   new Steadiness{before, after, kAcceleration * 0.5 * (before + after)}),
                               nullptr, poses_.at(keys_[k - 2]).data(), poses_.at(keys_[k - 1]).data(),
                               poses_.at(keys_[k]).data());
    }
  }

  void solve(ceres::Problem& problem, int iterations) {
    ceres::Solver::Options options;
    options.linear_solver_type = ceres::SPARSE_SCHUR;
    options.max_num_iterations = iterations;
    options.function_tolerance = 1e-5;
    options.num_threads = 2;
    options.logging_type = ceres::SILENT;
    struct Stop : ceres::IterationCallback {
      const Progress& progress;
      explicit Stop(const Progress& p) : progress(p) {}
      ceres::CallbackReturnType operator()(const ceres::IterationSummary&) override {
        const bool stop = progress.stop_requested && progress.stop_requested();
        return stop ? ceres::SOLVER_ABORT : ceres::SOLVER_CONTINUE;
      }
    } stop(progress_);
    options.callbacks.push_back(&stop);
    ceres::Solver::Summary summary;
    ceres::Solve(options, &problem, &summary);
    step(progress_, "camera path", 0.5);
  }

  // Mean over all that keys show, pixels of the reduced picture.
  double error() const {
    double sum = 0;
    int count = 0;
    for (const int key : keys_) {
      for (const Observation& o : seen_[key])
        sum += std::min(error_of(poses_.at(key), o), kLargestError), ++count;
    }
    return sum / std::max(count, 1);
  }

  // Share of what keys show.
  double agreeing() const {
    int agree = 0, count = 0;
    for (const int key : keys_) {
      for (const Observation& o : seen_[key]) {
        agree += error_of(poses_.at(key), o) < kAgrees;
        ++count;
      }
    }
    return double(agree) / std::max(count, 1);
  }

  double error_of(const Pose& pose, const Observation& o) const {
    double residual[3];
    DirectionError{o.x, kFollowedSide}(pose.data(), &log_focal_, points_.at(o.track).data(), residual);
    return std::hypot(residual[0], residual[1], residual[2]);
  }

  bool goes_somewhere() const {
    double farthest = 0;
    for (const auto& [key, pose] : poses_)
      farthest = std::max(farthest, std::hypot(pose[3], pose[4], pose[5]));
    return farthest > kParallax;
  }

  // Poses of all frames: keys, then those beside them from the points that they show.
  void fill(CameraPath& path) {
    path.path_from_camera.resize(seen_.size());
    path.told.assign(seen_.size(), false);
    for (int f = 0; f < int(seen_.size()); ++f) {
      const auto after = std::lower_bound(keys_.begin(), keys_.end(), f);
      const int next = after == keys_.end() ? keys_.back() : *after;
      const int last = after == keys_.begin() ? keys_.front() : next == f ? f : *(after - 1);
      const double span = times_[next] - times_[last];
      const double share = span > 0 ? std::clamp((times_[f] - times_[last]) / span, 0.0, 1.0) : 0;
      Isometry3d pose =
          pose_between(path_from_camera(poses_.at(last)), path_from_camera(poses_.at(next)), share);
      path.told[f] = f == next || f == last;
      if (!path.told[f]) path.told[f] = resect(f, path.travels, pose);
      path.path_from_camera[f] = pose;
    }
  }

  // False: too few points.
  bool resect(int frame, bool travels, Isometry3d& pose) {
    ceres::Problem problem;
    Pose free = pose_of(pose);
    int count = 0;
    for (const Observation& o : seen_[frame]) {
      const auto point = points_.find(o.track);
      if (point == points_.end()) continue;
      ++count;
      problem.AddResidualBlock(new ceres::AutoDiffCostFunction<DirectionError, 3, 6, 1, 4>(
                                   new DirectionError{o.x, kFollowedSide / kPixelSigma}),
                               new ceres::CauchyLoss(kLoss), free.data(), &log_focal_, point->second.data());
      problem.SetParameterBlockConstant(point->second.data());
    }
    if (count < kFewPoints) return false;
    problem.SetParameterBlockConstant(&log_focal_);
    if (!travels) problem.SetManifold(free.data(), new ceres::SubsetManifold(6, {3, 4, 5}));
    ceres::Solver::Options options;
    options.linear_solver_type = ceres::DENSE_QR;
    options.max_num_iterations = 15;
    options.logging_type = ceres::SILENT;
    ceres::Solver::Summary summary;
    ceres::Solve(options, &problem, &summary);
    pose = path_from_camera(free);
    return true;
  }

  void add_known_points(CameraPath& path) const {
    std::map<int, std::vector<Vector3d>> rays;  // towards the point, path frame
    for (const int key : keys_) {
      for (const Observation& o : seen_[key]) {
        const auto X = place(points_.at(o.track));
        if (X && error_of(poses_.at(key), o) < kLoss * kPixelSigma * 2)
          rays[o.track].push_back((*X - path_from_camera(poses_.at(key)).translation()).normalized());
      }
    }
    for (const auto& [track, directions] : rays) {
      double widest = 0;
      for (const Vector3d& d : directions) widest = std::max(widest, (d - directions.front()).norm());
      if (directions.size() > 1 && widest > kKnownPoint) path.points[track] = *place(points_.at(track));
    }
  }

  const std::vector<double>& times_;
  FilmingCamera camera_;
  const Progress& progress_;
  double side_ = 1, log_focal_ = 0;
  bool told_focal_ = false;
  std::vector<std::vector<Observation>> seen_;  // of each frame
  std::vector<int> keys_;                       // frames that are adjusted together
  std::map<int, Pose> poses_;                   // of keys
  std::map<int, Point> points_;                 // by track
};

}  // namespace

Isometry3d pose_between(const Isometry3d& a, const Isometry3d& b, double share) {
  Isometry3d result = Isometry3d::Identity();
  result.linear() = Eigen::Quaterniond(a.linear()).slerp(share, Eigen::Quaterniond(b.linear())).matrix();
  result.translation() = (1 - share) * a.translation() + share * b.translation();
  return result;
}

CameraPath find_camera_path(const BackgroundTracks& tracks, const std::vector<double>& times,
                            const FilmingCamera& camera, const Progress& progress) {
  return PathSearch(tracks, times, camera, progress).run();
}

}  // namespace ahap
