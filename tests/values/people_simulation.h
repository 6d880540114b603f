#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include "reconstruction/alignment/cameras_from_people.h"
#include "reconstruction/smpl_joints.h"
#include "tests/values/random_geometry.h"

namespace ahap {

// What a single-view network gets wrong about people, as standard deviations unless said otherwise.
struct PeopleNoise {
  double range = 0.05;           // relative; half of its variance is common to a person's views (its stature)
  double root = 0.17;            // radians per axis
  double joints = 0.05;          // metres, per axis, of the body's own pose (errors grow along the limbs)
  double flipped = 0;            // share of bodies turned by half a turn, their left and right swapped in 2D
  double up = 0.026;             // radians per axis
  double focal = 0.1;            // relative; the estimated range moves with it
  double pixels = 4;             // 2D joints, independent, at a picture side of 224
  double shared_pixels = 2;      // 2D joints, common to a body
  double outlier_joints = 0.05;  // share of 2D joints that are anywhere within 25 pixels
  double keypoint_pixels = 2;
  double dropped = 0.05;      // share of detections missing
  double wrong_identity = 0;  // share of detections carrying another person's identity
};

// People in a circle of 1-2 m radius, cameras on a ring of 3-6 m around them, 224 x 224 pictures of 45-75
// degrees.
struct PeopleScene {
  std::vector<Camera> cameras;                       // true
  std::vector<std::vector<Eigen::Vector3d>> people;  // 24 joints each, world
  std::vector<PeopleView> views;                     // as estimated
  std::vector<PeopleDetection> detections;           // as estimated
  std::vector<int> true_person;                      // of each detection
};

namespace simulation {

// A skeleton of SMPL's joints in metres; forward kinematics of 24 rotations relative to the parent.
struct Skeleton {
  std::array<Eigen::Matrix3d, kSmplJoints> rotation;
  double stature = 1;

