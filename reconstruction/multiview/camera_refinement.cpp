#include "reconstruction/multiview/camera_refinement.h"

#include <ceres/ceres.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <future>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>

#include "reconstruction/geometry/level_camera.h"
#include "reconstruction/geometry/manhattan_consensus.h"
#include "reconstruction/multiview/people_residuals.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {
namespace {

using Body = std::array<Eigen::Vector3d, kSmplJoints>;

constexpr double kBodySize =
    0.7;  // metres: a joint nobody knows anything else about lies about so far from the key point
constexpr double kShapeFloor = 0.02;  // metres: no joint is known better than that from a single view
constexpr double kOutlier = 4;        // standard deviations beyond which a measurement costs no more
constexpr double kTie = 0.5;          // costs that differ by less say nothing
constexpr double kWrongShare = 0.6;   // of its measurements outlying, a detection counts as somebody else's

// What is solved for per detection.
struct Observation {
  int detection = 0;
  bool used = true;
  bool left_right_swapped = false;
  Eigen::Vector2d offset = Eigen::Vector2d::Zero();  // of its 2D joints, pixels: seen = projected + offset
  Eigen::Vector3d turn =
      Eigen::Vector3d::Zero();  // axis-angle in the camera: true = turn * as the single view sees it
};

// ... per person.
struct Track {
  int person = 0;
  std::vector<Observation> observations;
  Body joints;  // world

  int used() const {
    return int(std::count_if(observations.begin(), observations.end(), [](const auto& s) { return s.used; }));
  }
};

double cauchy(double squared) {
  return 0.5 * kCauchy * kCauchy * std::log1p(squared / (kCauchy * kCauchy));
}

const double kRoomWrong =
    cauchy(kOutlier * kOutlier);  // cost of a view that sees another room than the others

// One start, followed to its minimum.
class Adjustment {
 public:
  Adjustment(std::span<const PeopleView> views, std::span<const PeopleDetection> detections,
             const CamerasFromPeople& start, const CameraRefinementOptions& options)
      : views_(views), detections_(detections), start_(&start), options_(options), cameras_(views.size()) {
    for (std::size_t v = 0; v < views.size(); ++v) {
      cameras_[v].start_rotation = start.views[v].world_from_camera.linear();
      cameras_[v].center = start.views[v].world_from_camera.translation();
    }
    std::map<int, Track> of_person;
    for (int i = 0; i < int(detections.size()); ++i) {
      const auto& d = detections[i];
      const bool finite =
          d.keypoint.allFinite() && std::isfinite(d.depth) &&
          std::all_of(d.joints.begin(), d.joints.end(), [](const auto& X) { return X.allFinite(); });
      if (d.person < 0 || !start.views[d.view].estimated || !finite || !(d.depth > 0)) continue;
      const auto& inliers = start.views[d.view].inliers;
      Observation observation;
      observation.detection = i;
      observation.used = std::find(inliers.begin(), inliers.end(), d.person) != inliers.end();
      of_person[d.person].observations.push_back(observation);
    }
    for (auto& [person, track] : of_person) {
      if (track.observations.size() < 2) continue;
      track.person = person;
      place(track);
      tracks_.push_back(std::move(track));
    }
  }

  bool empty() const {
    return std::none_of(tracks_.begin(), tracks_.end(), [](const auto& s) { return s.used() >= 2; });
  }

  // Minimises the robust cost; sigmas of pixels are multiplied by slack. False when the solver found no
  // usable answer.
  bool solve(double slack, int iterations) {
    find_room();
    ceres::Problem problem;
    EliminationOrder ordering;
    problem.AddParameterBlock(&manhattan_yaw_, 1);
    ordering.append(&manhattan_yaw_);
    int dense_size = 0;
    for (int v = 0; v < int(views_.size()); ++v) {
      if (start_->views[v].estimated) add_camera(problem, ordering, v);
      dense_size += 7;
    }
    for (auto& track : tracks_) {
      if (track.used() < 2) continue;
      add_person(problem, ordering, track, slack);
      dense_size += 3 + 5 * track.used();
    }
    ceres::Solver::Options solver;
    // The joints but the key points depend on each other through the rest only: they are eliminated first.
    solver.linear_solver_type = dense_size < 1000 ? ceres::DENSE_SCHUR : ceres::SPARSE_SCHUR;
    solver.linear_solver_ordering = ordering.blocks;
    solver.max_num_iterations = iterations;
    solver.function_tolerance = 1e-4;
    solver.logging_type = ceres::SILENT;
    ceres::Solver::Summary summary;
    ceres::Solve(solver, &problem, &summary);
    return summary.IsSolutionUsable() && std::isfinite(summary.final_cost);
  }

