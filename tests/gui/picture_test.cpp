#include "app/gui/picture.h"
#include "app/gui/scene_view.h"

#include <gtest/gtest.h>

#include "renderer/headless_context.h"
#include "tests/fixtures/sample_reconstruction.h"
#include "tests/gui/identity_pixels.h"

namespace ahap {
namespace {

using namespace testing;

Image rendered(const Reconstruction& reconstruction, int width, int height) {
  return render_picture(reconstruction, 0, {.width = width, .height = height}).image;
}

// The middle of all pixels that show a person.
double height_of_people(const Image& picture) {
  double sum = 0, count = 0;
  for (int y = 0; y < 40; ++y) {
    const int pixels = identity_pixels(picture, 1, 0, y / 40.0, 1, (y + 1) / 40.0) +
                       identity_pixels(picture, 2, 0, y / 40.0, 1, (y + 1) / 40.0);
    sum += pixels * (y + 0.5) / 40;
    count += pixels;
  }
  return sum / count;
}

TEST(Picture, has_the_size_that_was_asked_for) {
  const Image picture = rendered(sample_reconstruction(), 320, 200);
  EXPECT_EQ(picture.width, 320);
  EXPECT_EQ(picture.height, 200);
}

TEST(Picture, shows_every_body_in_its_own_colour) {
  const Image picture = rendered(sample_reconstruction(), 800, 500);
  EXPECT_GT(identity_pixels(picture, 1), 500);
  EXPECT_GT(identity_pixels(picture, 2), 500);
}

TEST(Picture, has_no_bodies_where_nobody_was_found) {
  Reconstruction empty_scene = sample_reconstruction();
  const int with = identity_pixels(rendered(empty_scene, 800, 500), 2);
  empty_scene.people.clear();
  EXPECT_LT(identity_pixels(rendered(empty_scene, 800, 500), 2), with / 4);
}

TEST(Picture, is_drawn_from_nothing_at_all) {
  const Image picture = rendered(empty_reconstruction(), 160, 100);
  EXPECT_EQ(picture.rgb.size(), std::size_t(160 * 100 * 3));
}

// A floor of half a million points, one camera above it.
std::shared_ptr<Reconstruction> large_floor() {
  auto scene = std::make_shared<Reconstruction>(sample_reconstruction());
  auto floor = std::make_shared<PointCloud>();
  constexpr int kSide = 700;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x)
      floor->positions.push_back({4 * float(x) / kSide - 2, 0, 4 * float(y) / kSide - 2});
  }
  floor->colors.resize(floor->positions.size(), {200, 40, 200});
  floor->confidence.resize(floor->positions.size(), 1);
  floor->view.resize(floor->positions.size(), 0);
  floor->person.resize(floor->positions.size(), 0);
  scene->frames[0].points = floor;
  scene->people.clear();
  return scene;
}

int violet_pixels(const Image& picture) {
  int count = 0;
  for (std::size_t i = 0; i < picture.rgb.size(); i += 3)
    count += picture.rgb[i] > 120 && picture.rgb[i + 1] < 80 && picture.rgb[i + 2] > 120;
  return count;
}

