#include "reconstruction/geometry/ground.h"

#include <gtest/gtest.h>

#include "reconstruction/geometry/similarity.h"
#include "tests/fixtures/people_simulation.h"

namespace ahap {
namespace {

double angle(const Eigen::Vector3d& a, const Eigen::Vector3d& b) {
  return std::atan2(a.cross(b).norm(), a.dot(b));
}

// Somebody upright on y = 0, arms hanging, 5 cm of noise-free skeleton.
std::vector<Eigen::Vector3d> standing_at(double x, double z) {
  simulation::Skeleton skeleton;
  skeleton.rotation.fill(Eigen::Matrix3d::Identity());
  auto joints = skeleton.joints();
  const double foot = joints[10].y();
  for (auto& joint : joints) joint += Eigen::Vector3d(x, 0.03 - foot, z);
  return joints;
}

std::vector<Eigen::Vector3d> lying_at(double x, double z) {
  auto joints = standing_at(0, 0);
  for (auto& joint : joints) joint = Eigen::Vector3d(x + joint.y(), 0.2, z + joint.x());
  return joints;
}

// A room of 6 x 6 m with a floor at y = 0, walls, and a table top at 0.75 m.
std::vector<Eigen::Vector3f> room(RandomGeometry& random, int floor_points, int wall_points,
                                  int table_points) {
  std::vector<Eigen::Vector3f> points;
  for (int i = 0; i < floor_points; ++i) {
    points.emplace_back(random.uniform(-3, 3), random.normal(0.01), random.uniform(-3, 3));
  }
  for (int i = 0; i < wall_points; ++i)
    points.emplace_back(random.uniform(-3, 3), random.uniform(0, 2.5), -3);
  for (int i = 0; i < table_points; ++i) {
    points.emplace_back(random.uniform(0, 1), 0.75 + random.normal(0.005), random.uniform(0, 1));
  }
  return points;
}

template <typename Points>
Points turned(const Eigen::Isometry3d& T, Points points) {
  for (auto& X : points)
    X = (T * X.template cast<double>()).template cast<typename Points::value_type::Scalar>();
  return points;
}

TEST(Ground, StandingPeopleTellUpAndLyingOnesDoNotDisturb) {
  const std::vector<std::vector<Eigen::Vector3d>> bodies = {standing_at(0, 0), standing_at(1, 1),
                                                            lying_at(2, 0)};
  const auto up = up_from_people(bodies);
  ASSERT_TRUE(up);
  EXPECT_LT(angle(up->up, Eigen::Vector3d::UnitY()), 0.05);
}

TEST(Ground, NobodyStandingTellsNoUp) {
  auto sitting = standing_at(0, 0);
  for (int j : {7, 8, 10, 11}) sitting[j] = sitting[0] + Eigen::Vector3d(0, -0.1, 0.8);
  EXPECT_FALSE(up_from_people(std::vector<std::vector<Eigen::Vector3d>>{sitting}));
  EXPECT_FALSE(up_from_people({}));
}

TEST(Ground, ViewsAreAveragedAndOneThatContradictsIsLeftOut) {
  RandomGeometry random(1);
  std::vector<Eigen::Isometry3d> poses;
  std::vector<UpEstimate> ups;
  for (int v = 0; v < 4; ++v) {
    poses.push_back(random.pose());
    ups.push_back(
        {poses[v].linear().transpose() * (random.small_rotation(0.02) * Eigen::Vector3d::UnitY()), 0.02});
  }
  ups[2].up = Eigen::Vector3d(random.vector().normalized());
  const auto up = up_from_views(poses, ups);
  ASSERT_TRUE(up);
  EXPECT_LT(angle(up->up, Eigen::Vector3d::UnitY()), 0.05);
  EXPECT_NEAR(up->sigma, 0.02 / std::sqrt(3.0), 1e-9);
  EXPECT_FALSE(up_from_views(poses, {}));
}

TEST(Ground, TheFloorIsTheLayerUnderTheFeetNotTheTable) {
  RandomGeometry random(2);
  const auto points = room(random, 3000, 3000, 6000);
  const auto floor =
      floor_height(Eigen::Vector3d::UnitY(), points, std::vector{standing_at(0.1, 0), standing_at(1, 1)});
  ASSERT_TRUE(floor);
  EXPECT_TRUE(floor->from_points);
  EXPECT_NEAR(floor->height, 0, 0.03);
}

TEST(Ground, OneFloatingBodyDoesNotLiftTheFloor) {
  auto floating = standing_at(2, 2);
  for (auto& joint : floating) joint.y() += 0.8;
  const auto floor =
      floor_height(Eigen::Vector3d::UnitY(), {}, std::vector{standing_at(0, 0), floating, standing_at(1, 1)});
  ASSERT_TRUE(floor);
  EXPECT_FALSE(floor->from_points);
  EXPECT_NEAR(floor->height, 0, 0.03);
}

TEST(Ground, WithoutPeopleTheFloorIsTheLowestPronouncedLayer) {
  RandomGeometry random(3);
  auto points = room(random, 3000, 3000, 3000);
  for (int i = 0; i < 20; ++i)
    points.emplace_back(random.uniform(-3, 3), -random.uniform(0.5, 3), 0);  // stray points
  const auto floor = floor_height(Eigen::Vector3d::UnitY(), points, {});
  ASSERT_TRUE(floor);
  EXPECT_NEAR(floor->height, 0, 0.03);
}

TEST(Ground, NeitherPeopleNorALayerTellsNoFloor) {
  RandomGeometry random(4);
  std::vector<Eigen::Vector3f> cloud;
  for (int i = 0; i < 5000; ++i)
    cloud.emplace_back(random.uniform(-3, 3), random.uniform(0, 2), random.uniform(-3, 3));
  EXPECT_FALSE(floor_height(Eigen::Vector3d::UnitY(), cloud, {}));
  EXPECT_FALSE(floor_height(Eigen::Vector3d::UnitY(), {}, {}));
}

TEST(Ground, TheFloorsNormalIsFoundFromATiltedGuess) {
  RandomGeometry random(5);
  const auto points = room(random, 4000, 3000, 1000);
  const Eigen::Vector3d guess = Eigen::AngleAxisd(0.12, Eigen::Vector3d::UnitX()) * Eigen::Vector3d::UnitY();
  const auto normal = floor_normal(guess, 0, points);
  ASSERT_TRUE(normal);
  EXPECT_LT(angle(*normal, Eigen::Vector3d::UnitY()), 0.01);
  EXPECT_FALSE(floor_normal(guess, 5, points)) << "nothing there";
}

class GroundWorld : public ::testing::Test {
 protected:
  GroundWorld() {
    RandomGeometry random(6);
    for (int v = 0; v < 3; ++v) {
      truth_.world_from_camera.push_back(
          camera_looking_at({4 * std::cos(1.5 * v), 1.5, 4 * std::sin(1.5 * v)}, {0.5, 1, 0.5})
              .world_from_camera);
      truth_.up_in_camera.push_back(
          {truth_.world_from_camera[v].linear().transpose() * Eigen::Vector3d::UnitY(), 0.02});
    }
    truth_.bodies = {standing_at(0, 0), standing_at(1, 1)};
    truth_.points = room(random, 4000, 3000, 500);
    old_from_truth_ = random.pose(3);
  }

