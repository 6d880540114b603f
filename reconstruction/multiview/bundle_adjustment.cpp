#include "reconstruction/multiview/bundle_adjustment.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/geometry/level_camera.h"
#include "reconstruction/multiview/people_residuals.h"

namespace ahap {
namespace {

constexpr int kPoseSize = 3 + 3 * kSmplJoints;

// A person's parameters: the pelvis, then for every joint the axis-angle that turns its rotation: R = exp(w)
// R_start.
using PoseParameters = std::array<double, kPoseSize>;

template <typename T>
using Vector3 = Eigen::Matrix<T, 3, 1>;
template <typename T>
using Matrix3 = Eigen::Matrix<T, 3, 3>;

template <typename T>
Matrix3<T> turned(const T* axis_angle, const Eigen::Matrix3d& start) {
  Matrix3<T> R;
  ceres::AngleAxisToRotationMatrix(axis_angle, R.data());  // column major, like Eigen
  return R * start.cast<T>();
}

template <typename T>
std::array<Vector3<T>, kSmplJoints> forward_kinematics(const AdjustedPerson& person, const T* parameters) {
  std::array<Vector3<T>, kSmplJoints> joints;
  std::array<Matrix3<T>, kSmplJoints> world;
  for (int j = 0; j < kSmplJoints; ++j) {
    const Matrix3<T> R = turned(parameters + 3 + 3 * j, person.rotations[j]);
    if (j == 0) {
      joints[0] = Eigen::Map<const Vector3<T>>(parameters);
      world[0] = R;
      continue;
    }
    const int parent = kSmplParents[j];
    const Eigen::Vector3d bone = person.rest_joints[j] - person.rest_joints[parent];
    joints[j] = joints[parent] + world[parent] * bone.cast<T>();
    world[j] = world[parent] * R;
  }
  return joints;
}

// All joints of one person in one view, their common shift, and the key point's depth. `trust` scales each
// residual.
struct ObservationCost {
  const AdjustedPerson* person;
  const JointObservation* observation;
  const Camera* camera;
  double depth_sigma;
  int keypoint_joint;
  std::array<double, kSmplJoints> sigma = {};      // pixels; 0: not seen
  std::array<double, kSmplJoints + 1> trust = {};  // of the joints and the depth

  template <typename T>
  bool operator()(const T* turn, const T* center, const T* log_focal, const T* pose, const T* shift,
                  T* residual) const {
    const auto joints = forward_kinematics(*person, pose);
    const Eigen::Matrix3d start = camera->world_from_camera.linear();
    for (int j = 0; j < kSmplJoints; ++j) {
      residual[2 * j] = residual[2 * j + 1] = T(0);
      if (sigma[j] <= 0) continue;
      const Vector3<T> x = in_camera(start, turn, center, joints[j].data());
      reprojection_error(camera->K, log_focal[0], x, shift, observation->joints2d[j], residual + 2 * j);
      for (int k = 0; k < 2; ++k) residual[2 * j + k] *= T(trust[j] / sigma[j]);
    }
    T& depth = residual[2 * kSmplJoints];
    depth = T(0);
    if (observation->depth > 0) {
      const DepthPrior prior{start, observation->depth, depth_sigma, /*follows_focal=*/true};
      prior(turn, center, log_focal, joints[keypoint_joint].data(), &depth);
      depth *= T(trust[kSmplJoints]);
    }
    return true;
  }
};
constexpr int kObservationResiduals = 2 * kSmplJoints + 1;

// Rotations stay near given ones.
struct PoseCost {
  int person;
  std::array<Eigen::Vector3d, kSmplJoints> toward = {};  // axis-angle from the start to the given rotations
  std::array<double, kSmplJoints> sigma = {}, trust = {};

  template <typename T>
  bool operator()(const T* pose, T* residual) const {
    for (int j = 0; j < kSmplJoints; ++j) {
      for (int k = 0; k < 3; ++k)
        residual[3 * j + k] = (pose[3 + 3 * j + k] - toward[j][k]) * (trust[j] / sigma[j]);
    }
    return true;
  }
};

// Square root of the weight of a Cauchy loss at a residual that was `norm` standard deviations.
double cauchy_trust(double squared_norm) {
  return 1 / std::sqrt(1 + squared_norm / (kCauchy * kCauchy));
}

// The problem of one call. Parameters lie in order in memory and blocks are eliminated in that order: the
// same input gives the same bits.
class BodyAdjustment {
 public:
  BodyAdjustment(std::span<AdjustedView> views, std::span<AdjustedPerson> people, int fixed_view,
                 const BundleAdjustmentOptions& options)
      : views_(views),
        people_(people),
        fixed_view_(fixed_view),
        options_(options),
        cameras_(views.size()),
        poses_(people.size(), PoseParameters{}),
        used_(views.size(), false) {
    for (std::size_t v = 0; v < views.size(); ++v) {
      cameras_[v].start_rotation = views[v].camera.world_from_camera.linear();
      cameras_[v].center = views[v].camera.center();
    }
    for (int p = 0; p < int(people.size()); ++p) collect(p);
    shifts_.assign(seen_.size(), {0, 0});
  }

