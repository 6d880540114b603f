#include "app/gui/picture.h"

#include <gtest/gtest.h>

#include "renderer/headless_context.h"
#include "tests/fixtures/sample_reconstruction.h"
#include "tests/gui/identity_pixels.h"

namespace ahap {
namespace {

using namespace testing;

TEST(Picture, has_the_size_that_was_asked_for) {
  const Image picture = render_picture(sample_reconstruction(), 0, 320, 200);
  EXPECT_EQ(picture.width, 320);
  EXPECT_EQ(picture.height, 200);
}

TEST(Picture, shows_every_body_in_its_own_colour) {
  const Image picture = render_picture(sample_reconstruction(), 0, 800, 500);
  EXPECT_GT(identity_pixels(picture, 1), 500);
  EXPECT_GT(identity_pixels(picture, 2), 500);
}

TEST(Picture, has_no_bodies_where_nobody_was_found) {
  Reconstruction empty_scene = sample_reconstruction();
  const int with = identity_pixels(render_picture(empty_scene, 0, 800, 500), 2);
  empty_scene.people.clear();
  EXPECT_LT(identity_pixels(render_picture(empty_scene, 0, 800, 500), 2), with / 4);
}

TEST(Picture, is_drawn_from_nothing_at_all) {
  const Image picture = render_picture(empty_reconstruction(), 0, 160, 100);
  EXPECT_EQ(picture.rgb.size(), std::size_t(160 * 100 * 3));
}

TEST(Overview, sees_all_people_and_cameras_from_above) {
  const HeadlessContext context;
  const Reconstruction reconstruction = sample_reconstruction();
  SceneRenderer renderer;
  renderer.show(std::make_shared<const Reconstruction>(reconstruction), 0);
  const Eigen::Vector2f size(1600, 1000);
  const ViewTransform view = overview(reconstruction, 0, renderer, size).view(size);
  EXPECT_GT(view.eye().y(), 2.5f);
  std::vector<Eigen::Vector3f> in_view;
  for (const Person& person : reconstruction.people) {
    in_view.insert(in_view.end(), person.bodies[0].mesh.positions.begin(),
                   person.bodies[0].mesh.positions.end());
  }
  for (const ReconstructedView& seen : reconstruction.views) {
    if (seen.camera_estimated) in_view.push_back(seen.cameras[0].center().cast<float>());
  }
  for (const Eigen::Vector3f& point : in_view) {
    const Eigen::Vector3f pixel = view.project(point);
    EXPECT_GT(pixel.z(), 0);
    EXPECT_TRUE(pixel.x() > 0 && pixel.x() < size.x() && pixel.y() > 0 && pixel.y() < size.y())
        << pixel.transpose();
  }
}

TEST(Overview, is_not_spoilt_by_one_camera_far_away) {
  const HeadlessContext context;
  Reconstruction reconstruction = sample_reconstruction();
  SceneRenderer renderer;
  const Eigen::Vector2f size(1600, 1000);
  renderer.show(std::make_shared<const Reconstruction>(reconstruction), 0);
  const float before = overview(reconstruction, 0, renderer, size).distance();
  reconstruction.views[3].cameras[0].world_from_camera.translation() *= 50;
  renderer.show(std::make_shared<const Reconstruction>(reconstruction), 0);
  EXPECT_LT(overview(reconstruction, 0, renderer, size).distance(), 1.5f * before);
}

TEST(Overview, stands_behind_the_first_camera) {
  const HeadlessContext context;
  const Reconstruction reconstruction = sample_reconstruction();
  SceneRenderer renderer;
  renderer.show(std::make_shared<const Reconstruction>(reconstruction), 0);
  const Eigen::Vector2f size(1600, 1000);
  const Eigen::Vector3f looks =
      overview(reconstruction, 0, renderer, size).view(size).camera_from_world.linear().row(2);
  const Eigen::Vector3d forward = reconstruction.views[0].cameras[0].world_from_camera.linear().col(2);
  const Eigen::Vector2f a = Eigen::Vector2f(looks.x(), looks.z()).normalized();
  const Eigen::Vector2f b = Eigen::Vector2f(float(forward.x()), float(forward.z())).normalized();
  EXPECT_GT(a.dot(b), std::cos(0.8f));
}

}  // namespace
}  // namespace ahap