TEST(SceneView, drawn_coarsely_shows_the_same_surfaces_at_half_the_size) {
  const HeadlessContext context;
  SceneRenderer renderer;
  const auto scene = large_floor();
  renderer.show(scene, 0);
  const Eigen::Vector2f size(640, 480);
  const OrbitCamera camera = overview(*scene, 0, renderer, size);
  Viewport viewport;
  draw_view(viewport, renderer, camera, size, {}, 1);
  const Image full = viewport.read();
  draw_view(viewport, renderer, camera, size, {}, 1, SceneRenderer::Detail::coarse);
  const Image coarse = viewport.read();
  EXPECT_EQ(coarse.width, 320);
  EXPECT_GT(violet_pixels(full), 20'000);
  EXPECT_GT(4 * violet_pixels(coarse), 0.7 * violet_pixels(full));
  EXPECT_LT(4 * violet_pixels(coarse), 1.1 * violet_pixels(full));
}

TEST(SceneView, dims_everybody_but_the_selected_person) {
  const HeadlessContext context;
  SceneRenderer renderer;
  const auto scene = std::make_shared<const Reconstruction>(sample_reconstruction());
  renderer.show(scene, 0);
  const Eigen::Vector2f size(800, 500);
  const OrbitCamera camera = overview(*scene, 0, renderer, size);
  Viewport viewport;
  ViewState state;
  draw_view(viewport, renderer, camera, size, state, 1);
  const Image before = viewport.read();
  state.selected.person = 1;
  draw_view(viewport, renderer, camera, size, state, 1);
  const Image after = viewport.read();
  const auto brightness = [&](int id) {  // after against before, where the person was
    const Color color = person_color(id);
    const double brightest = std::max({color[0], color[1], color[2]});
    double sum_before = 0, sum_after = 0;
    for (std::size_t i = 0; i < before.rgb.size(); i += 3) {
      const std::uint8_t *a = &before.rgb[i], *b = &after.rgb[i];
      const double bright = std::max({a[0], a[1], a[2]});
      double difference = bright < 100;
      for (int c = 0; c < 3; ++c)
        difference = std::max(difference, std::abs(a[c] / bright - color[c] / brightest));
      if (difference > 0.1) continue;
      sum_before += bright;
      sum_after += std::max({b[0], b[1], b[2]});
    }
    return sum_after / sum_before;
  };
  EXPECT_LT(brightness(2), 0.8);
  EXPECT_GT(brightness(1), 0.95);
}

TEST(PhotoCover, shows_what_is_near_in_warm_and_what_is_far_in_cold_colours) {
  const HeadlessContext context;
  SceneRenderer renderer;
  const auto scene = std::make_shared<const Reconstruction>(sample_reconstruction());
  renderer.show(scene, 0);
  const Camera& camera = scene->views[0].cameras[0];
  OrbitCamera eye;
  eye.look_through(camera);
  eye.finish_transition();
  const ViewTransform view = eye.view(Eigen::Vector2f(camera.width, camera.height));
  Viewport viewport;
  const auto drawn = [&](PhotoCover cover) {
    ViewState state;
    state.bodies = false;
    state.photo_cover = cover;
    viewport.render(view, {}, 0, [&](const ViewTransform& transform) {
      renderer.draw_picture(0, transform, state, 1, true);
    });
    return viewport.read();
  };
  const Image depth = drawn(PhotoCover::depth), plain = drawn(PhotoCover::none);
  ASSERT_TRUE(renderer.cover_range());
  const auto [nearest, farthest] = *renderer.cover_range();
  int warm = 0, near = 0, cold = 0, far = 0;
  const PointCloud& points = points_of(*scene);
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points.view[i] != 0) continue;
    const Eigen::Vector3f seen = view.project(points.positions[i]);
    const std::uint8_t* pixel = depth.pixel(int(seen.x()), int(seen.y()));
    near += seen.z() < nearest * 1.05f;
    warm += seen.z() < nearest * 1.05f && pixel[0] > pixel[2] + 50;
    far += seen.z() > farthest * 0.95f;
    cold += seen.z() > farthest * 0.95f && pixel[2] > pixel[0] + 40;
  }
  EXPECT_GT(near, 10);
  EXPECT_GT(warm, 0.9 * near);
  EXPECT_GT(far, 10);
  EXPECT_GT(cold, 0.9 * far);
  EXPECT_NE(depth.rgb, plain.rgb);
}

TEST(CameraPictures, are_small_where_people_are_near) {
  Reconstruction scene = sample_reconstruction();
  EXPECT_LE(fitting_camera_size(scene, 0), 0.5f);
  const Eigen::Vector3d pelvis = scene.people[0].bodies[0].joints[0].cast<double>();
  for (ReconstructedView& view : scene.views) {
    for (Camera& camera : view.cameras) {
      const Eigen::Vector3d away = camera.center() - pelvis;
      camera.world_from_camera.translation() = pelvis + 0.8 * away.normalized();
    }
  }
  EXPECT_LT(fitting_camera_size(scene, 0), 0.13f);
  scene.people.clear();
  EXPECT_EQ(fitting_camera_size(scene, 0), 0.5f) << "as large as ever where nobody is";
}

