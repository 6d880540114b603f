#include <gtest/gtest.h>

#include <limits>

#include "reconstruction/geometry/level_camera.h"
#include "reconstruction/multiview/bundle_adjustment.h"
#include "reconstruction/multiview/cameras_from_people.h"
#include "tests/fixtures/people_simulation.h"

namespace ahap {
namespace {

// People seen by cameras on a ring; everything true. `estimated` starts as the truth.
struct Scene {
  std::vector<AdjustedView> views;
  std::vector<AdjustedPerson> people;
};

Scene true_scene(unsigned seed, int num_people, int num_views) {
  RandomGeometry random(seed);
  Scene scene;
  const simulation::Skeleton upright{.rotation = [] {
    std::array<Eigen::Matrix3d, kSmplJoints> identity;
    identity.fill(Eigen::Matrix3d::Identity());
    return identity;
  }()};
  const auto rest = upright.joints();
  for (int v = 0; v < num_views; ++v) {
    const double a = 2 * M_PI * v / num_views + random.uniform(-0.2, 0.2), r = random.uniform(4, 5);
    AdjustedView view;
    view.camera = camera_looking_at({r * std::cos(a), random.uniform(1, 2), r * std::sin(a)}, {0, 0.9, 0},
                                    1.1, 224, 224);
    view.up = view.camera.world_from_camera.linear().transpose() * Eigen::Vector3d::UnitY();
    scene.views.push_back(view);
  }
  for (int p = 0; p < num_people; ++p) {
    AdjustedPerson person;
    std::copy_n(rest.begin(), kSmplJoints, person.rest_joints.begin());
    person.rotations = simulation::random_skeleton(random).rotation;
    person.pelvis = Eigen::Vector3d(1.2 * p - 0.6 * (num_people - 1), 0.95, random.normal(0.4));
    const auto joints = posed_joints(person);
    for (int v = 0; v < num_views; ++v) {
      const Camera& camera = scene.views[v].camera;
      JointObservation observation;
      observation.view = v;
      for (const auto& X : joints) observation.joints2d.push_back(*camera.project(X));
      observation.depth = (camera.camera_from_world() * person.pelvis).z();
      observation.rotations = person.rotations;
      (*observation.rotations)[0] = camera.world_from_camera.linear().transpose() * person.rotations[0];
      person.observations.push_back(observation);
    }
    scene.people.push_back(person);
  }
  return scene;
}

// What single views get wrong: poses, depths, joints in the pictures; then places and cameras of the
// estimate.
void misjudge(Scene& scene, unsigned seed) {
  RandomGeometry random(seed);
  for (AdjustedPerson& person : scene.people) {
    for (JointObservation& observation : person.observations) {
      for (auto& R : *observation.rotations) R = random.small_rotation(0.2) * R;
      for (auto& x : observation.joints2d) x += Eigen::Vector2d(random.normal(2), random.normal(2));
      observation.depth *= std::exp(random.normal(0.05));
    }
    for (auto& R : person.rotations) R = random.small_rotation(0.2) * R;
    person.pelvis += Eigen::Vector3d(random.normal(0.1), random.normal(0.1), random.normal(0.1));
  }
  for (std::size_t v = 1; v < scene.views.size(); ++v) {
    Eigen::Isometry3d& pose = scene.views[v].camera.world_from_camera;
    pose.linear() = random.small_rotation(0.03) * pose.linear();
    pose.translation() += Eigen::Vector3d(random.normal(0.1), random.normal(0.1), random.normal(0.1));
  }
}

double joint_error(const std::vector<AdjustedPerson>& people, const std::vector<AdjustedPerson>& truth) {
  double sum = 0;
  for (std::size_t p = 0; p < people.size(); ++p) {
    const auto a = posed_joints(people[p]), b = posed_joints(truth[p]);
    for (int j = 0; j < kSmplJoints; ++j) sum += (a[j] - b[j]).norm() / kSmplJoints;
  }
  return sum / double(people.size());
}

double turn_error(const std::vector<AdjustedView>& views, const std::vector<AdjustedView>& truth) {
  double sum = 0;
  for (std::size_t v = 0; v < views.size(); ++v) {
    const Eigen::Matrix3d R =
        views[v].camera.world_from_camera.linear() * truth[v].camera.world_from_camera.linear().transpose();
    sum += Eigen::AngleAxisd(R).angle() / double(views.size());
  }
  return sum;
}

TEST(PosedJoints, AreForwardKinematics) {
  RandomGeometry random(3);
  const simulation::Skeleton skeleton = simulation::random_skeleton(random);
  simulation::Skeleton rest = skeleton;
  rest.rotation.fill(Eigen::Matrix3d::Identity());
  AdjustedPerson person;
  const auto rest_joints = rest.joints();
  std::copy_n(rest_joints.begin(), kSmplJoints, person.rest_joints.begin());
  person.rotations = skeleton.rotation;
  person.pelvis = {1, 2, 3};
  const auto expected = skeleton.joints();
  const auto joints = posed_joints(person);
  for (int j = 0; j < kSmplJoints; ++j) EXPECT_LT((joints[j] - person.pelvis - expected[j]).norm(), 1e-12);
}

TEST(BundleAdjustment, TheTruthStays) {
  const Scene truth = true_scene(1, 3, 4);
  Scene scene = truth;
  const auto result = adjust_bundle(scene.views, scene.people, 0);
  ASSERT_TRUE(result.adjusted) << result.reason;
  EXPECT_LT(result.cost_after, 1e-6);
  EXPECT_LT(joint_error(scene.people, truth.people), 1e-4);
  EXPECT_LT(turn_error(scene.views, truth.views), 1e-4);
}

TEST(BundleAdjustment, PeopleAndCamerasComeCloserToTheTruth) {
  double before = 0, after = 0, turn_before = 0, turn_after = 0;
  for (unsigned seed = 1; seed <= 8; ++seed) {
    const Scene truth = true_scene(seed, 3, 4);
    Scene scene = truth;
    misjudge(scene, seed + 100);
    before += joint_error(scene.people, truth.people);
    turn_before += turn_error(scene.views, truth.views);
    const auto result = adjust_bundle(scene.views, scene.people, 0);
    ASSERT_TRUE(result.adjusted) << result.reason;
    EXPECT_LT(result.cost_after, result.cost_before);
    after += joint_error(scene.people, truth.people);
    turn_after += turn_error(scene.views, truth.views);
  }
  EXPECT_LT(after, 0.7 * before);
  EXPECT_LT(turn_after, 0.8 * turn_before);
}

// The views measure their headings against a room whose own yaw nobody knows.
TEST(BundleAdjustment, ARoomSeenByAllViewsTurnsTheCamerasRight) {
  double with = 0, without = 0;
  for (unsigned seed = 1; seed <= 8; ++seed) {
    const Scene truth = true_scene(seed, 2, 4);
    Scene scene = truth;
    misjudge(scene, seed + 200);
    Scene blind = scene;
    for (std::size_t v = 0; v < scene.views.size(); ++v) {
      const auto yaw = [&](const Scene& s) {
        return level_yaw(s.views[v].camera.world_from_camera.linear());
      };
      scene.views[v].yaw_residual = std::remainder(yaw(scene) - yaw(truth), 2 * M_PI) + 0.02;
      scene.views[v].room_sigma = 0.01;
    }
    ASSERT_TRUE(adjust_bundle(scene.views, scene.people, 0).adjusted);
    ASSERT_TRUE(adjust_bundle(blind.views, blind.people, 0).adjusted);
    with += turn_error(scene.views, truth.views);
    without += turn_error(blind.views, truth.views);
  }
  EXPECT_LT(with, 0.9 * without);
}

TEST(BundleAdjustment, AViewTurnsAsFarAsItsPoseIsDoubted) {
  const Scene truth = true_scene(4, 3, 3);
  const auto turned_by = [&](double turn_sigma, double center_sigma) {
    Scene scene = truth;
    Eigen::Isometry3d& pose = scene.views[1].camera.world_from_camera;
    pose.linear() = Eigen::AngleAxisd(0.08, Eigen::Vector3d::UnitY()) * pose.linear();
    scene.views[1].turn_sigma = turn_sigma;
    scene.views[1].center_sigma = center_sigma;
    const Eigen::Matrix3d start = pose.linear();
    EXPECT_TRUE(adjust_bundle(scene.views, scene.people, 0).adjusted);
    return Eigen::AngleAxisd(pose.linear() * start.transpose()).angle();
  };
  EXPECT_GT(turned_by(0.2, 0.6), 0.06);
  EXPECT_LT(turned_by(1e-4, 1e-4), 0.002);
}

TEST(BundleAdjustment, OneWildJointPullsNobodyAway) {
  const Scene truth = true_scene(5, 2, 4);
  Scene scene = truth;
  scene.people[0].observations[1].joints2d[20] += Eigen::Vector2d(80, -60);
  ASSERT_TRUE(adjust_bundle(scene.views, scene.people, 0).adjusted);
  EXPECT_LT(joint_error(scene.people, truth.people), 0.02);
}

TEST(BundleAdjustment, TheFixedViewKeepsItsPlace) {
  Scene scene = true_scene(2, 2, 3);
  misjudge(scene, 9);
  const Eigen::Vector3d place = scene.views[1].camera.center();
  ASSERT_TRUE(adjust_bundle(scene.views, scene.people, 1).adjusted);
  EXPECT_LT((scene.views[1].camera.center() - place).norm(), 0.002);
}

TEST(BundleAdjustment, UnknownJointsAndPosesAndSingleViewsAreFine) {
  Scene scene = true_scene(4, 2, 3);
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  scene.people[0].observations[0].joints2d[7] = {unknown, unknown};
  scene.people[0].observations[1].rotations.reset();
  scene.people[1].observations.resize(1);
  const Scene before = scene;
  ASSERT_TRUE(adjust_bundle(scene.views, scene.people, 0).adjusted);
  EXPECT_LT(joint_error(scene.people, before.people), 1e-3);
}

TEST(BundleAdjustment, NobodySeenChangesNothingAndSaysWhy) {
  Scene scene = true_scene(4, 2, 3);
  for (auto& person : scene.people) person.observations.clear();
  const auto result = adjust_bundle(scene.views, scene.people, 0);
  EXPECT_FALSE(result.adjusted);
  EXPECT_EQ(result.reason, "nobody's joints were seen");
}

TEST(BundleAdjustment, TheSameInputGivesTheSameBits) {
  const Scene truth = true_scene(6, 3, 4);
  Scene once = truth, again = truth;
  misjudge(once, 11);
  misjudge(again, 11);
  ASSERT_TRUE(adjust_bundle(once.views, once.people, 0).adjusted);
  ASSERT_TRUE(adjust_bundle(again.views, again.people, 0).adjusted);
  for (std::size_t v = 0; v < once.views.size(); ++v) {
    EXPECT_EQ(once.views[v].camera.world_from_camera.matrix(),
              again.views[v].camera.world_from_camera.matrix());
  }
  for (std::size_t p = 0; p < once.people.size(); ++p) {
    EXPECT_EQ(once.people[p].pelvis, again.people[p].pelvis);
    EXPECT_EQ(once.people[p].rotations, again.people[p].rotations);
  }
}

}  // namespace
}  // namespace ahap