  // Decides again who agrees with the others and whose left is right.
  void reject_outliers() {
    for (auto& track : tracks_) {
      if (track.used() < 2) continue;
      for (auto& observation : track.observations) {
        Observation left_right_swapped = observation;
        left_right_swapped.left_right_swapped = !observation.left_right_swapped;
        left_right_swapped.turn = Observation{}.turn;
        if (reprojection_cost(track, left_right_swapped, 1) < reprojection_cost(track, observation, 1))
          observation = left_right_swapped;
        observation.used = reprojection_cost(track, observation, 1) < wrong_cost(observation);
      }
    }
  }

  // People of whose observations no two are left that agree get another chance with the two that agree best,
  // each view's body taken as it sees it: one wrong observation may have spoilt the others.
  void reseed_track() {
    for (auto& track : tracks_) {
      const int count = int(track.observations.size());
      if (track.used() >= 2 || count < 3) continue;
      std::optional<Track> best;
      double least = std::numeric_limits<double>::infinity();
      for (int a = 0; a < count; ++a) {
        for (int b = 0; b < a; ++b) {
          Track pair = track;
          for (int i = 0; i < count; ++i)
            pair.observations[i] = {track.observations[i].detection, i == a || i == b};
          place(pair);
          const Observation &one = pair.observations[a], &other = pair.observations[b];
          const double cost = body_cost(pair);
          if (cost >= least || cost >= wrong_cost(one) + wrong_cost(other)) continue;
          if (std::max(depth_error(pair, one), depth_error(pair, other)) > kOutlier / 2)
            continue;  // halfway between two
          least = cost;
          best = std::move(pair);
        }
      }
      if (best) track = std::move(*best);
    }
  }

  // Comparable between starts: what does not agree costs a fixed amount. How well the bodies' shapes agree is
  // left out, since it hardly depends on the cameras.
  double total_cost() const {
    double cost = 0;
    for (const auto& track : tracks_) {
      const bool alone = track.used() < 2;
      double dearest = 0;
      for (const auto& observation : track.observations) {
        const double wrong = wrong_cost(observation);
        dearest = std::max(dearest, wrong);
        if (alone || !observation.used) {
          cost += wrong;
          continue;
        }
        cost += observation_cost(track, observation);
      }
      if (alone) cost -= dearest;
    }
    for (std::size_t v = 0; v < views_.size(); ++v) {
      if (!start_->views[v].estimated) continue;
      if (!views_[v].room.empty()) cost += room_cost(v);
      const Eigen::Vector3d up = cameras_[v].world_from_camera().linear() * views_[v].up.normalized();
      cost += 0.5 * (up.x() * up.x() + up.z() * up.z()) / (views_[v].up_sigma * views_[v].up_sigma);
      if (views_[v].focal_sigma > 0) cost += 0.5 * std::pow(cameras_[v].log_focal / views_[v].focal_sigma, 2);
    }
    return cost;
  }

  // By how much the observations of one person are likelier together than as different identities: what
  // agrees gains what its disagreement would cost, but for the one observation that anything agrees with.
  double evidence(const Track& track) const {
    if (track.used() < 2) return 0;
    double gain = 0, dearest = 0;
    for (const auto& observation : track.observations) {
      dearest = std::max(dearest, wrong_cost(observation));
      if (observation.used) gain += wrong_cost(observation) - observation_cost(track, observation);
    }
    return gain - dearest;
  }

