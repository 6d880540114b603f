#include "reconstruction/body_fit/body_fit.h"

#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <chrono>
#include <cmath>
#include <iostream>
#include <numeric>

#include "reconstruction/body/posed_vertices.h"
#include "reconstruction/body/procedural_body.h"
#include "reconstruction/body/random_poses.h"
#include "reconstruction/body_fit/body_fit_terms.h"
#include "reconstruction/body_fit/pose_prior.h"
#include "reconstruction/geometry/ray_frame.h"
#include "tests/fixtures/random_geometry.h"

namespace ahap {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector2d;
using Eigen::Vector3d;

const BodyModel& body() {
  static const BodyModel model = procedural_body(BodyDetail::low);
  return model;
}

const FittedBodyModel& model() {
  static const FittedBodyModel prepared = prepare_body(body());
  return prepared;
}

// One of the program's own poses, standing on the floor y = 0 near the origin.
BodyState true_body(Activity activity, unsigned seed) {
  RandomGeometry random(seed);
  BodyState state;
  Skeleton rest;
  for (int b = 0; b < kSmplBetas; ++b) state.betas[b] = random.normal(0.7);
  for (int j = 0; j < kSmplJoints; ++j) rest[j] = model().joints[j].at(state.betas).cast<float>();
  const BodyPose pose = make_pose(activity, rest, seed, 0, 1);
  for (int j = 0; j < kSmplJoints; ++j)
    if (kRotationColumn[j] >= 0) state.rotations[j] = pose.rotations[j].cast<double>();
  state.rotations[0] =
      Eigen::AngleAxisd(random.uniform(-3.1, 3.1), Vector3d::UnitY()).toRotationMatrix() * state.rotations[0];
  const PosedBody posed = pose_body(model(), state);
  double lowest = 1e9;
  for (const int k : {kLeftHeel, kRightHeel, kLeftToe, kRightToe})
    lowest = std::min(lowest, posed.points[k].y() - model().clearance[k]);
  state.root = {random.uniform(-0.5, 0.5), -lowest, random.uniform(-0.5, 0.5)};
  return state;
}

// A camera on a circle of `radius` metres around the origin, 1.6 m high, looking at the middle of a standing
// body.
FitView camera_at(double angle, double radius = 4, double k1 = 0) {
  FitView view;
  view.camera.width = 1280;
  view.camera.height = 960;
  view.camera.K = intrinsics_from_fov(1.1, 1280, 960);
  const Vector3d center(radius * std::sin(angle), 1.6, radius * std::cos(angle)), target(0, 0.9, 0);
  Matrix3d R;
  R.col(2) = (target - center).normalized();
  R.col(0) = R.col(2).cross(Vector3d::UnitY()).normalized();
  R.col(1) = R.col(2).cross(R.col(0));
  view.camera.world_from_camera.linear() = R;
  view.camera.world_from_camera.translation() = center;
  view.radial_distortion = k1;
  return view;
}

// What networks would report of a body, with noise in pixels and in the landmarks' directions.
struct Scene {
  FitEvidence evidence;
  std::vector<PersonObservation> people;

  Scene(const BodyState& truth, const std::vector<FitView>& views, double pixel_noise = 0,
        unsigned seed = 1) {
    RandomGeometry random(seed);
    const PosedBody posed = pose_body(model(), truth);
    evidence.views = views;
    for (int v = 0; v < int(views.size()); ++v) {
      PersonObservation& person = people.emplace_back();
      person.view = v;
      for (int k = 0; k < kBodyPoints; ++k)
        if (const auto pixel = project(views[v], posed.points[k]))
          person.points[k] = {*pixel + pixel_noise * Vector2d(random.normal(), random.normal()),
                              std::max(pixel_noise, 1.0)};
      person.ray_pixel = *project(views[v], posed.joints[0]);
      const Matrix3d world_from_ray =
          views[v].camera.world_from_camera.linear() * camera_from_ray(views[v].camera.K, person.ray_pixel);
      const Matrix3d deviation = random.small_rotation(pixel_noise > 0 ? 0.15 : 0);
      const Vector3d middle = 0.5 * (posed.points[kLeftHip] + posed.points[kRightHip]);
      for (int k = 0; k < kBodyPoints; ++k) {
        person.landmarks[k] = deviation * (world_from_ray.transpose() * (posed.points[k] - middle)) +
                              random.vector(pixel_noise > 0 ? 0.03 : 0);
        person.visibility[k] = 0.9;
      }
    }
    point_to_people();
  }
  Scene(const Scene&) = delete;

