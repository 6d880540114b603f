#include "renderer/orbit_camera.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "tests/renderer/offscreen.h"

namespace ahap {
namespace {

const Eigen::Vector2f kViewport(800, 600);

TEST(OrbitCamera, looking_through_a_camera_projects_like_that_camera) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> any(0, 1);
  for (const auto& [width, height] : {std::pair(1600, 1200), std::pair(900, 1600), std::pair(640, 480)}) {
    const Camera camera = tilted_camera(width, height);
    OrbitCamera orbit;
    orbit.look_through(camera);
    orbit.finish_transition();
    const ViewTransform view = orbit.view(kViewport);
    // The picture is scaled to fit and stands in the middle.
    const double scale = std::min(kViewport.x() / double(width), kViewport.y() / double(height));
    const Eigen::Vector2d offset = (kViewport.cast<double>() - scale * Eigen::Vector2d(width, height)) / 2;
    for (int i = 0; i < 100; ++i) {
      const Eigen::Vector2d pixel(any(random) * width, any(random) * height);
      const Eigen::Vector3d X = camera.unproject(pixel, 0.5 + 20 * any(random));
      const Eigen::Vector2d expected = offset + scale * *camera.project(X);
      const Eigen::Vector3f seen = view.project(X.cast<float>());
      EXPECT_LT((seen.head<2>().cast<double>() - expected).norm(), 0.5 * scale);
      EXPECT_NEAR(seen.z(), (camera.camera_from_world() * X).z(), 1e-3);
    }
  }
}

TEST(OrbitCamera, a_scene_of_nothing_can_be_looked_at) {
  OrbitCamera camera;
  camera.set_scene(Eigen::AlignedBox3f());
  const ViewTransform view = camera.view(kViewport);
  EXPECT_TRUE(view.ndc_from_camera.allFinite());
  EXPECT_GT(view.far_plane, view.near_plane);
  EXPECT_LT(view.far_plane, 1000);
}

TEST(OrbitCamera, unprojecting_inverts_projecting) {
  const ViewTransform view = OrbitCamera().view(kViewport);
  const Eigen::Vector3f X(0.4f, 1.2f, -0.7f);
  const Eigen::Vector3f pixel_and_depth = view.project(X);
  EXPECT_LT((view.unproject(pixel_and_depth.head<2>(), pixel_and_depth.z()) - X).norm(), 1e-4);
}

TEST(OrbitCamera, up_stays_up_however_one_drags) {
  OrbitCamera camera;
  for (int i = 0; i < 50; ++i) {
    camera.orbit({37, i % 2 ? 400.0f : -350.0f});
    const ViewTransform view = camera.view(kViewport);
    const Eigen::Vector3f foot = view.project(camera.pivot());
    const Eigen::Vector3f head = view.project(camera.pivot() + Eigen::Vector3f(0, 0.5f, 0));
    EXPECT_LT(head.y(), foot.y());
    EXPECT_NEAR(head.x(), foot.x(), 0.01);
  }
}

TEST(OrbitCamera, dragging_right_turns_the_front_of_the_scene_to_the_right) {
  OrbitCamera camera;
  const ViewTransform before = camera.view(kViewport);
  const Eigen::Vector3f in_front = camera.pivot() + 0.3f * (before.eye() - camera.pivot());
  camera.orbit({40, 0});
  EXPECT_GT(camera.view(kViewport).project(in_front).x(), before.project(in_front).x() + 5);
}

TEST(OrbitCamera, panning_moves_the_pivot_with_the_cursor) {
  OrbitCamera camera;
  const Eigen::Vector3f pivot = camera.pivot();
  camera.pan({50, -20}, kViewport);
  const Eigen::Vector3f seen = camera.view(kViewport).project(pivot);
  EXPECT_NEAR(seen.x(), 450, 0.1);
  EXPECT_NEAR(seen.y(), 280, 0.1);
}

TEST(OrbitCamera, zooming_keeps_what_is_under_the_cursor) {
  OrbitCamera camera;
  const Eigen::Vector2f cursor(650, 120);
  const ViewTransform before = camera.view(kViewport);
  const Eigen::Vector3f under_cursor = before.unproject(cursor, camera.distance());
  camera.zoom(5, cursor, kViewport);
  const ViewTransform after = camera.view(kViewport);
  EXPECT_LT((after.project(under_cursor).head<2>() - cursor).norm(), 0.1f);
  EXPECT_NEAR(after.project(under_cursor).z(), before.project(under_cursor).z() / std::pow(1.1, 5), 1e-3);
}

TEST(OrbitCamera, zooming_in_a_picture_keeps_what_is_under_the_cursor) {
  const Camera picture = tilted_camera(1600, 1200);
  OrbitCamera camera;
  camera.look_through(picture);
  camera.finish_transition();
  const Eigen::Vector2f cursor(200, 500);
  const Eigen::Vector3f under_cursor = camera.view(kViewport).unproject(cursor, 3);
  camera.zoom(10, cursor, kViewport);
  EXPECT_LT((camera.view(kViewport).project(under_cursor).head<2>() - cursor).norm(), 0.1f);
  EXPECT_TRUE(camera.looking_through());
}

TEST(OrbitCamera, fitting_shows_the_whole_box_and_fills_the_view_with_it) {
  const Eigen::AlignedBox3f box(Eigen::Vector3f(-7, 0, 2), Eigen::Vector3f(1, 2.5f, 4));
  std::vector<Eigen::Vector3f> corners;
  for (int i = 0; i < 8; ++i) corners.push_back(box.corner(Eigen::AlignedBox3f::CornerType(i)));
  for (const Eigen::Vector2f& viewport : {Eigen::Vector2f(800, 600), Eigen::Vector2f(300, 900)}) {
    OrbitCamera camera;
    camera.fit(corners, viewport);
    camera.finish_transition();
    const ViewTransform view = camera.view(viewport);
    float margin = 1e9;
    for (const Eigen::Vector3f& point : corners) {
      const Eigen::Vector3f corner = view.project(point);
      margin =
          std::min({margin, corner.x(), corner.y(), viewport.x() - corner.x(), viewport.y() - corner.y()});
    }
    EXPECT_GE(margin, 0);
    EXPECT_LE(margin, 0.09f * viewport.maxCoeff());
  }
}

TEST(OrbitCamera, fitting_leaves_equal_room_on_both_sides) {
  const std::array<Eigen::Vector3f, 3> points = {{{-4, 0, 1}, {2, 0, -5}, {0, 1.8f, 6}}};
  OrbitCamera camera;
  camera.fit(points, kViewport);
  camera.finish_transition();
  Eigen::AlignedBox2f seen;
  for (const Eigen::Vector3f& point : points) {
    seen.extend(Eigen::Vector2f(camera.view(kViewport).project(point).head<2>()));
  }
  EXPECT_NEAR(seen.min().x(), kViewport.x() - seen.max().x(), 1);
}

TEST(OrbitCamera, leaving_a_picture_returns_to_the_view_before) {
  OrbitCamera camera;
  camera.orbit({100, 30});
  const Eigen::Matrix4f before = camera.view(kViewport).ndc_from_world();
  camera.look_through(tilted_camera(640, 480));
  camera.finish_transition();
  EXPECT_FALSE(camera.view(kViewport).ndc_from_world().isApprox(before, 1e-3f));
  camera.leave();
  camera.finish_transition();
  EXPECT_TRUE(camera.view(kViewport).ndc_from_world().isApprox(before, 1e-4f));
}

TEST(OrbitCamera, orbiting_out_of_a_picture_starts_at_its_camera) {
  const Camera picture = tilted_camera(640, 480);
  OrbitCamera camera;
  camera.look_through(picture);
  camera.finish_transition();
  camera.orbit({0, 0});
  EXPECT_FALSE(camera.looking_through());
  camera.finish_transition();
  EXPECT_LT((camera.view(kViewport).eye() - picture.center().cast<float>()).norm(), 1e-3f);
}

TEST(OrbitCamera, a_transition_is_smooth_and_ends_at_its_goal) {
  OrbitCamera camera;
  camera.look_through(tilted_camera(640, 480));
  Eigen::Vector3f eye = camera.view(kViewport).eye();
  const Eigen::Vector3f start = eye;
  int steps = 0;
  while (camera.advance(0.02f)) {
    const Eigen::Vector3f next = camera.view(kViewport).eye();
    EXPECT_LT((next - eye).norm(), 0.15f * (start - Eigen::Vector3f(1.5f, 2, -3)).norm());
    eye = next;
    ASSERT_LT(++steps, 100);
  }
  EXPECT_LT((camera.view(kViewport).eye() - Eigen::Vector3f(1.5f, 2, -3)).norm(), 1e-3f);
}

}  // namespace
}  // namespace ahap