  BundleAdjustment adjust() {
    BundleAdjustment result;
    if (seen_.empty()) {
      result.reason = "nobody's joints were seen";
      return result;
    }
    for (int round = 0; round < options_.rounds; ++round) {
      const ceres::Solver::Summary summary = solve();
      if (!summary.IsSolutionUsable() || !std::isfinite(summary.final_cost)) {
        result.reason = "the solver found no answer";
        return result;
      }
      if (round == 0) result.cost_before = summary.initial_cost;
      result.cost_after = summary.final_cost;
      weigh_anew();
    }
    write_back();
    result.adjusted = true;
    return result;
  }

 private:
  void collect(int p) {
    const AdjustedPerson& person = people_[p];
    std::copy_n(person.pelvis.data(), 3, poses_[p].begin());
    if (person.observations.empty()) return;
    pose_costs_.push_back(pose_cost(p, person.rotations, options_.decoded_share));
    for (const JointObservation& observation : person.observations) {
      const AdjustedView& view = views_[observation.view];
      const double z = (view.camera.world_from_camera.inverse() * person.pelvis).z();
      if (!(z > kNearest) || !person.pelvis.allFinite()) continue;
      const ObservationCost cost = observation_cost(person, observation, z);
      if (std::none_of(cost.sigma.begin(), cost.sigma.end(), [](double sigma) { return sigma > 0; }))
        continue;
      seen_.push_back(cost);
      person_of_seen_.push_back(p);
      used_[observation.view] = true;
      if (!observation.rotations) continue;
      auto rotations = *observation.rotations;
      rotations[0] = view.camera.world_from_camera.linear() * rotations[0];
      pose_costs_.push_back(pose_cost(p, rotations, 1));
    }
  }

  PoseCost pose_cost(int p, const std::array<Eigen::Matrix3d, kSmplJoints>& near, double share) const {
    PoseCost cost{.person = p};
    cost.trust.fill(1);
    for (int j = 0; j < kSmplJoints; ++j) {
      cost.toward[j] = rotation_vector(near[j] * people_[p].rotations[j].transpose());
      cost.sigma[j] = share * (j == 0 ? options_.turn_sigma : options_.pose_sigma);
    }
    return cost;
  }

  // z: depth of the pelvis, metres.
  ObservationCost observation_cost(const AdjustedPerson& person, const JointObservation& observation,
                                   double z) const {
    const AdjustedView& view = views_[observation.view];
    ObservationCost cost{
        .person = &person,
        .observation = &observation,
        .camera = &view.camera,
        .depth_sigma = observation.depth_sigma > 0 ? observation.depth_sigma : options_.depth_sigma,
        .keypoint_joint = options_.keypoint_joint};
    cost.trust.fill(1);
    for (int j = 0; j < kSmplJoints; ++j) {
      const double own = observation.joints2d_sigma.empty()
                             ? options_.joints2d_sigma[j] * view.camera.K(0, 0) / z
                             : observation.joints2d_sigma[j];
      const bool known =
          j < int(observation.joints2d.size()) && observation.joints2d[j].allFinite() && own > 0;
      cost.sigma[j] = known ? options_.joints2d_slack * own : 0;
    }
    return cost;
  }

  ceres::Solver::Summary solve() {
    ceres::Problem problem;
    EliminationOrder order;
    for (const PoseCost& prior : pose_costs_) {
      order.eliminate_first(poses_[prior.person].data());
      problem.AddResidualBlock(cost<PoseCost, 3 * kSmplJoints, kPoseSize>(prior), nullptr,
                               poses_[prior.person].data());
    }
    for (int v = 0; v < int(views_.size()); ++v) {
      if (used_[v]) add_camera(v, problem, order);
    }
    if (problem.HasParameterBlock(&manhattan_yaw_)) order.append(&manhattan_yaw_);
    for (std::size_t s = 0; s < seen_.size(); ++s) add_observation(s, problem, order);
    ceres::Solver::Options solver;
    solver.linear_solver_type = ceres::DENSE_SCHUR;
    solver.linear_solver_ordering = order.blocks;
    solver.max_num_iterations = 8;
    solver.function_tolerance = 1e-4;
    solver.logging_type = ceres::SILENT;
    ceres::Solver::Summary summary;
    ceres::Solve(solver, &problem, &summary);
    return summary;
  }