  // The scene as a reconstruction without any idea of up and origin has it.
  SceneForGround scene() const {
    SceneForGround scene = truth_;
    for (auto& pose : scene.world_from_camera) pose = old_from_truth_ * pose;
    for (auto& body : scene.bodies) body = turned(old_from_truth_, body);
    scene.points = turned(old_from_truth_, scene.points);
    return scene;
  }

  // Angle between Y before and after, and height of a true floor point afterwards.
  void expect_upright(const WorldFrame& frame, double angle_tolerance, double height_tolerance) const {
    const Eigen::Isometry3d world_from_truth = frame.world_from_old * old_from_truth_;
    EXPECT_LT(angle(world_from_truth.linear().col(1), Eigen::Vector3d::UnitY()), angle_tolerance);
    const Eigen::Vector3d under_people = world_from_truth * Eigen::Vector3d(0.5, 0, 0.5);
    EXPECT_NEAR(under_people.y(), 0, height_tolerance);
    EXPECT_NEAR(under_people.x(), 0, 0.1);
    EXPECT_NEAR(under_people.z(), 0, 0.1);
  }

  SceneForGround truth_;
  Eigen::Isometry3d old_from_truth_;
};

TEST_F(GroundWorld, GravityOfTheViewsMakesItUpright) {
  const WorldFrame frame = world_frame(scene());
  EXPECT_EQ(frame.up_source, UpSource::gravity_estimate);
  EXPECT_TRUE(frame.floor_found);
  expect_upright(frame, 0.02, 0.03);
}

TEST_F(GroundWorld, PeopleAndFloorMakeItUprightWithoutAnyGravity) {
  SceneForGround blind = scene();
  blind.up_in_camera.clear();
  const WorldFrame frame = world_frame(blind);
  EXPECT_EQ(frame.up_source, UpSource::people_and_floor);
  expect_upright(frame, 0.02, 0.03);
}

TEST_F(GroundWorld, TheReferenceCameraLooksAlongMinusZ) {
  SceneForGround turned_scene = scene();
  turned_scene.reference = 1;
  const WorldFrame frame = world_frame(turned_scene);
  const Eigen::Vector3d forward = (frame.world_from_old * turned_scene.world_from_camera[1]).linear().col(2);
  EXPECT_NEAR(forward.x(), 0, 1e-9);
  EXPECT_LT(forward.z(), 0);
}

TEST_F(GroundWorld, WithNothingTheReferenceCamerasUpIsUsedAndSaid) {
  SceneForGround bare;
  bare.world_from_camera = scene().world_from_camera;
  const WorldFrame frame = world_frame(bare);
  EXPECT_EQ(frame.up_source, UpSource::reference_camera);
  EXPECT_FALSE(frame.floor_found);
  const Eigen::Isometry3d reference = frame.world_from_old * bare.world_from_camera[0];
  EXPECT_LT(angle(-reference.linear().col(1), Eigen::Vector3d::UnitY()), 1e-9);
  EXPECT_LT((reference.translation() - Eigen::Vector3d(0, 1.6, 0)).norm(), 1e-9);
}

TEST_F(GroundWorld, ASceneWithoutCamerasStillHasAFrame) {
  SceneForGround no_cameras;
  no_cameras.bodies = truth_.bodies;
  EXPECT_EQ(world_frame(no_cameras).up_source, UpSource::people_and_floor);
}

}  // namespace
}  // namespace ahap
