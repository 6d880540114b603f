#include "reconstruction/motion/camera_ways.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconstruction/motion/rig_calibration.h"
#include "tests/motion/filmed_background.h"
#include "tests/motion/simulated_range.h"

namespace ahap {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Camera 0 of a simulated range goes to and fro, looking at one place.
Camera carry(const Camera& first, int view, int frame, double metres) {
  if (view != 0) return first;
  const double turned = 2 * EIGEN_PI * frame / 40;
  const Eigen::Vector3d side = first.world_from_camera.linear().col(0);
  const Eigen::Vector3d place =
      first.center() +
      metres * (std::sin(turned) * side + Eigen::Vector3d(0, 0.2 - 0.2 * std::cos(turned), 0));
  Camera camera = camera_looking_at(place, {0, first.center().y() - 0.4, 0}, 1, first.width, first.height);
  camera.K = first.K;
  return camera;
}

// Two people before cameras of which number 0 is carried about, and what it shows of the place: the floor
// under their feet and things that stand on it. The other cameras show nothing of it.
struct CarriedCamera {
  SimulatedRange range;
  std::vector<Camera> cameras;  // number 0 in every frame
  std::vector<BackgroundTracks> background;
};

CarriedCamera carried_camera(unsigned seed, int views, int frames, double metres) {
  const PoseNoise noise{.pixels = 0.005, .landmark_turn = 0.1, .landmarks = 0.02, .unseen = 0};
  CarriedCamera result{simulate_range(seed, views, 2, frames, noise,
                                      [&](const Camera& first, int view, int frame) {
                                        return carry(first, view, frame, metres);
                                      }),
                       {},
                       {}};
  const Camera& first = result.range.capture.cameras[0];
  for (int f = 0; f < frames; ++f) result.cameras.push_back(carry(first, 0, f, metres));
  double floor = 0;
  for (const BodyPoints& body : result.range.capture.bodies)
    floor += std::min(body[kLeftToe].y(), body[kRightToe].y()) / 2;
  RandomGeometry random(seed);
  std::vector<Eigen::Vector3d> points;
  for (int i = 0; i < 1500; ++i) {
    const double height = i % 2 ? 0 : random.uniform(0, 2.5);
    points.emplace_back(random.uniform(-6, 6), floor + height, random.uniform(-6, 6));
  }
  result.background.assign(std::size_t(views), BackgroundTracks(std::size_t(frames)));
  result.background[0] = filmed(points, result.cameras);
  return result;
}

// Metres between the camera's places in its first and in another frame.
double gone(const std::vector<Camera>& cameras, int frame) {
  return (cameras[std::size_t(frame)].center() - cameras[0].center()).norm();
}

TEST(CameraWays, OfCamerasThatStandStillAreNone) {
  const CarriedCamera carried = carried_camera(3, 2, 30, 0);
  const auto found = find_moving_cameras(carried.range.frames, carried.background, {"a", "b"},
                                         carried.range.capture.views, CamerasMove::automatic);
  EXPECT_THAT(found.ways, IsEmpty());
}

TEST(CameraWays, OfCamerasBeforeLeavesAndWaterAreNone) {
  CarriedCamera carried = carried_camera(3, 1, 30, 0);
  RandomGeometry random(6);
  for (auto& shown : carried.background[0]) {
    for (FollowedPoint& point : shown)
      point.pixel += 6 * Eigen::Vector2d(random.normal(), random.normal()).cast<float>();
  }
  const auto found = find_moving_cameras(carried.range.frames, carried.background, {"a"},
                                         carried.range.capture.views, CamerasMove::automatic);
  EXPECT_THAT(found.ways, IsEmpty());
}

TEST(CameraWays, AreNotSoughtWhereSomebodySaysThatCamerasStandStill) {
  const CarriedCamera carried = carried_camera(3, 2, 30, 0.5);
  const auto found = find_moving_cameras(carried.range.frames, carried.background, {"a", "b"},
                                         carried.range.capture.views, CamerasMove::no);
  EXPECT_THAT(found.ways, IsEmpty());
  EXPECT_THAT(found.messages, IsEmpty());
}

TEST(CameraWays, SayWhichCameraMovesAndTellWhereNothingCanBeSeen) {
  const CarriedCamera carried = carried_camera(3, 2, 30, 0.5);
  const auto found = find_moving_cameras(carried.range.frames, carried.background, {"a.mp4", "b.mp4"},
                                         carried.range.capture.views, CamerasMove::automatic);
  EXPECT_TRUE(moves(found.ways, 0));
  EXPECT_FALSE(moves(found.ways, 1));
  EXPECT_THAT(found.messages, ElementsAre(HasSubstr("a.mp4 moves: it turns by up to"),
                                          HasSubstr("Whether b.mp4 moves cannot be told")));
}

TEST(CameraWays, LieInTheWorldByTheirSightingsWhichCorrectTheirLength) {
  RandomGeometry random(7);
  const Eigen::Isometry3d truth = random.pose();
  CameraWay way;
  for (int f = 0; f < 20; ++f) {
    way.way_from_camera.push_back(random.pose());
    way.way_from_camera.back().translation() *= 2;
  }
  std::vector<FramePose> poses;
  for (int f = 0; f < 20; f += 3) {
    Eigen::Isometry3d pose = way.way_from_camera[std::size_t(f)];
    pose.translation() *= 1.2;  // the way is found too short
    poses.push_back({f, truth * pose});
  }
  const Eigen::Isometry3d found = world_from_way(poses, way);
  EXPECT_LT((found.linear() - truth.linear()).norm(), 1e-6);
  EXPECT_LT((found.translation() - truth.translation()).norm(), 0.02);
  for (const FramePose& s : poses) {
    const Eigen::Isometry3d pose = found * way.way_from_camera[std::size_t(s.frame)];
    EXPECT_LT((pose.translation() - s.world_from_camera.translation()).norm(), 0.05);
  }
}

// People's points as a camera that did not turn would have them.
TEST(CameraWays, WithoutTurningThePeopleStayWhereTheyAre) {
  const Camera start = camera_looking_at({0, 1.5, 4}, {0, 1, 0});
  CameraWays ways(1);
  TrackedFrames frames(5);
  const std::vector<Camera> cameras = panning(start, 5, 4);
  ViewObservation view;
  view.width = start.width, view.height = start.height, view.focal_length = start.K(0, 0);
  for (int f = 0; f < 5; ++f) {
    ways[0].way_from_camera.push_back(start.camera_from_world() * cameras[std::size_t(f)].world_from_camera);
    PersonObservation& person = frames[std::size_t(f)].people.emplace_back();
    person.points[kNose] = {*cameras[std::size_t(f)].project({0.2, 1.7, 0}), 1};
  }
  for (const TrackedFrame& frame : without_turning(frames, ways, {view}))
    EXPECT_LT((frame.people[0].points[kNose].pixel - *start.project({0.2, 1.7, 0})).norm(), 1e-6);
}

TEST(CameraWays, AreAsLongAsPeopleSay) {
  const CarriedCamera carried = carried_camera(4, 2, 40, 0.6);
  const auto found = find_moving_cameras(carried.range.frames, carried.background, {"a", "b"},
                                         carried.range.capture.views, CamerasMove::automatic);
  ASSERT_TRUE(moves(found.ways, 0));
  EXPECT_NEAR(pose_on_way(found.ways, 0, 10).translation().norm() / gone(carried.cameras, 10), 1, 0.2);
}

// Camera 0 against camera 1, which stands still: as in truth in every frame.
TEST(CameraWays, TieACarriedCameraToThoseThatStandStill) {
  const CarriedCamera carried = carried_camera(5, 3, 40, 0.6);
  RigOptions options;
  options.ways = find_moving_cameras(carried.range.frames, carried.background, {"a", "b", "c"},
                                     carried.range.capture.views, CamerasMove::automatic)
                     .ways;
  const RigCalibration rig = calibrate_rig(carried.range.frames, carried.range.capture.views, options);
  EXPECT_EQ(rig.identities.identities, 2);
  EXPECT_THAT(rig.stations, SizeIs(3 + rig.frames.size() - 1)) << "one more in each frame but the first";
  PlacedScene scene;
  for (const AssociatedView& view : rig.association.views) {
    ASSERT_TRUE(view.estimated);
    scene.views.push_back({view.camera, view.k1});
    scene.estimated.push_back(true);
    scene.rotation_sigma.push_back(0);
  }
  const auto placed = place_on_ways(rig, options.ways, scene);
  ASSERT_THAT(scene.views, SizeIs(3));
  const Camera &still = scene.views[1].camera, &true_still = carried.range.capture.cameras[1];
  for (int f = 0; f < 40; f += 5) {
    const Eigen::Isometry3d found = still.camera_from_world() * placed[0] * pose_on_way(options.ways, 0, f);
    const Eigen::Isometry3d truth =
        true_still.camera_from_world() * carried.cameras[std::size_t(f)].world_from_camera;
    EXPECT_LT(Eigen::AngleAxisd(found.linear().transpose() * truth.linear()).angle() * 180 / EIGEN_PI, 2.5)
        << f;
    EXPECT_LT((found.translation() - truth.translation()).norm(), 0.25) << f;
  }
}

TEST(CameraWays, StandInForOtherCamerasWhereThereAreNone) {
  const CarriedCamera carried = carried_camera(6, 1, 40, 0.6);
  RigOptions options;
  options.ways = find_moving_cameras(carried.range.frames, carried.background, {"a"},
                                     carried.range.capture.views, CamerasMove::automatic)
                     .ways;
  const RigCalibration rig = calibrate_rig(carried.range.frames, carried.range.capture.views, options);
  ASSERT_FALSE(rig.frames.empty());
  for (std::size_t s = 0; s < rig.stations.size(); ++s) {
    ASSERT_TRUE(rig.association.views[s].estimated);
    const Eigen::Isometry3d& pose = rig.association.views[s].camera.world_from_camera;
    EXPECT_LT((pose.matrix() - pose_on_way(options.ways, 0, rig.stations[s].frame).matrix()).norm(), 1e-6);
  }
  EXPECT_EQ(rig.identities.identities, 2);
}

}  // namespace
}  // namespace ahap