  void point_to_people() {
    evidence.observations.clear();
    for (const PersonObservation& person : people) evidence.observations.push_back(&person);
  }
  // The points below the pelvis are cut off by the border.
  void cut_legs() {
    for (PersonObservation& person : people)
      for (int k = kLeftKnee; k <= kRightToe; ++k) {
        person.points[k].sigma = 0;
        person.visibility[k] = 0.05;
      }
  }
};

std::vector<FitView> ring(int count, double k1 = 0) {
  std::vector<FitView> views;
  for (int i = 0; i < count; ++i) views.push_back(camera_at(2 * 3.14159265 * i / count + 0.4, 4, k1));
  if (count == 2) views[1] = camera_at(0.4 + 1.4, 4, k1);
  return views;
}

// Mean distance of the joints, metres, without toes and fingers, which nothing observes.
double mpjpe(const BodyFit& fit, const BodyState& truth) {
  const PosedBody posed = pose_body(model(), truth);
  double sum = 0;
  int count = 0;
  for (int j = 0; j < kSmplJoints; ++j)
    if (kRotationColumn[j] >= 0) sum += (fit.joints[j] - posed.joints[j]).norm(), ++count;
  return sum / count;
}

double angle_between(const Matrix3d& a, const Matrix3d& b) {
  return Eigen::AngleAxisd(a.transpose() * b).angle();
}

constexpr Activity kActivities[] = {Activity::stand, Activity::walk, Activity::sit,  Activity::crouch,
                                    Activity::kneel, Activity::bend, Activity::reach};

TEST(BodyFit, KnownPosesComeBackFromNoiseFreePoints) {
  for (const int views : {4, 2})
    for (const Activity activity : kActivities)
      for (unsigned seed = 1; seed <= 3; ++seed) {
        const BodyState truth = true_body(activity, seed);
        const Scene scene(truth, ring(views));
        const BodyFit fit = fit_body(model(), scene.evidence);
        EXPECT_LT(mpjpe(fit, truth), 0.01)
            << "activity " << int(activity) << ", seed " << seed << ", views " << views;
        EXPECT_LT(fit.rms, 2.5);
      }
}

TEST(BodyFit, NoiseOfFourPixelsCostsLessThanFourCentimetres) {
  for (const int views : {4, 2}) {
    double sum = 0;
    int count = 0;
    for (const Activity activity : kActivities)
      for (unsigned seed = 11; seed <= 14; ++seed) {
        const BodyState truth = true_body(activity, seed);
        const Scene scene(truth, ring(views), 4, seed);
        const BodyFit fit = fit_body(model(), scene.evidence);
        EXPECT_LT(mpjpe(fit, truth), 0.06)
            << "activity " << int(activity) << ", seed " << seed << ", views " << views;
        sum += mpjpe(fit, truth), ++count;
      }
    EXPECT_LT(sum / count, 0.04);
  }
}

TEST(BodyFit, RadialDistortionIsTakenIntoAccount) {
  const BodyState truth = true_body(Activity::walk, 5);
  const Scene scene(truth, ring(3, -0.15));
  EXPECT_LT(mpjpe(fit_body(model(), scene.evidence), truth), 0.01);
  const FitView view = camera_at(0, 4, -0.15);
  const auto pixel = project(view, {1.2, 0.3, 0.5});
  FitView straight = view;
  straight.radial_distortion = 0;
  EXPECT_LT((undistorted(view, *pixel) - *project(straight, {1.2, 0.3, 0.5})).norm(), 1e-6);
}

TEST(BodyFit, OneViewGivesAPlausibleBodyThatReprojects) {
  for (const Activity activity : kActivities)
    for (unsigned seed = 21; seed <= 23; ++seed) {
      const BodyState truth = true_body(activity, seed);
      const Scene scene(truth, {camera_at(0.3)}, 2, seed);
      const BodyFit fit = fit_body(model(), scene.evidence);
      EXPECT_LT(fit.rms, 8) << int(activity) << " " << seed;
      EXPECT_GT(fit.height, 1.4);
      EXPECT_LT(fit.height, 2.05);
      EXPECT_LT((fit.state.root - truth.root).norm(), 0.6) << int(activity) << " " << seed;
      EXPECT_LT(angle_between(fit.state.rotations[0], truth.rotations[0]), 0.6)
          << int(activity) << " " << seed;
    }
}

TEST(BodyFit, LeftAndRightAreNeverSwapped) {
  for (const int views : {1, 2, 4})
    for (const Activity activity : kActivities)
      for (unsigned seed = 31; seed <= 34; ++seed) {
        const BodyState truth = true_body(activity, seed);
        const Scene scene(truth, ring(views), 4, seed);
        const BodyFit fit = fit_body(model(), scene.evidence);
        const PosedBody posed = pose_body(model(), truth);
        for (const int left : {1, 16}) {
          const Vector3d across = posed.joints[left] - posed.joints[left + 1];
          EXPECT_GT((fit.joints[left] - fit.joints[left + 1]).dot(across), 0)
              << int(activity) << " " << seed << " " << views;
        }
      }
}

// The twist of a limb is observed only through what hangs on it. Without hand points nothing tells the twist
// of a straight arm: it must stay where people have it.
TEST(BodyFit, UndeterminedTwistStaysNearRest) {
  BodyState truth = true_body(Activity::stand, 7);
  for (const int joint : {16, 17}) truth.rotations[joint] = rotation_of({0, 0, joint == 16 ? -1.2 : 1.2});
  for (const int joint : {13, 14, 18, 19, 20, 21}) truth.rotations[joint].setIdentity();
  Scene scene(truth, ring(4));
  for (PersonObservation& person : scene.people)
    for (int k = kLeftIndex; k <= kRightPinky; ++k) person.points[k].sigma = person.visibility[k] = 0;
  const BodyFit fit = fit_body(model(), scene.evidence);
  for (const int joint : {16, 17, 18, 19, 20, 21})
    EXPECT_LT(std::abs(rotation_vector(fit.state.rotations[joint]).x()), 0.6) << joint;
}

TEST(BodyFit, ACutOffPersonKeepsPlausibleLegs) {
  for (const int views : {1, 3}) {
    const BodyState truth = true_body(Activity::stand, 9);
    Scene scene(truth, ring(views), 3);
    scene.cut_legs();
    const BodyFit fit = fit_body(model(), scene.evidence);
    const PosedBody posed = pose_body(model(), truth);
    for (const int j : {0, 9, 16, 17, 18, 19, 20, 21})
      EXPECT_LT((fit.joints[j] - posed.joints[j]).norm(), views == 1 ? 0.6 : 0.08);
    for (const int j : {4, 5, 7, 8}) EXPECT_LT(fit.joints[j].y(), fit.joints[0].y());
    for (const int j : {4, 5}) {
      EXPECT_GT(rotation_vector(fit.state.rotations[j]).x(), -0.1);  // knees bend backwards
      EXPECT_LT(rotation_vector(fit.state.rotations[j]).x(), 1.3);
    }
  }
}

TEST(BodyFit, AFewPointsAreEnoughForAnAnswer) {
  const BodyState truth = true_body(Activity::stand, 3);
  Scene scene(truth, {camera_at(0.2)});
  for (int k = 0; k < kBodyPoints; ++k)
    if (k != kLeftShoulder && k != kRightShoulder && k != kNose) scene.people[0].points[k].sigma = 0;
  const BodyFit fit = fit_body(model(), scene.evidence);
  EXPECT_LT(fit.rms, 5);
  EXPECT_LT((fit.state.root - truth.root).norm(), 1);
}

TEST(BodyFit, NoEvidenceAtAllGivesTheMeanBody) {
  FitEvidence nothing;
  const BodyFit fit = fit_body(model(), nothing);
  EXPECT_TRUE(fit.state.root.allFinite());
  EXPECT_NEAR(fit.height, model().height(Betas::Zero()), 1e-3);
  EXPECT_GT(fit.state.rotations[0](1, 1), 0.9);
}

TEST(BodyFit, OutliersDoNotPullTheBody) {
  const BodyState truth = true_body(Activity::walk, 15);
  Scene scene(truth, ring(4), 2);
  scene.people[0].points[kLeftWrist].pixel += Vector2d(180, 60);
  scene.people[1].points[kRightAnkle].pixel += Vector2d(-140, 0);
  scene.people[2].points[kNose].pixel += Vector2d(0, 150);
  EXPECT_LT(mpjpe(fit_body(model(), scene.evidence), truth), 0.03);
}

TEST(BodyFit, TriangulatedPointsAloneGiveABody) {
  const BodyState truth = true_body(Activity::reach, 4);
  FitEvidence evidence;
  const PosedBody posed = pose_body(model(), truth);
  for (int k = 0; k < kBodyPoints; ++k) evidence.points[k] = {posed.points[k], 0.01};
  EXPECT_LT(mpjpe(fit_body(model(), evidence), truth), 0.015);
}

TEST(BodyFit, TheFloorHoldsFeetThatAreNotSeen) {
  const BodyState truth = true_body(Activity::stand, 13);
  Scene scene(truth, ring(2), 2);
  for (PersonObservation& person : scene.people)
    for (int k = kLeftAnkle; k <= kRightToe; ++k) person.points[k].sigma = person.visibility[k] = 0;
  scene.evidence.floor = 0;
  const BodyFit fit = fit_body(model(), scene.evidence);
  for (const int k : {kLeftHeel, kRightHeel}) EXPECT_NEAR(fit.points[k].y(), model().clearance[k], 0.06);
}

TEST(BodyFit, TheStateOfOneFrameStartsTheNext) {
  const BodyState truth = true_body(Activity::walk, 17);
  const Scene scene(truth, ring(3), 2);
  const BodyFit first = fit_body(model(), scene.evidence);
  FitOptions options;
  options.start = first.state;
  const BodyFit second = fit_body(model(), scene.evidence, options);
  EXPECT_LE(second.iterations, first.iterations);
  for (int j = 0; j < kSmplJoints; ++j) EXPECT_LT((second.joints[j] - first.joints[j]).norm(), 0.01);
}

TEST(BodyFit, ParametersDescribeTheSameBody) {
  const BodyState state = true_body(Activity::sit, 2);
  const auto joints = posed_joints(body(), smpl_parameters(model(), state));
  const PosedBody posed = pose_body(model(), state);
  for (int j = 0; j < kSmplJoints; ++j) EXPECT_LT((joints[j].cast<double>() - posed.joints[j]).norm(), 1e-5);
}

TEST(BodyFit, DerivativesOfPointsAreRight) {
  const BodyState state = true_body(Activity::walk, 1);
  const PosedBody posed = pose_body(model(), state);
  constexpr double h = 1e-6;
  for (const int k : {kNose, kLeftHip, kRightAnkle, kLeftToe, kRightPinky}) {
    const PointDerivative analytic = point_derivative(model(), posed, k);
    for (int i = 0; i < kStateSize; ++i) {
      const StateStep step = h * StateStep::Unit(i);
      const Vector3d numeric =
          (pose_body(model(), state + step).points[k] - pose_body(model(), state + -step).points[k]) /
          (2 * h);
      EXPECT_LT((numeric - analytic.col(i)).norm(), 1e-6) << "point " << k << ", unknown " << i;
    }
  }
}

TEST(BodyFit, GradientOfTheCostIsRight) {
  const BodyState truth = true_body(Activity::bend, 1);
  Scene scene(truth, ring(3, 0.05), 4);
  scene.evidence.floor = 0.03;
  const PosedBody posed = pose_body(model(), truth);
  for (const int k : {kLeftHip, kNose})
    scene.evidence.points[k] = {posed.points[k] + Vector3d(0.05, 0.02, -0.03), 0.02};
  RandomGeometry random(2);
  StateStep away;
  for (double& value : away) value = random.normal(0.1);
  const BodyState state = truth + away;
  const BodyFitCost cost(model(), scene.evidence, 1, 1, state);
  NormalEquations equations;
  const double at = cost(state, &equations);
  EXPECT_NEAR(at, cost(state), 1e-9 * at);
  constexpr double h = 1e-6;
  for (int i = 0; i < kStateSize; ++i) {
    const StateStep step = h * StateStep::Unit(i);
    const double numeric = (cost(state + step) - cost(state + -step)) / (2 * h);
    EXPECT_NEAR(numeric, equations.b[i], 1e-4 * (1 + std::abs(numeric))) << "unknown " << i;
  }
}

TEST(BodyFit, ReportsItsTime) {
  std::vector<BodyState> bodies;
  for (unsigned seed = 1; seed <= 8; ++seed) bodies.push_back(true_body(kActivities[seed % 7], seed));
  double seconds = 0;
  int iterations = 0;
  for (unsigned i = 0; i < bodies.size(); ++i) {
    const Scene scene(bodies[i], ring(4), 4, i);
    const auto start = std::chrono::steady_clock::now();
    iterations += fit_body(model(), scene.evidence).iterations;
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  RecordProperty("milliseconds_per_fit", std::to_string(1e3 * seconds / double(bodies.size())));
  std::cout << "one fit to four views: " << 1e3 * seconds / double(bodies.size()) << " ms, "
            << iterations / double(bodies.size()) << " iterations\n";
  EXPECT_GT(iterations, 0);
}

}  // namespace
}  // namespace ahap
