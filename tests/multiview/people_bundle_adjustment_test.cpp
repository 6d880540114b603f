#include "reconstruction/multiview/people_bundle_adjustment.h"

#include <gtest/gtest.h>

#include "reconstruction/multiview/camera_hypotheses.h"
#include "tests/multiview/simulated_capture.h"

namespace ahap {
namespace {

constexpr double kDegree = std::numbers::pi / 180;
constexpr PoseNoise kExact = {.pixels = 0, .landmark_turn = 0, .landmarks = 0, .unseen = 0};

std::vector<Eigen::Matrix3d> rotations(const BundleState& state) {
  std::vector<Eigen::Matrix3d> R;
  for (const auto& view : state.views) R.push_back(view.R);
  return R;
}

TEST(SkeletonMatrix, SolvesLikeADenseCholesky) {
  RandomGeometry random(1);
  const SimulatedCapture scene = simulate_capture(1, 3, 1);
  SkeletonMatrix A;
  std::array<bool, kBodyPoints> active;
  active.fill(true);
  A.set_active(active);
  for (int k = 0; k < kBodyPoints; ++k) A.add(k, k, Eigen::Matrix3d::Identity() * random.uniform(1, 2));
  for (const auto& [a, b] : {std::pair{kLeftShoulder, kLeftElbow},
                             {kRightHip, kLeftHip},
                             {kNose, kLeftEar},
                             {kLeftAnkle, kRightKnee}}) {
    if (a == kNose) continue;  // nose and ear are not joined
    A.add(a, b, Eigen::Matrix3d::Random() * 0.3);
  }
  const Eigen::MatrixXd dense = A.dense();
  const Eigen::VectorXd b = Eigen::VectorXd::Random(3 * kBodyPoints);
  ASSERT_TRUE(A.factorize());
  Eigen::VectorXd x = b;
  A.solve_lower(x);
  A.solve_upper(x);
  EXPECT_LT((dense * x - b).norm(), 1e-10);
  const auto traces = A.inverse_traces();
  const Eigen::MatrixXd inverse = dense.inverse();
  EXPECT_NEAR(traces[kLeftElbow], (inverse.block<3, 3>(3 * kLeftElbow, 3 * kLeftElbow).trace()), 1e-10);
}

TEST(PeopleBundle, HasNoImageResidualAtTheTruth) {
  const SimulatedCapture scene = simulate_capture(2, 3, 2, kExact);
  const NormalizedCapture capture = normalize(scene.views, scene.people);
  PeopleBundle bundle(capture, scene.true_tracks());
  BundleState truth = scene.true_state();
  bundle.update_directions(truth);
  EXPECT_LT(bundle.summary(truth).image_cost, 1e-18);
  EXPECT_LT(bundle.cost(truth), 30);  // bone lengths near the means, limbs exact, one focal length
}

TEST(PeopleBundle, GradientIsTheDerivativeOfTheCost) {
  RandomGeometry random(3);
  SimulatedCapture scene = simulate_capture(3, 3, 2);
  for (int v = 0; v < 2; ++v) {
    scene.views[v].up =
        (scene.cameras[v].camera_from_world().linear() * Eigen::Vector3d::UnitY() + random.vector(0.02))
            .normalized();
    scene.views[v].up_sigma = 0.03;
  }
  scene.views[1].focal_length = 1000;
  const NormalizedCapture capture = normalize(scene.views, scene.people);
  PeopleBundle bundle(capture, scene.true_tracks());
  BundleState state = scene.true_state();
  std::vector<BackgroundTrack> background;
  for (int k = 0; k < 4; ++k) {
    state.background.push_back(random.vector(0.7));
    BackgroundTrack track;
    for (int v = 0; v < 3; ++v) {
      const Eigen::Vector2d x = state.views[v].project(state.views[v].to_camera(state.background.back()));
      track.observations.emplace_back(v, x + Eigen::Vector2d(random.normal(0.002), random.normal(0.002)));
    }
    background.push_back(track);
  }
  bundle.set_background(background);
  const int n = int(bundle.negative_half_gradient(state).size());
  ASSERT_EQ(n, 3 * 8 + 2 * 81 + 4 * 3);
  state = bundle.apply(state, Eigen::VectorXd::NullaryExpr(n, [&] { return random.normal(0.01); }));
  state.views[2].t.z() -= 4.5;  // some points come too near
  bundle.update_directions(state);
  const Eigen::VectorXd g = bundle.negative_half_gradient(state);
  const double h = 1e-6;
  for (int i = 0; i < n; ++i) {
    const Eigen::VectorXd e = Eigen::VectorXd::Unit(n, i) * h;
    const double slope =
        (bundle.cost(bundle.apply(state, e)) - bundle.cost(bundle.apply(state, -e))) / (2 * h);
    EXPECT_NEAR(-2 * g(i), slope, 1e-4 * (1 + std::abs(slope))) << "parameter " << i;
  }
}

TEST(PeopleBundle, FindsTheCamerasOfKnownPeopleFromClosedFormStarts) {
  for (unsigned seed = 10; seed < 16; ++seed) {
    const SimulatedCapture scene = simulate_capture(seed, 4, 2);
    const NormalizedCapture capture = normalize(scene.views, scene.people);
    const auto found = solve_from_hypotheses(capture, scene.true_tracks(), {}, {});
    EXPECT_LT(worst_relative_rotation(rotations(found.state), scene.cameras), 4 * kDegree) << "seed " << seed;
    for (int v = 0; v < 4; ++v) {
      EXPECT_NEAR(found.state.views[v].focal() / (scene.cameras[v].K(0, 0) / 1280), 1, 0.2)
          << "seed " << seed;
    }
  }
}

TEST(PeopleBundle, WrongPointsDoNotBendTheCameras) {
  for (unsigned seed = 20; seed < 24; ++seed) {
    const SimulatedCapture scene = simulate_capture(seed, 4, 2, {.outliers = 0.1});
    const NormalizedCapture capture = normalize(scene.views, scene.people);
    const auto found = solve_from_hypotheses(capture, scene.true_tracks(), {}, {});
    EXPECT_LT(worst_relative_rotation(rotations(found.state), scene.cameras), 6 * kDegree) << "seed " << seed;
  }
}

TEST(PeopleBundle, AKnownFocalLengthIsKept) {
  SimulatedCapture scene = simulate_capture(30, 3, 2);
  for (int v = 0; v < 3; ++v) scene.views[v].focal_length = scene.cameras[v].K(0, 0);
  const NormalizedCapture capture = normalize(scene.views, scene.people);
  const auto found = solve_from_hypotheses(capture, scene.true_tracks(), {}, {});
  for (int v = 0; v < 3; ++v)
    EXPECT_NEAR(found.state.views[v].focal() / (scene.cameras[v].K(0, 0) / 1280), 1, 0.03);
}

TEST(PeopleBundle, CamerasThatAreHeldDoNotMove) {
  const SimulatedCapture scene = simulate_capture(31, 3, 2);
  const NormalizedCapture capture = normalize(scene.views, scene.people);
  PeopleBundle bundle(capture, scene.true_tracks());
  bundle.fix_cameras(true);
  BundleState state = scene.true_state();
  for (auto& body : state.people) {
    for (auto& X : body) X += Eigen::Vector3d(0.05, -0.03, 0.04);
  }
  bundle.solve(state, {{1, 20}});
  EXPECT_EQ(state.views[1].R, scene.true_state().views[1].R);
  EXPECT_EQ(state.views[2].t, scene.true_state().views[2].t);
  double error = 0;
  for (int k = 0; k < kCocoPoints; ++k)
    error += (state.people[0][k] - scene.true_state().people[0][k]).norm() / kCocoPoints;
  EXPECT_LT(error, 0.03);
}

TEST(PeopleBundle, PosteriorSigmaOfRotationsIsAboutTheError) {
  double squared = 0;
  int n = 0;
  for (unsigned seed = 40; seed < 50; ++seed) {
    const SimulatedCapture scene = simulate_capture(seed, 3, 2);
    const NormalizedCapture capture = normalize(scene.views, scene.people);
    PeopleBundle bundle(capture, scene.true_tracks());
    BundleState state = scene.true_state();
    bundle.solve(state, {{2, 10}, {1, 40}});
    const Eigen::MatrixXd C = bundle.view_covariance(state);
    for (int a = 1; a < 3; ++a) {
      const Eigen::Matrix3d Rab = state.views[a].R * state.views[0].R.transpose();
      Eigen::MatrixXd J = Eigen::MatrixXd::Zero(3, C.rows());
      J.block<3, 3>(0, 8 * a).setIdentity();
      J.block<3, 3>(0, 0) = -Rab;
      const double sigma = std::sqrt((J * C * J.transpose()).trace());
      const Eigen::Matrix3d truth =
          scene.cameras[a].camera_from_world().linear() * scene.cameras[0].world_from_camera.linear();
      squared += std::pow(Eigen::AngleAxisd(truth.transpose() * Rab).angle() / sigma, 2);
      ++n;
    }
  }
  EXPECT_GT(std::sqrt(squared / n), 0.5);
  EXPECT_LT(std::sqrt(squared / n), 2.0);
}

}  // namespace
}  // namespace ahap
