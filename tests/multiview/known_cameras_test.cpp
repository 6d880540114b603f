#include "reconstruction/multiview/known_cameras.h"

#include <gtest/gtest.h>

#include "reconstruction/geometry/similarity.h"
#include "reconstruction/multiview/identity_correction.h"
#include "tests/multiview/simulated_capture.h"

namespace ahap {
namespace {

constexpr double kDegree = std::numbers::pi / 180;

void turn(ViewObservation& view, double degrees) {
  view.camera_from_world->linear() =
      Eigen::AngleAxisd(degrees * kDegree, Eigen::Vector3d(1, 2, 0).normalized()) *
      view.camera_from_world->linear();
}

void expect_true_people(const SimulatedCapture& scene, const JointAssociation& result, double tolerance) {
  ASSERT_EQ(result.people.size(), scene.bodies.size());
  for (const AssociatedPerson& person : result.people) {
    const int truth = scene.true_person[person.observations[0]];
    double error = 0;
    for (const int i : person.observations) EXPECT_EQ(scene.true_person[i], truth);
    for (int k = 0; k < kCocoPoints; ++k)
      error += (person.points[k] - scene.bodies[truth][k]).norm() / kCocoPoints;
    EXPECT_LT(error, tolerance);
  }
}

double pose_difference(const Camera& a, const Camera& b) {
  return (a.world_from_camera.matrix() - b.world_from_camera.matrix()).norm();
}

TEST(KnownCameras, stay_exactly_where_they_are_and_tell_who_is_who) {
  for (unsigned seed = 300; seed < 304; ++seed) {
    const SimulatedCapture scene =
        calibrated(simulate_capture(seed, 4, 3, {.unseen = 0.2, .outliers = 0.03}, 0.15));
    const JointAssociation result = associate_and_calibrate(scene.views, scene.people);
    EXPECT_TRUE(result.given_world);
    for (std::size_t v = 0; v < scene.views.size(); ++v) {
      EXPECT_TRUE(result.views[v].estimated);
      EXPECT_EQ(result.views[v].rotation_sigma, 0);
      EXPECT_LT(pose_difference(result.views[v].camera, scene.cameras[v]), 1e-9);
      EXPECT_EQ(result.views[v].camera.K, scene.cameras[v].K);
    }
    expect_true_people(scene, result, 0.08);
  }
}

TEST(KnownCameras, of_oblong_pixels_and_with_an_eccentric_principal_point_are_believed) {
  SimulatedCapture scene = simulate_capture(310, 4, 2);
  RandomGeometry random(310);
  scene.people.clear();
  scene.true_person.clear();
  for (int v = 0; v < 4; ++v) {
    scene.cameras[v].K(1, 1) *= 1.1;
    scene.cameras[v].K(0, 2) += 90;
    scene.cameras[v].K(1, 2) -= 60;
    for (int p = 0; p < 2; ++p) {
      scene.people.push_back(
          simulation::observe(random, scene.bodies[p], scene.cameras[v], v, {.pixels = 0.004}));
      scene.true_person.push_back(p);
    }
  }
  const JointAssociation result = associate_and_calibrate(calibrated(scene).views, scene.people);
  for (int v = 0; v < 4; ++v) EXPECT_EQ(result.views[v].camera.K, scene.cameras[v].K);
  expect_true_people(scene, result, 0.03);
}

TEST(KnownCameras, place_those_that_are_not_known) {
  const SimulatedCapture scene = calibrated(simulate_capture(320, 4, 3), true, 2);
  const JointAssociation result = associate_and_calibrate(scene.views, scene.people);
  for (int v = 0; v < 4; ++v) ASSERT_TRUE(result.views[v].estimated) << v;
  EXPECT_LT(pose_difference(result.views[0].camera, scene.cameras[0]), 1e-9);
  EXPECT_LT(rotation_angle(result.views[2].camera.world_from_camera.linear(),
                           scene.cameras[2].world_from_camera.linear()),
            3 * kDegree);
  EXPECT_LT((result.views[2].camera.center() - scene.cameras[2].center()).norm(), 0.4);
  expect_true_people(scene, result, 0.08);
}

TEST(KnownCameras, one_alone_gives_the_world_to_the_others) {
  SimulatedCapture scene = calibrated(simulate_capture(321, 4, 3));
  for (int v = 1; v < 4; ++v) {
    scene.views[v].camera_from_world.reset();
    scene.views[v].keeps_pose = false;
  }
  const JointAssociation result = associate_and_calibrate(scene.views, scene.people);
  EXPECT_TRUE(result.given_world);
  EXPECT_LT(pose_difference(result.views[0].camera, scene.cameras[0]), 1e-9);
  EXPECT_LT((result.views[2].camera.center() - scene.cameras[2].center()).norm(), 0.5);
}

TEST(KnownCameras, that_are_a_start_come_closer_to_the_truth_in_the_same_world) {
  SimulatedCapture scene = calibrated(simulate_capture(330, 4, 3), false);
  const auto error = [&](const std::vector<Eigen::Matrix3d>& R) {
    return worst_relative_rotation(R, scene.cameras);
  };
  turn(scene.views[1], 4);
  std::vector<Eigen::Matrix3d> given;
  for (const ViewObservation& view : scene.views) given.push_back(view.camera_from_world->linear());
  const JointAssociation result = associate_and_calibrate(scene.views, scene.people);
  EXPECT_LT(worst_rotation(scene, result), 0.6 * error(given));
  for (int v = 0; v < 4; ++v)
    EXPECT_LT((result.views[v].camera.center() - scene.cameras[v].center()).norm(), 0.4);
}

TEST(KnownCameras, stay_when_identities_are_corrected) {
  const SimulatedCapture scene = calibrated(simulate_capture(340, 4, 2));
  const JointAssociation before = associate_and_calibrate(scene.views, scene.people);
  std::vector<int> swapped = scene.true_person;
  for (std::size_t i = 0; i < swapped.size(); ++i)
    if (scene.people[i].view == 3) swapped[i] = 1 - swapped[i];
  const CorrectedAssociation after = correct_identities(scene.views, scene.people, before, swapped);
  EXPECT_TRUE(after.cameras_kept);
  for (int v = 0; v < 4; ++v)
    EXPECT_LT(pose_difference(after.association.views[v].camera, scene.cameras[v]), 1e-9);
}

TEST(KnownCameras, are_there_without_anybody) {
  const SimulatedCapture scene = calibrated(simulate_capture(350, 3, 1));
  const JointAssociation result = associate_and_calibrate(scene.views, {});
  for (int v = 0; v < 3; ++v) {
    EXPECT_TRUE(result.views[v].estimated);
    EXPECT_LT(pose_difference(result.views[v].camera, scene.cameras[v]), 1e-9);
  }
}

TEST(KnownScale, is_found_from_peoples_size) {
  SimulatedCapture scene = calibrated(simulate_capture(360, 4, 3));
  const std::span<const std::vector<PersonObservation>> frames(&scene.people, 1);
  EXPECT_NEAR(*scale_by_people(scene.views, frames), 1, 0.06);
  for (ViewObservation& view : scene.views) view.camera_from_world->translation() *= 1000;
  EXPECT_NEAR(*scale_by_people(scene.views, frames), 1e-3, 6e-5);
  EXPECT_FALSE(scale_by_people(scene.views, {}));
  scene.views.resize(1);
  std::erase_if(scene.people, [](const PersonObservation& person) { return person.view > 0; });
  EXPECT_FALSE(scale_by_people(scene.views, frames));
}

TEST(Contradiction, is_found_where_a_camera_was_turned_since) {
  for (unsigned seed = 370; seed < 374; ++seed) {
    SimulatedCapture scene = calibrated(simulate_capture(seed, 4, 3));
    const auto contradiction = [&] {
      return contradiction_of(scene.views, scene.people, associate_and_calibrate(scene.views, scene.people),
                              {});
    };
    EXPECT_LT(contradiction().gain, 0.1);
    turn(scene.views[2], 6);
    const Contradiction wrong = contradiction();
    EXPECT_GT(wrong.gain, 0.1);
    EXPECT_GT(wrong.rotation[2], 3 * kDegree);
    EXPECT_LT(wrong.rotation[0], 3 * kDegree);
  }
}

TEST(Contradiction, is_found_where_the_cameras_are_those_of_other_pictures) {
  SimulatedCapture scene = calibrated(simulate_capture(375, 4, 3));
  std::swap(scene.views[0].camera_from_world, scene.views[2].camera_from_world);
  const JointAssociation believed = associate_and_calibrate(scene.views, scene.people);
  EXPECT_GT(contradiction_of(scene.views, scene.people, believed, {}).gain, 0.3);
}

TEST(SharedLens, gives_all_views_one_focal_length) {
  SimulatedCapture scene = simulate_capture(380, 4, 3);
  scene.views[1].focal_length = 1.2 * scene.cameras[1].K(0, 0);  // as its file has it, wrongly
  AssociationOptions options;
  options.bundle.shared_lens = true;
  const JointAssociation result = associate_and_calibrate(scene.views, scene.people, options);
  for (int v = 1; v < 4; ++v)
    EXPECT_NEAR(result.views[v].camera.K(0, 0) / result.views[0].camera.K(0, 0), 1, 0.005);
}

}  // namespace
}  // namespace ahap