TEST(Picture, is_clear_where_nothing_is_and_solid_where_people_are) {
  const Drawing drawing =
      render_picture(sample_reconstruction(), 0,
                     {.view = Viewpoint::people, .width = 400, .height = 300, .transparent = true});
  ASSERT_EQ(drawing.opacity.size(), std::size_t(400 * 300));
  EXPECT_EQ(drawing.opacity.front(), 0) << "the corners";
  EXPECT_EQ(drawing.opacity[399], 0);
  int people = 0, solid = 0;
  for (int y = 0; y < 300; ++y) {
    for (int x = 0; x < 400; ++x) {
      Image one(1, 1);
      std::copy_n(drawing.image.pixel(x, y), 3, one.pixel(0, 0));
      if (identity_pixels(one, 1) == 0) continue;
      ++people;
      solid += drawing.opacity[std::size_t(y) * 400 + std::size_t(x)] == 255;
    }
  }
  EXPECT_GT(people, 1500);
  EXPECT_GT(solid, people * 9 / 10);
}

TEST(Picture, of_many_parts_is_that_of_one_part_in_large) {
  const Image whole = rendered(sample_reconstruction(), 800, 800);
  const Image tiles = rendered(sample_reconstruction(), 2400, 2400);
  double difference = 0;
  for (int y = 0; y < 800; ++y) {
    for (int x = 0; x < 800; ++x) {
      for (int c = 0; c < 3; ++c) {
        double mean = 0;
        for (int i = 0; i < 9; ++i) mean += tiles.pixel(3 * x + i % 3, 3 * y + i / 3)[c] / 9.0;
        difference += std::abs(mean - whole.pixel(x, y)[c]);
      }
    }
  }
  EXPECT_LT(difference / (800 * 800 * 3), 2.5) << "grey levels";
}

TEST(Picture, shows_names_where_they_are_asked_for) {
  Reconstruction named = sample_reconstruction();
  named.people[0].name = "Wilhelmina";
  const auto drawn = [](const Reconstruction& reconstruction, bool labels) {
    return render_picture(reconstruction, 0, {.width = 1600, .height = 1000, .labels = labels}).image;
  };
  const auto changed = [](const Image& a, const Image& b) {
    int count = 0;
    for (std::size_t i = 0; i < a.rgb.size(); i += 3) count += std::abs(a.rgb[i] - b.rgb[i]) > 20;
    return count;
  };
  const Image with_name = drawn(named, true);
  EXPECT_GT(changed(with_name, drawn(named, false)), 3000) << "numbers, names of people and cameras";
  named.people[0].name.clear();
  EXPECT_GT(changed(with_name, drawn(named, true)), 500) << "the name";
}

TEST(Picture, from_the_front_shows_people_upright_and_from_the_top_from_above) {
  const auto from = [](Viewpoint view) {
    return render_picture(sample_reconstruction(), 0, {.view = view, .width = 400, .height = 400}).image;
  };
  const auto rows_with_people = [](const Image& picture) {
    int rows = 0;
    for (int y = 0; y < 50; ++y) rows += identity_pixels(picture, 1, 0, y / 50.0, 1, (y + 1) / 50.0) > 3;
    return rows;
  };
  const auto columns_with_people = [](const Image& picture) {
    int columns = 0;
    for (int x = 0; x < 50; ++x) columns += identity_pixels(picture, 1, x / 50.0, 0, (x + 1) / 50.0, 1) > 3;
    return columns;
  };
  for (const Viewpoint upright : {Viewpoint::front, Viewpoint::side}) {
    const Image picture = from(upright);
    EXPECT_GT(rows_with_people(picture), 2 * columns_with_people(picture));
    EXPECT_NEAR(height_of_people(picture), 0.5, 0.12);
  }
  const Image top = from(Viewpoint::top);
  EXPECT_LT(rows_with_people(top), 1.6 * columns_with_people(top));
  EXPECT_NE(from(Viewpoint::front).rgb, from(Viewpoint::side).rgb);
}

TEST(Picture, of_an_absurd_size_is_refused_with_a_sentence) {
  for (const auto& [width, height] :
       {std::pair(0, 100), std::pair(100, -7), std::pair(8193, 100), std::pair(15, 15)}) {
    try {
      rendered(sample_reconstruction(), width, height);
      ADD_FAILURE() << width;
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(std::string(error.what()), "A picture of " + std::to_string(width) + " x " +
                                               std::to_string(height) +
                                               " pixels cannot be drawn: each side has 16 to 8192");
    }
  }
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
