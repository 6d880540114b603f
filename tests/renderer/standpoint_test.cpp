#include "renderer/standpoint.h"

#include <gtest/gtest.h>

#include <vector>

#include "renderer/orbit_camera.h"
#include "tests/fixtures/random_geometry.h"

namespace ahap {
namespace {

using namespace testing;

const Eigen::AlignedBox3f kScene(Eigen::Vector3f(-3, 0, -3), Eigen::Vector3f(3, 2, 3));

Standpoint looking(float yaw, float pitch, float distance = 4) {
  return {.pivot = {0, 1, 0}, .yaw = yaw, .pitch = pitch, .distance = distance};
}

TEST(Standpoint, of_a_view_gives_the_view_back) {
  OrbitCamera camera;
  camera.set_scene(kScene);
  camera.set_turntable({{0.3f, 1.1f, -0.2f}, 2.5f, 0.4f, 3.5f});
  const Eigen::Vector2f size(640, 400);
  const ViewTransform view = camera.view(size);
  EXPECT_TRUE(
      camera.standpoint(size).view(size, kScene).ndc_from_world().isApprox(view.ndc_from_world(), 1e-4f));
}

TEST(Standpoint, of_a_photo_keeps_how_the_photo_was_tilted) {
  Camera photo = camera_looking_at({2, 1.5, 3}, {0, 1, 0}, 0.9, 640, 480);
  photo.world_from_camera.rotate(Eigen::AngleAxisd(0.3, Eigen::Vector3d::UnitZ()));
  OrbitCamera camera;
  camera.look_through(photo);
  camera.finish_transition();
  const Standpoint standpoint = camera.standpoint({640, 480});
  EXPECT_NEAR(standpoint.roll, 0.3f, 1e-3f);
  EXPECT_TRUE(standpoint.world_from_camera().isApprox(photo.world_from_camera.cast<float>(), 1e-4f));
}

TEST(Standpoint, on_a_target_of_another_shape_all_is_still_in_view) {
  Standpoint standpoint = looking(0.5f, 0.3f);
  standpoint.reach = {0.8f, 0.4f};
  const ViewTransform wide = standpoint.view({800, 400}, kScene),
                      square = standpoint.view({400, 400}, kScene);
  for (const Eigen::Vector2f& corner : {Eigen::Vector2f(0, 0), Eigen::Vector2f(800, 400)}) {
    const Eigen::Vector3f pixel = square.project(wide.unproject(corner, 4));
    EXPECT_GE(pixel.head<2>().minCoeff(), -0.01f);
    EXPECT_LE(pixel.head<2>().maxCoeff(), 400.01f);
  }
  EXPECT_TRUE(wide.fitted({400, 400})
                  .ndc_from_world()
                  .topRows<2>()
                  .isApprox(square.ndc_from_world().topRows<2>(), 1e-4f));
}

TEST(Standpoint, a_part_of_a_view_shows_the_same_place_at_the_same_pixel) {
  const ViewTransform whole = looking(0.5f, 0.3f).view({800, 600}, kScene);
  const ViewTransform part = whole.part({500, 100}, {200, 300});
  const Eigen::Vector3f place(0.8f, 1.6f, -0.4f);
  EXPECT_TRUE((part.project(place) + Eigen::Vector3f(500, 100, 0)).isApprox(whole.project(place), 1e-4f));
  EXPECT_NEAR(part.focal(), whole.focal(), 0.01f);
}

TEST(TurnedAround, all_people_stay_in_the_picture_from_every_side) {
  const std::vector<Eigen::Vector3f> people = {
      {-2, 0, 0.5f}, {1.5f, 1.9f, 0}, {0, 0.9f, -0.6f}, {1.2f, 0, 1}};
  for (const float aspect : {1.78f, 1.0f, 0.5f}) {
    Standpoint standpoint = turned_around(people, 0.7f, 0.2f, aspect);
    const Eigen::Vector2f size(600 * aspect, 600);
    float outermost = 0;
    for (int side = 0; side < 24; ++side) {
      standpoint.yaw = 2 * float(EIGEN_PI) * float(side) / 24;
      const ViewTransform view = standpoint.view(size, kScene);
      for (const Eigen::Vector3f& person : people) {
        const Eigen::Vector3f pixel = view.project(person);
        ASSERT_GT(pixel.z(), 0);
        const Eigen::Vector2f from_middle = (2 * pixel.head<2>() - size).cwiseQuotient(size);
        outermost = std::max(outermost, from_middle.cwiseAbs().maxCoeff());
      }
    }
    EXPECT_LT(outermost, 0.9f) << aspect;
    EXPECT_GT(outermost, 0.6f) << aspect << ": no nearer than needed";
  }
}

TEST(CameraWay, passes_every_stop_at_its_time) {
  const std::vector<CameraStop> stops = {
      {looking(0, 0.2f, 3), 2}, {looking(1, 0.6f, 5), 1}, {looking(2.5f, 0.1f, 4), 9}};
  EXPECT_FLOAT_EQ(way_seconds(stops), 3);
  const std::vector<float> times = {0, 2, 3};
  for (std::size_t i = 0; i < stops.size(); ++i) {
    const Standpoint there = on_way(stops, times[i]);
    EXPECT_NEAR(there.yaw, stops[i].standpoint.yaw, 1e-4f);
    EXPECT_NEAR(there.pitch, stops[i].standpoint.pitch, 1e-4f);
    EXPECT_NEAR(there.distance, stops[i].standpoint.distance, 1e-3f);
  }
}

TEST(CameraWay, has_no_jolt_at_a_stop_and_rests_at_its_ends) {
  const std::vector<CameraStop> stops = {{looking(0, 0.2f), 2}, {looking(1, 0.6f), 1}, {looking(3, 0.1f), 0}};
  const auto speed = [&](float seconds) {
    return (on_way(stops, seconds + 0.002f).yaw - on_way(stops, seconds).yaw) / 0.002f;
  };
  EXPECT_NEAR(speed(1.995f), speed(2.001f), 0.05f);
  EXPECT_GT(speed(2), 0.5f);
  EXPECT_NEAR(speed(0), 0, 0.02f);
  EXPECT_NEAR(speed(2.998f), 0, 0.05f);
}

TEST(CameraWay, turns_the_shorter_way_round) {
  const std::vector<CameraStop> stops = {{looking(3.0f, 0), 1}, {looking(-3.0f, 0), 1}};
  const float half = on_way(stops, 0.5f).yaw;
  EXPECT_NEAR(std::abs(half), float(EIGEN_PI), 1e-3f);
}

TEST(CameraWay, of_one_stop_stays_there) {
  const std::vector<CameraStop> stops = {{looking(1, 0.5f), 3}};
  EXPECT_NEAR(on_way(stops, 2).yaw, 1, 1e-5f);
  EXPECT_FLOAT_EQ(way_seconds(stops), 0);
}

}  // namespace
}  // namespace ahap
