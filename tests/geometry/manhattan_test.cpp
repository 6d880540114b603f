#include <gtest/gtest.h>

#include <cmath>

#include "reconstruction/geometry/level_camera.h"
#include "reconstruction/geometry/manhattan.h"
#include "reconstruction/multiview/cameras_from_people.h"
#include "tests/fixtures/picture_of_room.h"
#include "tests/fixtures/random_geometry.h"

namespace ahap {
namespace {

constexpr double kDegree = M_PI / 180;

Eigen::Vector3d up_of(const Camera& camera) {
  return camera.world_from_camera.linear().row(1).transpose();
}

ManhattanPrior disturbed(const Camera& camera, RandomGeometry& random) {
  ManhattanPrior prior;
  prior.K = camera.K;
  prior.K.topLeftCorner<2, 2>() *= std::exp(random.normal(0.1));
  prior.up = random.small_rotation(0.04) * up_of(camera);
  return prior;
}

TEST(ManhattanFrame, ARoomTellsGravityFocalLengthAndHeading) {
  RandomGeometry random(3);
  for (int i = 0; i < 6; ++i) {
    const double azimuth = random.uniform(-M_PI, M_PI), manhattan_yaw = random.uniform(0, M_PI / 2);
    const Camera camera = camera_looking_at({2.5 * std::cos(azimuth), 1.6, 2.5 * std::sin(azimuth)},
                                            {0.3, 0.9, 0.2}, random.uniform(50, 75) * kDegree, 640, 480);
    const ManhattanFrame frame =
        manhattan_frame(straight_edges(picture_of_room(camera, manhattan_yaw), disturbed(camera, random)));
    ASSERT_TRUE(frame.found);
    EXPECT_LT(std::acos(std::min(1.0, frame.up.dot(up_of(camera)))), 0.6 * kDegree);
    // Turned by its yaw against the room, the level camera has the room's axes; its yaw in the world adds the
    // room's.
    EXPECT_LT(
        std::abs(std::remainder(
            level_yaw(camera.world_from_camera.linear()) - frame.headings[0].yaw - manhattan_yaw, M_PI / 2)),
        0.6 * kDegree);
    EXPECT_LT(frame.headings[0].sigma, 2 * kDegree);
  }
}

TEST(ManhattanFrame, TheFocalFactorLeadsToTheTrueFocalLength) {
  RandomGeometry random(5);
  const Camera camera = camera_looking_at({2.4, 1.6, -1}, {-0.3, 0.9, 0.2}, 60 * kDegree, 640, 480);
  const Image picture = picture_of_room(camera, 0.4);
  for (const double factor : {0.85, 1.0, 1.15}) {
    ManhattanPrior prior;
    prior.K = camera.K;
    prior.K.topLeftCorner<2, 2>() *= factor;
    prior.up = up_of(camera);
    EXPECT_NEAR(manhattan_frame(straight_edges(picture, prior)).focal_factor * factor, 1, 0.04);
    prior.focal_sigma = 0;
    EXPECT_NEAR(manhattan_frame(straight_edges(picture, prior)).focal_factor, 1, 1e-6)
        << "an exact focal length stays";
  }
}

TEST(ManhattanFrame, AnExpectedHeadingIsFoundExactly) {
  RandomGeometry random(9);
  const Camera camera = camera_looking_at({2.4, 1.6, -1}, {-0.3, 0.9, 0.2}, 60 * kDegree, 640, 480);
  const StraightEdges edges = straight_edges(picture_of_room(camera, 0.4), disturbed(camera, random));
  const double truth = level_yaw(camera.world_from_camera.linear()) - 0.4;
  const ManhattanFrame frame = manhattan_frame_at(edges, truth + 0.05);
  ASSERT_EQ(frame.headings.size(), 1u);
  EXPECT_LT(std::abs(std::remainder(frame.headings[0].yaw - truth, M_PI / 2)), 0.6 * kDegree);
}

// Edges of a room turned by `heading`, seen through a lens `factor` times as long as the prior's.
void add_room(StraightEdges& seen, double heading, double factor, int count, RandomGeometry& random) {
  const Eigen::Matrix3d room_from_camera =
      Eigen::AngleAxisd(heading, Eigen::Vector3d::UnitY()).toRotationMatrix() *
      level_from_camera(seen.prior.up);
  for (int i = 0; i < count; ++i) {
    const double x = random.uniform(-0.6, 0.6), y = random.uniform(-0.5, 0.5);
    const Eigen::Vector3d axis = room_from_camera.row(random.integer(0, 2)).transpose();
    const Eigen::Vector2d along =
        Eigen::Vector2d(axis.x() - x / factor * axis.z(), axis.y() - y / factor * axis.z()).normalized();
    seen.edges.push_back({float(x), float(y), float(-along.y()), float(along.x()), 1});
  }
}

TEST(ManhattanFrame, ALensOnWhichTheHeadingsDisagreeIsKnownLessWell) {
  RandomGeometry random(11);
  StraightEdges room, room_and_rug;
  room.prior.up = room_and_rug.prior.up = Eigen::Vector3d(0, -1, 0.3).normalized();
  add_room(room, 0.3, 1.0, 2000, random);
  add_room(room_and_rug, 0.3, 1.0, 1000, random);
  add_room(room_and_rug, 1.0, 1.3, 1000, random);
  const ManhattanFrame sure = manhattan_frame(room), unsure = manhattan_frame(room_and_rug);
  ASSERT_GE(unsure.headings.size(), 2u);
  EXPECT_GT(unsure.focal_sigma, 1.5 * sure.focal_sigma);
}

TEST(ManhattanFrame, WithoutStraightEdgesNothingIsFound) {
  Image grey(640, 480);
  std::fill(grey.rgb.begin(), grey.rgb.end(), std::uint8_t(120));
  ManhattanPrior prior;
  prior.K << 500, 0, 320, 0, 500, 240, 0, 0, 1;
  prior.up = {0.1, -0.99, 0.1};
  for (const Image& picture : {grey, Image(), Image(3, 2)}) {
    const ManhattanFrame frame = manhattan_frame(straight_edges(picture, prior));
    EXPECT_FALSE(frame.found);
    EXPECT_TRUE(frame.headings.empty());
    EXPECT_EQ(frame.focal_factor, 1);
    EXPECT_TRUE(frame.up.isApprox(prior.up.normalized()));
  }
}

TEST(ManhattanFrame, EdgesOfPeopleDoNotCount) {
  const Camera camera = camera_looking_at({2.4, 1.6, -1}, {-0.3, 0.9, 0.2}, 60 * kDegree, 640, 480);
  ManhattanPrior prior;
  prior.K = camera.K;
  prior.up = up_of(camera);
  const std::array<double, 4> everything = {0, 0, 640, 480};
  EXPECT_FALSE(manhattan_frame(straight_edges(picture_of_room(camera, 0.4), prior, {&everything, 1})).found);
}

}  // namespace
}  // namespace ahap