  void add_camera(int v, ceres::Problem& problem, EliminationOrder& order) {
    const AdjustedView& view = views_[v];
    CameraVariables& camera = cameras_[v];
    const Eigen::Isometry3d& start = view.camera.world_from_camera;
    const double center_sigma = v == fixed_view_ ? 1e-3 : view.center_sigma;
    const Eigen::Vector3d up = (start.linear() * view.up).normalized();
    problem.AddResidualBlock(cost<GravityPrior, 2, 3>({up, view.up_sigma}), nullptr, camera.turn.data());
    problem.AddResidualBlock(cost<ZeroPrior<3>, 3, 3>({view.turn_sigma}), nullptr, camera.turn.data());
    problem.AddResidualBlock(cost<CenterPrior, 3, 3>({start.translation(), center_sigma}), nullptr,
                             camera.center.data());
    problem.AddResidualBlock(cost<ZeroPrior<1>, 1, 1>({std::max(1e-6, view.focal_sigma)}), nullptr,
                             &camera.log_focal);
    for (double* block : {camera.turn.data(), camera.center.data(), &camera.log_focal}) order.append(block);
    if (!view.yaw_residual) return;
    const double of_room = level_yaw(start.linear()) - *view.yaw_residual;
    problem.AddResidualBlock(cost<RoomPrior, 1, 3, 1>({start.linear().col(2), of_room, view.room_sigma}),
                             new ceres::CauchyLoss(kCauchy), camera.turn.data(), &manhattan_yaw_);
  }

  void add_observation(std::size_t s, ceres::Problem& problem, EliminationOrder& order) {
    const int v = seen_[s].observation->view;
    CameraVariables& camera = cameras_[v];
    const double side = std::max(views_[v].camera.width, views_[v].camera.height);
    problem.AddResidualBlock(cost<ObservationCost, kObservationResiduals, 3, 3, 1, kPoseSize, 2>(seen_[s]),
                             nullptr, camera.turn.data(), camera.center.data(), &camera.log_focal,
                             poses_[person_of_seen_[s]].data(), shifts_[s].data());
    problem.AddResidualBlock(cost<ZeroPrior<2>, 2, 2>({options_.shared2d_sigma * side}), nullptr,
                             shifts_[s].data());
    order.append(shifts_[s].data());
  }

  void weigh_anew() {
    for (std::size_t s = 0; s < seen_.size(); ++s) {
      ObservationCost& seen = seen_[s];
      const CameraVariables& camera = cameras_[seen.observation->view];
      std::array<double, kObservationResiduals> residual;
      seen.trust.fill(1);
      seen(camera.turn.data(), camera.center.data(), &camera.log_focal, poses_[person_of_seen_[s]].data(),
           shifts_[s].data(), residual.data());
      for (int j = 0; j < kSmplJoints; ++j)
        seen.trust[j] = cauchy_trust(Eigen::Map<Eigen::Vector2d>(&residual[2 * j]).squaredNorm());
      seen.trust[kSmplJoints] = cauchy_trust(residual.back() * residual.back());
    }
    for (PoseCost& prior : pose_costs_) {
      std::array<double, 3 * kSmplJoints> turn;
      prior.trust.fill(1);
      prior(poses_[prior.person].data(), turn.data());
      for (int j = 0; j < kSmplJoints; ++j)
        prior.trust[j] = cauchy_trust(Eigen::Map<Eigen::Vector3d>(&turn[3 * j]).squaredNorm());
    }
  }

  void write_back() {
    for (std::size_t v = 0; v < views_.size(); ++v) {
      Camera& camera = views_[v].camera;
      camera.world_from_camera = cameras_[v].world_from_camera();
      camera.K.topLeftCorner<2, 2>() *= std::exp(cameras_[v].log_focal);
    }
    for (std::size_t p = 0; p < people_.size(); ++p) {
      people_[p].pelvis = Eigen::Map<const Eigen::Vector3d>(poses_[p].data());
      for (int j = 0; j < kSmplJoints; ++j)
        people_[p].rotations[j] = turned(&poses_[p][3 + 3 * j], people_[p].rotations[j]);
    }
  }

  std::span<AdjustedView> views_;
  std::span<AdjustedPerson> people_;
  int fixed_view_;
  const BundleAdjustmentOptions& options_;
  std::vector<CameraVariables> cameras_;
  std::vector<PoseParameters> poses_;
  std::vector<std::array<double, 2>> shifts_;  // of each observation's 2D joints
  double manhattan_yaw_ = 0;                   // as it turns out, against what the views were measured by
  std::vector<ObservationCost> seen_;
  std::vector<int> person_of_seen_;
  std::vector<PoseCost> pose_costs_;
  std::vector<bool> used_;
};

}  // namespace

std::array<Eigen::Vector3d, kSmplJoints> posed_joints(const AdjustedPerson& person) {
  PoseParameters parameters{};
  std::copy_n(person.pelvis.data(), 3, parameters.begin());
  return forward_kinematics<double>(person, parameters.data());
}

BundleAdjustment adjust_bundle(std::span<AdjustedView> views, std::span<AdjustedPerson> people,
                               int fixed_view, const BundleAdjustmentOptions& options) {
  return BodyAdjustment(views, people, fixed_view, options).adjust();
}

}  // namespace ahap