  // ... of all people who are likelier so.
  double evidence() const {
    double gain = 0;
    for (const auto& track : tracks_) gain += std::max(0.0, evidence(track));
    // Views that see one room, likewise.
    double least = 0;
    for (std::size_t v = 0; v < views_.size(); ++v) {
      if (views_[v].room.empty() || !start_->views[v].estimated) continue;
      const double agreement = kRoomWrong - room_cost(int(v));
      gain += agreement;
      least = std::max(least, agreement);
    }
    return gain - least;
  }

  RefinedCameras result() const {
    RefinedCameras result;
    result.used.assign(detections_.size(), false);
    result.left_right_swapped.assign(detections_.size(), false);
    for (std::size_t v = 0; v < views_.size(); ++v) {
      result.K.push_back(views_[v].K);
      result.K[v].topLeftCorner<2, 2>() *= std::exp(cameras_[v].log_focal);
      result.world_from_camera.push_back(cameras_[v].world_from_camera());
      result.estimated.push_back(start_->views[v].estimated);
    }
    for (const auto& track : tracks_) {
      const int person = track.person;
      if (int(result.joints.size()) <= person) result.joints.resize(person + 1);
      if (evidence(track) <= 0) continue;
      result.joints[person].assign(track.joints.begin(), track.joints.end());
      for (const auto& observation : track.observations) {
        result.used[observation.detection] = observation.used;
        result.left_right_swapped[observation.detection] = observation.left_right_swapped;
      }
    }
    if (std::any_of(room_heading_.begin(), room_heading_.end(),
                    [](const auto* heading) { return heading; })) {
      result.manhattan_yaw = manhattan_yaw_;
    }
    result.reference_view = start_->reference_view;
    result.evidence = evidence();
    result.refined = true;
    return result;
  }

 private:
  double yaw(int view) const { return level_yaw(cameras_[view].world_from_camera().linear()); }

  void find_room() {
    std::vector<SeenRoom> seen(views_.size());
    for (std::size_t v = 0; v < views_.size(); ++v) {
      if (start_->views[v].estimated) seen[v] = {yaw(int(v)), views_[v].room};
    }
    RoomAgreement room = agree_on_room(seen);
    room_heading_ = std::move(room.heading);
    if (room.yaw) manhattan_yaw_ = *room.yaw;
  }

  double room_cost(int view) const {
    const ManhattanYaw* heading = room_heading_.empty() ? nullptr : room_heading_[view];
    if (!heading) return kRoomWrong;
    const double off = yaw_residual(yaw(view), *heading, manhattan_yaw_) / heading->sigma;
    return std::min(kRoomWrong, cauchy(off * off));
  }

  double side(int view) const { return std::max(views_[view].width, views_[view].height); }

  double joint_sigma(const PeopleDetection& d, int joint) const {  // pixels; 0: not seen
    if (d.joints2d.empty() || !d.joints2d[joint].allFinite()) return 0;
    if (d.joints2d_sigma.empty()) return options_.joints2d_sigma[joint] * views_[d.view].K(0, 0) / d.depth;
    return std::max(0.0, d.joints2d_sigma[joint]);
  }

  double keypoint_sigma(const PeopleDetection& d) const {  // pixels
    return d.keypoint_sigma > 0 ? d.keypoint_sigma : options_.keypoint_sigma * side(d.view);
  }

  static int seen_joint(const Observation& observation, int joint) {
    return observation.left_right_swapped ? kMirroredJoints[joint] : joint;
  }

  // The person's joints as the mean of what the single views say, with left and right as they agree best.
  void place(Track& track) const {
    average(track);
    for (int sweep = 0; sweep < 2; ++sweep) {
      for (auto& observation : track.observations) {
        if (!observation.used || detections_[observation.detection].joints.empty()) continue;
        const double before = body_cost(track);
        observation.left_right_swapped = !observation.left_right_swapped;
        average(track);
        if (body_cost(track) < before) continue;
        observation.left_right_swapped = !observation.left_right_swapped;
        average(track);
      }
    }
  }

  void average(Track& track) const {
    track.joints.fill(Eigen::Vector3d::Zero());
    for (const auto& observation : track.observations) {
      if (!observation.used) continue;
      const auto& d = detections_[observation.detection];
      const Eigen::Isometry3d world_from_camera = cameras_[d.view].world_from_camera();
      const Eigen::Vector3d ray = views_[d.view].K.inverse() * d.keypoint.homogeneous();
      for (int j = 0; j < kSmplJoints; ++j) {
        Eigen::Vector3d x = ray * d.depth / ray.z();
        if (!d.joints.empty()) x += d.joints[seen_joint(observation, j)] - d.joints[options_.keypoint_joint];
        track.joints[j] += world_from_camera * x / double(track.used());
      }
    }
  }