  std::vector<Eigen::Vector3d> joints() const {
    static const std::array<Eigen::Vector3d, kSmplJoints> offset = {{{0, 0, 0},
                                                                     {0.07, -0.09, 0},
                                                                     {-0.07, -0.09, 0},
                                                                     {0, 0.11, -0.03},
                                                                     {0.035, -0.38, 0},
                                                                     {-0.035, -0.38, 0},
                                                                     {0, 0.135, 0},
                                                                     {0, -0.4, -0.04},
                                                                     {0, -0.4, -0.04},
                                                                     {0, 0.053, 0.02},
                                                                     {0.03, -0.056, 0.12},
                                                                     {-0.03, -0.056, 0.12},
                                                                     {0, 0.21, -0.03},
                                                                     {0.07, 0.115, -0.02},
                                                                     {-0.07, 0.115, -0.02},
                                                                     {0, 0.09, 0.05},
                                                                     {0.12, 0.045, -0.02},
                                                                     {-0.12, 0.045, -0.02},
                                                                     {0.26, -0.01, -0.02},
                                                                     {-0.26, -0.01, -0.02},
                                                                     {0.25, 0.01, 0},
                                                                     {-0.25, 0.01, 0},
                                                                     {0.084, -0.01, -0.015},
                                                                     {-0.084, -0.01, -0.015}}};
    std::array<Eigen::Matrix3d, kSmplJoints> global;
    std::vector<Eigen::Vector3d> joints(kSmplJoints, Eigen::Vector3d::Zero());
    global[0] = rotation[0];
    for (int j = 1; j < kSmplJoints; ++j) {
      const int parent = kSmplParents[j];
      global[j] = global[parent] * rotation[j];
      joints[j] = joints[parent] + stature * (global[parent] * offset[j]);
    }
    return joints;
  }
};

inline Skeleton random_skeleton(RandomGeometry& random) {
  const auto about = [](double angle, int axis) {
    return Eigen::AngleAxisd(angle, Eigen::Vector3d::Unit(axis)).toRotationMatrix();
  };
  Skeleton body;
  auto& local = body.rotation;
  for (auto& R : local) R = random.small_rotation(0.1);
  local[0] = about(random.uniform(-M_PI, M_PI), 1) * random.small_rotation(0.08);
  const int pose = random.integer(0, 4);
  const double hip = pose == 3 ? -1.4 : pose == 4 ? -1.1 : 0, knee = pose == 3 ? 1.4 : pose == 4 ? 1.6 : 0.1;
  const double stride = pose == 1 ? 0.5 : 0.1;
  local[1] = about(hip + random.normal(stride), 0) * local[1];
  local[2] = about(hip + random.normal(stride), 0) * local[2];
  local[4] = about(knee + std::abs(random.normal(0.2)), 0);
  local[5] = about(knee + std::abs(random.normal(0.2)), 0);
  local[16] =
      about(random.normal(pose == 2 ? 0.9 : 0.3), 0) * about(-1.2 + random.normal(pose == 2 ? 0.8 : 0.2), 2);
  local[17] =
      about(random.normal(pose == 2 ? 0.9 : 0.3), 0) * about(1.2 + random.normal(pose == 2 ? 0.8 : 0.2), 2);
  local[18] = about(-std::abs(random.normal(0.7)), 1);
  local[19] = about(std::abs(random.normal(0.7)), 1);
  body.stature = 1 + random.normal(0.05);
  return body;
}

// The same body with every joint bent wrongly, so that errors grow along the limbs; about `metres` per axis
// on average.
inline std::vector<Eigen::Vector3d> misjudged(const Skeleton& truth, double metres, RandomGeometry& random) {
  Skeleton body = truth;
  for (int j = 1; j < kSmplJoints; ++j)
    body.rotation[j] = truth.rotation[j] * random.small_rotation(2.4 * metres);
  return body.joints();
}

}  // namespace simulation

inline PeopleScene simulate_people(unsigned seed, int num_people, int num_views, const PeopleNoise& noise) {
  RandomGeometry random(seed);
  PeopleScene scene;
  constexpr int kSide = 224;

  std::vector<Eigen::Vector2d> places;
  const double radius = random.uniform(1, 2);
  for (int attempt = 0; int(places.size()) < num_people && attempt < 10000; ++attempt) {
    const double r = radius * std::sqrt(random.uniform(0, 1)), a = random.uniform(-M_PI, M_PI);
    const Eigen::Vector2d place(r * std::cos(a), r * std::sin(a));
    if (std::all_of(places.begin(), places.end(), [&](const auto& p) { return (p - place).norm() > 0.7; })) {
      places.push_back(place);
    }
  }
  std::vector<simulation::Skeleton> skeletons;
  std::vector<double> stature_error;
  for (const auto& place : places) {
    skeletons.push_back(simulation::random_skeleton(random));
    auto joints = skeletons.back().joints();
    double lowest = 0;
    for (const auto& joint : joints) lowest = std::min(lowest, joint.y());
    for (auto& joint : joints) joint += Eigen::Vector3d(place.x(), 0.03 - lowest, place.y());
    scene.people.push_back(joints);
    stature_error.push_back(random.normal(noise.range * std::sqrt(0.5)));
  }

  std::vector<double> azimuths;
  while (int(azimuths.size()) < num_views) {
    const double a = random.uniform(-M_PI, M_PI);
    if (std::all_of(azimuths.begin(), azimuths.end(),
                    [&](double b) { return std::abs(std::remainder(a - b, 2 * M_PI)) > 0.35; })) {
      azimuths.push_back(a);
    }
  }
  for (const double a : azimuths) {
    const double r = random.uniform(3, 6);
    const Eigen::Vector3d target(random.normal(0.2), 0.9 + random.normal(0.1), random.normal(0.2));
    scene.cameras.push_back(camera_looking_at({r * std::cos(a), random.uniform(1, 2.5), r * std::sin(a)},
                                              target, random.uniform(45, 75) * M_PI / 180, kSide, kSide));
  }

  for (int v = 0; v < num_views; ++v) {
    const Camera& truth = scene.cameras[v];
    const Eigen::Isometry3d camera_from_world = truth.camera_from_world();
    PeopleView view;
    view.width = view.height = kSide;
    const double focal_factor = std::exp(random.normal(noise.focal));
    view.K = truth.K;
    view.K(0, 0) *= focal_factor;
    view.K(1, 1) *= focal_factor;
    view.up = random.small_rotation(noise.up) * (camera_from_world.linear() * Eigen::Vector3d::UnitY());
    view.up_sigma = std::max(0.01, noise.up);
    scene.views.push_back(view);

    for (int p = 0; p < num_people; ++p) {
      const auto& joints = scene.people[p];
      const auto pelvis = truth.project(joints[0]);
      if (!pelvis || pelvis->minCoeff() < 0 || pelvis->maxCoeff() > kSide || random.chance(noise.dropped))
        continue;
      PeopleDetection d;
      d.view = v;
      d.person = p;
      d.keypoint = *pelvis + Eigen::Vector2d(random.normal(noise.keypoint_pixels),
                                             random.normal(noise.keypoint_pixels));
      const double z = (camera_from_world * joints[0]).z();
      d.depth = z * focal_factor * std::exp(stature_error[p] + random.normal(noise.range * std::sqrt(0.5)));
      d.depth_sigma = std::max(0.02, noise.range);
      const bool flipped = random.chance(noise.flipped);

      const Eigen::Vector3d true_ray = truth.K.inverse() * pelvis->homogeneous();
      const Eigen::Vector3d ray = view.K.inverse() * d.keypoint.homogeneous();
      Eigen::Matrix3d turn = Eigen::Quaterniond::FromTwoVectors(true_ray, ray).toRotationMatrix() *
                             random.small_rotation(noise.root) * camera_from_world.linear();
      if (flipped) turn = turn * Eigen::AngleAxisd(M_PI, Eigen::Vector3d::UnitY());
      const double size = 1 + stature_error[p];
      const auto bent = simulation::misjudged(skeletons[p], noise.joints, random);
      const Eigen::Vector2d shift(random.normal(noise.shared_pixels), random.normal(noise.shared_pixels));
      for (int j = 0; j < kSmplJoints; ++j) {
        d.joints.push_back(d.depth * ray / ray.z() + size * (turn * bent[j]));
        Eigen::Vector2d x =
            truth.project(joints[flipped ? kMirroredJoints[j] : j]).value_or(Eigen::Vector2d(-1e3, -1e3));
        x += shift + Eigen::Vector2d(random.normal(noise.pixels), random.normal(noise.pixels));
        if (random.chance(noise.outlier_joints))
          x += Eigen::Vector2d(random.uniform(-25, 25), random.uniform(-25, 25));
        const bool inside = x.minCoeff() >= 0 && x.maxCoeff() <= kSide;
        d.joints2d.push_back(inside ? x : Eigen::Vector2d::Constant(std::numeric_limits<double>::quiet_NaN()));
      }
      scene.detections.push_back(d);
      scene.true_person.push_back(p);
    }
  }
  // Wrong identities change places with another detection of the view, or take the identity of somebody
  // unseen.
  for (std::size_t i = 0; i < scene.detections.size(); ++i) {
    if (!random.chance(noise.wrong_identity * 0.5) || num_people < 2) continue;
    const int other = (scene.detections[i].person + random.integer(1, num_people - 1)) % num_people;
    for (auto& d : scene.detections) {
      if (d.view == scene.detections[i].view && d.person == other) d.person = scene.detections[i].person;
    }
    scene.detections[i].person = other;
  }
  return scene;
}

}  // namespace ahap
