#include "reconstruction/multiview/bundle_adjustment.h"

#include <ceres/ceres.h>
#include <ceres/rotation.h>

#include <algorithm>
#include <cmath>
#include <memory>

namespace ahap {
namespace {

constexpr double kNearest = 0.05;  // metres: nothing is projected from nearer
constexpr double kCauchy = 1.5;    // standard deviations from which a measurement counts less and less
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

// A camera's parameters: axis-angle in the world applied after its rotation, the centre's shift, log of the
// factor on f.
constexpr int kCameraSize = 7;
using CameraParameters = std::array<double, kCameraSize>;

template <typename T>
Vector3<T> in_camera(const Camera& camera, const T* parameters, const Vector3<T>& X) {
  const Matrix3<T> world_from_camera = turned(parameters, Eigen::Matrix3d(camera.world_from_camera.linear()));
  const Vector3<T> center = camera.center().cast<T>() + Eigen::Map<const Vector3<T>>(parameters + 3);
  Vector3<T> x = world_from_camera.transpose() * (X - center);
  if (x.z() < T(kNearest)) x.z() = T(kNearest);
  return x;
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
  bool operator()(const T* view, const T* pose, const T* shift, T* residual) const {
    const auto joints = forward_kinematics(*person, pose);
    const T focal = ceres::exp(view[6]);
    const Eigen::Matrix3d& K = camera->K;
    for (int j = 0; j < kSmplJoints; ++j) {
      residual[2 * j] = residual[2 * j + 1] = T(0);
      if (sigma[j] <= 0) continue;
      const Vector3<T> x = in_camera(*camera, view, joints[j]);
      const Eigen::Vector2d& seen = observation->joints2d[j];
      residual[2 * j] =
          (K(0, 0) * focal * x.x() / x.z() + K(0, 2) + shift[0] - seen.x()) * (trust[j] / sigma[j]);
      residual[2 * j + 1] =
          (K(1, 1) * focal * x.y() / x.z() + K(1, 2) + shift[1] - seen.y()) * (trust[j] / sigma[j]);
    }
    T& depth = residual[2 * kSmplJoints];
    depth = T(0);
    if (observation->depth > 0) {
      depth =
          (ceres::log(in_camera(*camera, view, joints[keypoint_joint]).z() / observation->depth) - view[6]) *
          (trust[kSmplJoints] / depth_sigma);
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

struct CameraCost {
  Eigen::Vector3d up;  // in the world, as it came in
  double up_sigma, turn_sigma, center_sigma, focal_sigma;

  template <typename T>
  bool operator()(const T* view, T* residual) const {
    const Vector3<T> start = up.cast<T>();
    T now[3];
    ceres::AngleAxisRotatePoint(view, start.data(), now);
    residual[0] = now[0] / up_sigma;
    residual[1] = now[2] / up_sigma;
    for (int k = 0; k < 3; ++k) residual[2 + k] = view[k] / turn_sigma;
    for (int k = 0; k < 3; ++k) residual[5 + k] = view[3 + k] / center_sigma;
    residual[8] = view[6] / focal_sigma;
    return true;
  }
};

struct RoomCost {
  double off, sigma;
  template <typename T>
  bool operator()(const T* view, const T* manhattan_yaw, T* residual) const {
    residual[0] = (view[1] + off - manhattan_yaw[0]) / sigma;
    return true;
  }
};

struct ShiftCost {
  double sigma;
  template <typename T>
  bool operator()(const T* shift, T* residual) const {
    residual[0] = shift[0] / sigma, residual[1] = shift[1] / sigma;
    return true;
  }
};

Eigen::Vector3d axis_angle(const Eigen::Matrix3d& R) {
  const Eigen::AngleAxisd turn(R);
  return turn.angle() * turn.axis();
}

// Square root of the weight of a Cauchy loss at a residual that was `norm` standard deviations.
double cauchy_trust(double squared_norm) {
  return 1 / std::sqrt(1 + squared_norm / (kCauchy * kCauchy));
}

}  // namespace

std::array<Eigen::Vector3d, kSmplJoints> posed_joints(const AdjustedPerson& person) {
  PoseParameters parameters{};
  std::copy_n(person.pelvis.data(), 3, parameters.begin());
  return forward_kinematics<double>(person, parameters.data());
}

BundleAdjustment adjust_bundle(std::span<AdjustedView> views, std::span<AdjustedPerson> people,
                               int fixed_view, const BundleAdjustmentOptions& options) {
  BundleAdjustment result;
  // Parameters lie in order in memory and blocks are eliminated in that order: the same input gives the same
  // bits.
  std::vector<CameraParameters> camera(views.size(), CameraParameters{});
  std::vector<PoseParameters> pose(people.size(), PoseParameters{});
  std::vector<std::array<double, 2>> shift;
  double manhattan_yaw = 0;  // as it turns out, against what the views were measured by
  std::vector<ObservationCost> seen;
  std::vector<PoseCost> poses;
  std::vector<int> person_of_observation;
  std::vector<bool> used(views.size(), false);
  const auto pose_cost = [&](int p, const AdjustedPerson& person,
                             const std::array<Eigen::Matrix3d, kSmplJoints>& near, double share) {
    PoseCost cost{.person = p};
    cost.trust.fill(1);
    for (int j = 0; j < kSmplJoints; ++j) {
      cost.toward[j] = axis_angle(near[j] * person.rotations[j].transpose());
      cost.sigma[j] = share * (j == 0 ? options.turn_sigma : options.pose_sigma);
    }
    return cost;
  };
  for (std::size_t p = 0; p < people.size(); ++p) {
    const AdjustedPerson& person = people[p];
    std::copy_n(person.pelvis.data(), 3, pose[p].begin());
    if (person.observations.empty()) continue;
    poses.push_back(pose_cost(int(p), person, person.rotations, options.decoded_share));
    for (const JointObservation& observation : person.observations) {
      const AdjustedView& view = views[observation.view];
      const double z = (view.camera.world_from_camera.inverse() * person.pelvis).z();
      if (!(z > kNearest) || !person.pelvis.allFinite()) continue;
      ObservationCost cost{
          .person = &person,
          .observation = &observation,
          .camera = &view.camera,
          .depth_sigma = observation.depth_sigma > 0 ? observation.depth_sigma : options.depth_sigma,
          .keypoint_joint = options.keypoint_joint};
      int joints = 0;
      for (int j = 0; j < kSmplJoints; ++j) {
        const double own = observation.joints2d_sigma.empty()
                               ? options.joints2d_sigma[j] * view.camera.K(0, 0) / z
                               : observation.joints2d_sigma[j];
        const bool known =
            j < int(observation.joints2d.size()) && observation.joints2d[j].allFinite() && own > 0;
        cost.sigma[j] = known ? options.joints2d_slack * own : 0;
        joints += known;
      }
      if (joints == 0) continue;
      cost.trust.fill(1);
      seen.push_back(cost);
      if (observation.rotations) {
        auto rotations = *observation.rotations;
        rotations[0] = view.camera.world_from_camera.linear() * rotations[0];
        poses.push_back(pose_cost(int(p), person, rotations, 1));
      }
      person_of_observation.push_back(int(p));
      used[observation.view] = true;
    }
  }
  if (seen.empty()) {
    result.reason = "nobody's joints were seen";
    return result;
  }
  shift.assign(seen.size(), {0, 0});

  for (int round = 0; round < options.rounds; ++round) {
    ceres::Problem problem;
    auto ordering = std::make_shared<ceres::ParameterBlockOrdering>();
    int group = 1;
    for (const PoseCost& prior : poses) {
      ordering->AddElementToGroup(pose[prior.person].data(), 0);
      problem.AddResidualBlock(
          new ceres::AutoDiffCostFunction<PoseCost, 3 * kSmplJoints, kPoseSize>(new PoseCost(prior)), nullptr,
          pose[prior.person].data());
    }
    for (std::size_t v = 0; v < views.size(); ++v) {
      if (!used[v]) continue;
      const bool fixed = int(v) == fixed_view;
      const Eigen::Vector3d up = (views[v].camera.world_from_camera.linear() * views[v].up).normalized();
      const CameraCost prior{up, views[v].up_sigma, views[v].turn_sigma, fixed ? 1e-3 : views[v].center_sigma,
                             std::max(1e-6, views[v].focal_sigma)};
      problem.AddResidualBlock(
          new ceres::AutoDiffCostFunction<CameraCost, 9, kCameraSize>(new CameraCost(prior)), nullptr,
          camera[v].data());
      ordering->AddElementToGroup(camera[v].data(), group++);
      if (!views[v].yaw_residual) continue;
      problem.AddResidualBlock(new ceres::AutoDiffCostFunction<RoomCost, 1, kCameraSize, 1>(
                                   new RoomCost{*views[v].yaw_residual, views[v].room_sigma}),
                               new ceres::CauchyLoss(kCauchy), camera[v].data(), &manhattan_yaw);
    }
    if (problem.HasParameterBlock(&manhattan_yaw)) ordering->AddElementToGroup(&manhattan_yaw, group++);
    for (std::size_t s = 0; s < seen.size(); ++s) {
      const int v = seen[s].observation->view;
      double* const person = pose[person_of_observation[s]].data();
      const double side = std::max(views[v].camera.width, views[v].camera.height);
      problem.AddResidualBlock(
          new ceres::AutoDiffCostFunction<ObservationCost, kObservationResiduals, kCameraSize, kPoseSize, 2>(
              new ObservationCost(seen[s])),
          nullptr, camera[v].data(), person, shift[s].data());
      problem.AddResidualBlock(
          new ceres::AutoDiffCostFunction<ShiftCost, 2, 2>(new ShiftCost{options.shared2d_sigma * side}),
          nullptr, shift[s].data());
      ordering->AddElementToGroup(shift[s].data(), group++);
    }
    ceres::Solver::Options solver;
    solver.linear_solver_type = ceres::DENSE_SCHUR;
    solver.linear_solver_ordering = ordering;
    solver.max_num_iterations = 8;
    solver.function_tolerance = 1e-4;
    solver.logging_type = ceres::SILENT;
    ceres::Solver::Summary summary;
    ceres::Solve(solver, &problem, &summary);
    if (!summary.IsSolutionUsable() || !std::isfinite(summary.final_cost)) {
      result.reason = "the solver found no answer";
      return result;
    }
    if (round == 0) result.cost_before = summary.initial_cost;
    result.cost_after = summary.final_cost;

    for (std::size_t s = 0; s < seen.size(); ++s) {
      std::array<double, kObservationResiduals> residual;
      seen[s].trust.fill(1);
      seen[s](camera[seen[s].observation->view].data(), pose[person_of_observation[s]].data(),
              shift[s].data(), residual.data());
      for (int j = 0; j < kSmplJoints; ++j) {
        seen[s].trust[j] =
            cauchy_trust(residual[2 * j] * residual[2 * j] + residual[2 * j + 1] * residual[2 * j + 1]);
      }
      seen[s].trust[kSmplJoints] = cauchy_trust(residual.back() * residual.back());
    }
    for (PoseCost& prior : poses) {
      std::array<double, 3 * kSmplJoints> turn;
      prior.trust.fill(1);
      prior(pose[prior.person].data(), turn.data());
      for (int j = 0; j < kSmplJoints; ++j)
        prior.trust[j] = cauchy_trust(Eigen::Map<Eigen::Vector3d>(&turn[3 * j]).squaredNorm());
    }
  }

  for (std::size_t v = 0; v < views.size(); ++v) {
    Camera& c = views[v].camera;
    c.world_from_camera.linear() = turned(camera[v].data(), Eigen::Matrix3d(c.world_from_camera.linear()));
    c.world_from_camera.translation() += Eigen::Map<const Eigen::Vector3d>(&camera[v][3]);
    c.K.topLeftCorner<2, 2>() *= std::exp(camera[v][6]);
  }
  for (std::size_t p = 0; p < people.size(); ++p) {
    people[p].pelvis = Eigen::Map<const Eigen::Vector3d>(pose[p].data());
    for (int j = 0; j < kSmplJoints; ++j)
      people[p].rotations[j] = turned(&pose[p][3 + 3 * j], people[p].rotations[j]);
  }
  result.adjusted = true;
  return result;
}

}  // namespace ahap