  double body_cost(const Track& track) const {
    double cost = 0;
    for (const auto& observation : track.observations) {
      if (observation.used) cost += reprojection_cost(track, observation, 4);
    }
    return cost;
  }

  double reprojection_cost(const Track& track, const Observation& observation, double slack) const {
    const auto& d = detections_[observation.detection];
    const CameraVariables& camera = cameras_[d.view];
    const Eigen::Isometry3d camera_from_world = camera.world_from_camera().inverse();
    Eigen::Matrix3d K = views_[d.view].K;
    K.topLeftCorner<2, 2>() *= std::exp(camera.log_focal);
    const auto term = [&](const Eigen::Vector3d& X, const Eigen::Vector2d& pixel, double sigma) {
      const Eigen::Vector3d x = camera_from_world * X;
      if (x.z() < kNearest) return joint_wrong_cost();
      return std::min(joint_wrong_cost(),
                      cauchy(((K * x).hnormalized() - pixel).squaredNorm() / (sigma * sigma)));
    };
    double cost = term(track.joints[options_.keypoint_joint], d.keypoint, keypoint_sigma(d) * slack);
    for (int j = 0; j < kSmplJoints; ++j) {
      const int seen = seen_joint(observation, j);
      const double sigma = joint_sigma(d, seen);
      if (sigma > 0) cost += term(track.joints[j], d.joints2d[seen] - observation.offset, sigma * slack);
    }
    const double e = depth_error(track, observation);
    return cost + std::min(joint_wrong_cost(), cauchy(e * e));
  }

  // Of the key point's depth as the single view sees it, standard deviations.
  double depth_error(const Track& track, const Observation& observation) const {
    const auto& d = detections_[observation.detection];
    const CameraVariables& camera = cameras_[d.view];
    const Eigen::Vector3d X = camera.world_from_camera().inverse() * track.joints[options_.keypoint_joint];
    const double expected = std::log(d.depth) + (options_.depth_follows_focal ? camera.log_focal : 0);
    return std::abs(std::log(std::max(kNearest, X.z())) - expected) / d.depth_sigma;
  }

  // Of a observation that agrees: its pixels and depth, its common shift and its turn.
  double observation_cost(const Track& track, const Observation& observation) const {
    const double shift =
        observation.offset.norm() / (options_.shared2d_sigma * side(detections_[observation.detection].view));
    const double turn = observation.turn.norm() / options_.turn_sigma;
    return std::min(1.5 * wrong_cost(observation), reprojection_cost(track, observation, 1) +
                                                       0.5 * shift * shift + 0.5 * std::log1p(turn * turn));
  }

  static double joint_wrong_cost() { return cauchy(kOutlier * kOutlier); }

  double wrong_cost(const Observation& observation) const {
    const auto& d = detections_[observation.detection];
    double observed = 2;
    for (int j = 0; j < kSmplJoints; ++j) observed += joint_sigma(d, j) > 0;
    return kWrongShare * observed * joint_wrong_cost();
  }

