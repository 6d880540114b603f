#pragma once

#include <Eigen/Geometry>
#include <algorithm>
#include <numbers>
#include <vector>

#include "reconstruction/multiview/camera_hypotheses.h"
#include "reconstruction/multiview/joint_association.h"
#include "reconstruction/multiview/normalized_observations.h"
#include "reconstruction/multiview/people_bundle_adjustment.h"
#include "tests/fixtures/random_geometry.h"

namespace ahap {

// What pose networks get wrong, as standard deviations unless said otherwise.
struct PoseNoise {
  double pixels = 0.012;       // of a point, share of the person's size; what the observation claims as well
  double landmark_turn = 0.2;  // radians per axis, of the body in space as one view suggests it
  double landmarks = 0.03;     // metres, of each point of it
  double unseen = 0.1;         // share of points not observed
  double outliers = 0;         // share of points that are anywhere on the person
};

// People in the middle of a ring of cameras, with everything known.
struct SimulatedCapture {
  std::vector<Camera> cameras;  // true; world: Y up, metres
  std::vector<BodyPoints> bodies;
  std::vector<ViewObservation> views;
  std::vector<PersonObservation> people;  // as observed
  std::vector<int> true_person;           // of each

  // Tracks of the true identities; people seen once left out.
  std::vector<std::vector<int>> true_tracks() const {
    std::vector<std::vector<int>> tracks(bodies.size());
    for (int i = 0; i < int(people.size()); ++i) {
      if (true_person[i] >= 0) tracks[true_person[i]].push_back(i);
    }
    std::erase_if(tracks, [](const auto& t) { return t.size() < 2; });
    return tracks;
  }
  BundleState true_state() const {
    BundleState state;
    for (const Camera& camera : cameras) {
      const Eigen::Isometry3d pose = camera.camera_from_world();
      state.views.push_back({pose.linear(), pose.translation(),
                             std::log(camera.K(0, 0) / std::max(camera.width, camera.height)), 0});
    }
    for (const auto& track : true_tracks()) state.people.push_back(bodies[true_person[track[0]]]);
    return state;
  }
};

namespace simulation {

// A standing adult of average measures, metres from the middle of the hips, x to the person's left, y up, z
// ahead.
inline BodyPoints random_body(RandomGeometry& random) {
  const auto along = [&](const Eigen::Vector3d& mean, double spread, double length) {
    return Eigen::Vector3d((mean + random.vector(spread)).normalized() * length);
  };
  BodyPoints X;
  for (int side = 0; side < 2; ++side) {  // left, right
    const double s = side == 0 ? 1 : -1;
    X[kLeftShoulder + side] = {0.18 * s, 0.51, 0};
    X[kLeftHip + side] = {0.105 * s, 0, 0};
    X[kLeftElbow + side] = X[kLeftShoulder + side] + along({0.4 * s, -0.8, 0.2}, 0.5, 0.28);
    const Eigen::Vector3d forearm = along({0.1 * s, -0.4, 0.6}, 0.5, 0.245);
    X[kLeftWrist + side] = X[kLeftElbow + side] + forearm;
    const Eigen::Vector3d across = forearm.unitOrthogonal() * 0.025;
    X[kLeftIndex + side] = X[kLeftWrist + side] + forearm * 0.35 + across;
    X[kLeftPinky + side] = X[kLeftWrist + side] + forearm * 0.33 - across;
    X[kLeftKnee + side] = X[kLeftHip + side] + along({0.05 * s, -1, 0.2}, 0.25, 0.4);
    X[kLeftAnkle + side] = X[kLeftKnee + side] + along({0, -1, -0.2}, 0.2, 0.378);
    X[kLeftHeel + side] = X[kLeftAnkle + side] + Eigen::Vector3d(0, -0.05, -0.043);
    X[kLeftToe + side] = X[kLeftAnkle + side] + Eigen::Vector3d(0.02 * s, -0.07, 0.17);
    X[kLeftEar + side] = {0.068 * s, 0.7, 0.02};
    X[kLeftEye + side] = {0.03 * s, 0.72, 0.09};
    X[kMouthLeft + side] = {0.025 * s, 0.64, 0.1};
  }
  X[kNose] = {0, 0.69, 0.115};
  const Eigen::Matrix3d lean = random.small_rotation(0.15);
  for (int k = 0; k < kBodyPoints; ++k) {
    if (k < kLeftHip || k > kRightHip) X[k] = lean * X[k];
  }
  return X;
}

inline PersonObservation observe(RandomGeometry& random, const BodyPoints& body, const Camera& camera,
                                 int view, const PoseNoise& noise) {
  PersonObservation person;
  person.view = view;
  person.score = 0.9;
  std::array<Eigen::Vector2d, kBodyPoints> pixels;
  Eigen::Vector2d low(1e9, 1e9), high(-1e9, -1e9);
  for (int k = 0; k < kBodyPoints; ++k) {
    pixels[k] = camera.project(body[k]).value_or(Eigen::Vector2d(-1e4, -1e4));
    low = low.cwiseMin(pixels[k]);
    high = high.cwiseMax(pixels[k]);
  }
  person.box = {low.x(), low.y(), high.x(), high.y()};
  const double size = body_size(person);
  const Eigen::Matrix3d R = camera.camera_from_world().linear();
  const Eigen::Vector3d hips = (body[kLeftHip] + body[kRightHip]) / 2;
  person.ray_pixel = *camera.project(hips);
  const Eigen::Vector3d ray = camera.K.inverse() * person.ray_pixel.homogeneous();
  const Eigen::Matrix3d ray_from_world = camera_from_ray(ray.head<2>()).transpose() * R;
  const Eigen::Matrix3d turned = random.small_rotation(noise.landmark_turn) * ray_from_world;
  for (int k = 0; k < kBodyPoints; ++k) {
    person.landmarks[k] = turned * (body[k] - hips) + random.vector(noise.landmarks);
    person.visibility[k] = 0.9;
    const bool inside =
        (pixels[k].array() >= 0).all() && pixels[k].x() < camera.width && pixels[k].y() < camera.height;
    if (!inside || random.chance(noise.unseen)) continue;
    person.points[k].sigma = std::max(noise.pixels, 1e-3) * size;
    person.points[k].pixel =
        pixels[k] + noise.pixels * size * Eigen::Vector2d(random.normal(), random.normal());
    if (random.chance(noise.outliers)) {
      person.points[k].pixel = {random.uniform(low.x(), high.x()), random.uniform(low.y(), high.y())};
    }
  }
  return person;
}

}  // namespace simulation

// people stand within 1.2 m of the middle, cameras of one kind at 3.5 to 5 m around them, some 60 degrees
// apart; hidden: share of people missing in a view.
inline SimulatedCapture simulate_capture(unsigned seed, int views, int people, const PoseNoise& noise = {},
                                         double hidden = 0) {
  RandomGeometry random(seed);
  SimulatedCapture capture;
  const double first = random.uniform(0, 6), fov = random.uniform(0.9, 1.3);
  for (int p = 0; p < people; ++p) {
    const double angle = first + 2 * std::numbers::pi * p / std::max(people, 1) + random.normal(0.3);
    const double radius = people > 1 ? random.uniform(0.8, 1.2) : 0.1;
    const Eigen::Vector3d place(radius * std::cos(angle), 0.83, radius * std::sin(angle));
    const Eigen::Matrix3d heading =
        Eigen::AngleAxisd(random.uniform(0, 6.28), Eigen::Vector3d::UnitY()).toRotationMatrix();
    BodyPoints body = simulation::random_body(random);
    for (auto& X : body) X = heading * X + place;
    capture.bodies.push_back(body);
  }
  for (int v = 0; v < views; ++v) {
    const double angle = first + (views <= 5 ? 1.05 : 2 * std::numbers::pi / views) * v + random.normal(0.1),
                 distance = random.uniform(3.5, 5);
    const Eigen::Vector3d center(distance * std::cos(angle), random.uniform(1, 2.2),
                                 distance * std::sin(angle));
    capture.cameras.push_back(
        camera_looking_at(center, Eigen::Vector3d(0, 0.9, 0) + random.vector(0.1), fov, 1280, 960));
    capture.views.push_back({.width = 1280, .height = 960, .up = {}});
    for (int p = 0; p < people; ++p) {
      if (random.chance(hidden)) continue;
      capture.people.push_back(
          simulation::observe(random, capture.bodies[p], capture.cameras.back(), v, noise));
      capture.true_person.push_back(p);
    }
  }
  return capture;
}

// Largest error of the rotation between two of the views (radians) against the true cameras.
inline double worst_relative_rotation(const std::vector<Eigen::Matrix3d>& camera_from_world,
                                      const std::vector<Camera>& cameras,
                                      const std::vector<bool>& estimated = {}) {
  double worst = 0;
  for (std::size_t a = 0; a < cameras.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      if (!estimated.empty() && (!estimated[a] || !estimated[b])) continue;
      const Eigen::Matrix3d truth =
          cameras[a].camera_from_world().linear() * cameras[b].world_from_camera.linear();
      const Eigen::Matrix3d found = camera_from_world[a] * camera_from_world[b].transpose();
      worst = std::max(worst, Eigen::AngleAxisd(truth.transpose() * found).angle());
    }
  }
  return worst;
}

// The scene as a calibration of its cameras knows it; `unknown`: the view that is not in there.
inline SimulatedCapture calibrated(SimulatedCapture scene, bool fixed = true, int unknown = -1) {
  for (int v = 0; v < int(scene.views.size()); ++v) {
    if (v == unknown) continue;
    ViewObservation& view = scene.views[v];
    view.K = scene.cameras[v].K;
    view.focal_length = scene.cameras[v].K(0, 0);
    view.keeps_K = fixed;
    view.camera_from_world = scene.cameras[v].camera_from_world();
    view.keeps_pose = fixed;
  }
  return scene;
}

// Of the views that have a pose, radians.
inline double worst_rotation(const SimulatedCapture& scene, const JointAssociation& result) {
  std::vector<Eigen::Matrix3d> R;
  std::vector<bool> estimated;
  for (const auto& view : result.views) {
    R.push_back(view.camera.world_from_camera.linear().transpose());
    estimated.push_back(view.estimated);
  }
  return worst_relative_rotation(R, scene.cameras, estimated);
}

}  // namespace ahap