  void add_camera(ceres::Problem& problem, EliminationOrder& ordering, int v) {
    CameraVariables& camera = cameras_[v];
    problem.AddParameterBlock(camera.turn.data(), 3);
    problem.AddParameterBlock(camera.center.data(), 3);
    problem.AddParameterBlock(&camera.log_focal, 1);
    for (double* block : {camera.turn.data(), camera.center.data(), &camera.log_focal}) {
      ordering.append(block);
    }
    if (v == start_->reference_view) {  // the world hangs on this camera's place and yaw
      problem.SetParameterBlockConstant(camera.center.data());
      problem.SetManifold(camera.turn.data(), new ceres::SubsetManifold(3, {1}));
    }
    problem.AddResidualBlock(
        cost<GravityPrior, 2, 3>({camera.start_rotation * views_[v].up.normalized(), views_[v].up_sigma}),
        nullptr, camera.turn.data());
    if (const ManhattanYaw* heading = room_heading_[v]) {
      const double now = yaw(v),
                   seen_yaw = now - manhattan_yaw_ - yaw_residual(now, *heading, manhattan_yaw_);
      problem.AddResidualBlock(
          cost<RoomPrior, 1, 3, 1>({camera.start_rotation.col(2), seen_yaw, heading->sigma}),
          new ceres::CauchyLoss(kCauchy), camera.turn.data(), &manhattan_yaw_);
    }
    if (views_[v].focal_sigma > 0) {
      problem.AddResidualBlock(cost<ZeroPrior<1>, 1, 1>({views_[v].focal_sigma}), nullptr, &camera.log_focal);
    } else {
      problem.SetParameterBlockConstant(&camera.log_focal);
    }
  }

  void add_person(ceres::Problem& problem, EliminationOrder& ordering, Track& track, double slack) {
    double* keypoint = track.joints[options_.keypoint_joint].data();
    problem.AddParameterBlock(keypoint, 3);
    ordering.append(keypoint);
    for (int j = 0; j < kSmplJoints; ++j) {
      if (j == options_.keypoint_joint) continue;
      problem.AddResidualBlock(cost<NearPrior, 3, 3, 3>({kBodySize}), nullptr, keypoint,
                               track.joints[j].data());
      ordering.eliminate_first(track.joints[j].data());
    }
    for (auto& observation : track.observations) {
      if (!observation.used) continue;
      const auto& d = detections_[observation.detection];
      CameraVariables& camera = cameras_[d.view];
      const auto reprojection = [&](const Eigen::Vector2d& pixel, double sigma, double* X, double* offset) {
        problem.AddResidualBlock(cost<Reprojection, 2, 3, 3, 1, 3, 2>(
                                     {camera.start_rotation, views_[d.view].K, pixel, sigma * slack}),
                                 new ceres::CauchyLoss(kCauchy), camera.turn.data(), camera.center.data(),
                                 &camera.log_focal, X, offset);
      };
      reprojection(d.keypoint, keypoint_sigma(d), keypoint, no_offset_.data());
      problem.SetParameterBlockConstant(no_offset_.data());
      problem.AddResidualBlock(cost<DepthPrior, 1, 3, 3, 1, 3>({camera.start_rotation, d.depth, d.depth_sigma,
                                                                options_.depth_follows_focal}),
                               new ceres::CauchyLoss(kCauchy), camera.turn.data(), camera.center.data(),
                               &camera.log_focal, keypoint);
      if (!d.joints2d.empty()) {
        problem.AddResidualBlock(cost<ZeroPrior<2>, 2, 2>({options_.shared2d_sigma * side(d.view)}), nullptr,
                                 observation.offset.data());
        ordering.append(observation.offset.data());
      }
      if (!d.joints.empty()) {
        problem.AddResidualBlock(cost<ZeroPrior<3>, 3, 3>({options_.turn_sigma}), new ceres::CauchyLoss(1),
                                 observation.turn.data());
        ordering.append(observation.turn.data());
      }
      for (int j = 0; j < kSmplJoints; ++j) {
        const int seen = seen_joint(observation, j);
        const double sigma = joint_sigma(d, seen);
        if (sigma > 0)
          reprojection(d.joints2d[seen], sigma, track.joints[j].data(), observation.offset.data());
        if (d.joints.empty() || j == options_.keypoint_joint) continue;
        const Eigen::Vector3d arm = d.joints[seen] - d.joints[options_.keypoint_joint];
        problem.AddResidualBlock(
            cost<ShapePrior, 3, 3, 3, 3, 3>(
                {camera.start_rotation, arm, options_.shape_sigma * arm.norm() + kShapeFloor}),
            new ceres::CauchyLoss(kCauchy), camera.turn.data(), observation.turn.data(), keypoint,
            track.joints[j].data());
      }
    }
  }

  std::span<const PeopleView> views_;
  std::span<const PeopleDetection> detections_;
  const CamerasFromPeople* start_;
  CameraRefinementOptions options_;
  std::vector<CameraVariables> cameras_;
  std::vector<Track> tracks_;  // seen twice or more, by person
  Eigen::Vector2d no_offset_ = Eigen::Vector2d::Zero();
  double manhattan_yaw_ = 0;                       // of the room's axes in the world
  std::vector<const ManhattanYaw*> room_heading_;  // of each view, the one that is the room's; null: none
};

std::launch threads_for(int runs) {
  return runs > 1 ? std::launch::async : std::launch::deferred;
}

}  // namespace

RefinedCameras unrefined_cameras(std::span<const PeopleView> views,
                                 std::span<const Eigen::Isometry3d> world_from_camera) {
  RefinedCameras cameras;
  for (const PeopleView& view : views) cameras.K.push_back(view.K);
  cameras.world_from_camera.assign(world_from_camera.begin(), world_from_camera.end());
  cameras.estimated.assign(views.size(), true);
  return cameras;
}

RefinedCameras refine_cameras(std::span<const PeopleView> views, std::span<const PeopleDetection> detections,
                              std::span<const CamerasFromPeople> starts,
                              const CameraRefinementOptions& options) {
  if (starts.empty()) throw std::invalid_argument("camera refinement: no camera hypothesis to start from");
  struct Candidate {
    Adjustment adjustment;
    int start;
    double cost;
  };
  // The joints say less about far-apart hypotheses than the places and headings that proposed them: both
  // count.
  const auto cost_of = [&](const Adjustment& adjustment, int start) {
    return adjustment.total_cost() + starts[start].cost - starts[0].cost;
  };

  // A short run from every start, pixels taken lightly at first; then the most promising ones to the end.
  const int joints = kSmplJoints * std::max(1, int(detections.size()));
  const int tried = std::clamp(options.max_joints / joints, 1, int(starts.size()));
  const auto short_run = [&](int start) -> std::optional<Candidate> {
    Adjustment adjustment(views, detections, starts[start], options);
    if (adjustment.empty() || !adjustment.solve(3, 8)) return {};
    adjustment.reject_outliers();
    adjustment.reseed_track();
    if (adjustment.empty() || !adjustment.solve(1, 8)) return {};
    const double cost = cost_of(adjustment, start);
    return Candidate{std::move(adjustment), start, cost};
  };
  std::vector<std::future<std::optional<Candidate>>> runs;
  for (int i = 0; i < tried; ++i) runs.push_back(std::async(threads_for(tried), short_run, i));
  std::vector<Candidate> candidates;
  for (auto& run : runs) {
    if (auto candidate = run.get()) candidates.push_back(std::move(*candidate));
  }
  std::sort(candidates.begin(), candidates.end(),
            [](const auto& a, const auto& b) { return a.cost < b.cost; });
  if (int(candidates.size()) > options.starts) {
    candidates.erase(candidates.begin() + std::max(1, options.starts), candidates.end());
  }
  const auto finish = [&](Candidate& candidate) {
    Adjustment finished = candidate.adjustment;
    finished.reject_outliers();
    finished.reseed_track();
    if (finished.empty() || !finished.solve(1, options.last_iterations)) return;
    finished.reject_outliers();
    const double cost = cost_of(finished, candidate.start);
    if (cost <= candidate.cost) candidate = {std::move(finished), candidate.start, cost};
  };
  std::vector<std::future<void>> finishing;
  if (options.last_iterations > 0) {
    for (Candidate& candidate : candidates) {
      finishing.push_back(std::async(threads_for(int(candidates.size())), finish, std::ref(candidate)));
    }
  }
  for (auto& one : finishing) one.get();
  const Candidate* best = nullptr;
  for (const Candidate& candidate : candidates) {
    if (std::isfinite(candidate.cost) && (!best || candidate.cost < best->cost)) best = &candidate;
  }

  const Adjustment unchanged(views, detections, starts[0], options);
  if (!best || best->cost > unchanged.total_cost() + kTie) {
    RefinedCameras result = unchanged.result();
    result.refined = false;
    result.reason = unchanged.empty() ? "nobody is seen in two views" : "no better cameras were found";
    return result;
  }
  RefinedCameras result = best->adjustment.result();
  result.start = best->start;
  return result;
}

}  // namespace ahap
