#include "renderer/grid_painter.h"
#include "renderer/image_painter.h"
#include "renderer/line_painter.h"
#include "renderer/mesh_painter.h"
#include "renderer/point_painter.h"
#include "tests/renderer/offscreen.h"

namespace ahap {
namespace {

using Painters = Offscreen;

const Camera kCamera = tilted_camera(96, 64);
const float kPixelAt3m = float(3 / kCamera.K(0, 0));  // metres a pixel covers at 3 m

Eigen::Vector3f world_point(double x, double y, double depth) {
  return kCamera.unproject({x, y}, depth).cast<float>();
}

// A rectangle parallel to the picture that covers the pixels x0..x1, y0..y1.
TriangleMesh card(double x0, double y0, double x1, double y1, double depth) {
  TriangleMesh mesh;
  mesh.positions = {world_point(x0, y0, depth), world_point(x1, y0, depth), world_point(x1, y1, depth),
                    world_point(x0, y1, depth)};
  mesh.triangles = {{0, 2, 1}, {0, 3, 2}};
  return mesh;
}

TEST_F(Painters, a_known_point_colours_a_known_pixel) {
  PointPainter points;
  points.upload({world_point(40.5, 30.5, 3)});
  points.upload_colors(std::vector<Color>{kRed}, std::vector<float>{1});
  const Image picture = draw(
      view_of(kCamera), [&](const ViewTransform& view) { points.draw(view, {.diameter = 3 * kPixelAt3m}); });
  EXPECT_EQ(color_at(picture, 40, 30), kRed);
  EXPECT_EQ(color_at(picture, 37, 30), kBlack);
  EXPECT_EQ(color_at(picture, 40, 33), kBlack);
}

TEST_F(Painters, points_look_smaller_from_farther_away_down_to_a_least_size) {
  PointPainter points;
  points.upload({world_point(20.5, 32.5, 3), world_point(48.5, 32.5, 6), world_point(75.5, 32.5, 25)});
  points.upload_colors(std::vector<Color>(3, kRed), std::vector<float>(3, 1.0f));
  const ViewTransform view = view_of(kCamera);
  const Image picture = draw(view, [&](const ViewTransform& view) {
    points.draw(view, {.diameter = 16 * kPixelAt3m, .least_pixels = 5});
  });
  EXPECT_EQ(color_at(picture, 20 + 6, 32), kRed);
  EXPECT_EQ(color_at(picture, 48 + 6, 32), kBlack);
  EXPECT_EQ(color_at(picture, 48 + 3, 32), kRed);
  EXPECT_EQ(color_at(picture, 75 + 1, 32), kRed);
  EXPECT_EQ(color_at(picture, 75 + 4, 32), kBlack);
}

TEST_F(Painters, points_are_round) {
  PointPainter points;
  points.upload({world_point(48, 32, 3)});
  points.upload_colors(std::vector<Color>{kRed}, std::vector<float>{1});
  const Image picture = draw(
      view_of(kCamera), [&](const ViewTransform& view) { points.draw(view, {.diameter = 20 * kPixelAt3m}); });
  EXPECT_EQ(color_at(picture, 48 + 8, 32), kRed);
  EXPECT_EQ(color_at(picture, 48, 32 - 8), kRed);
  EXPECT_EQ(color_at(picture, 48 + 8, 32 + 8), kBlack);
}

TEST_F(Painters, a_point_may_have_a_diameter_of_its_own) {
  PointPainter points;
  points.upload({world_point(20.5, 32.5, 3), world_point(70.5, 32.5, 3)}, {},
                {16 * kPixelAt3m, 6 * kPixelAt3m});
  points.upload_colors(std::vector<Color>(2, kRed), std::vector<float>(2, 1.0f));
  const Image picture =
      draw(view_of(kCamera), [&](const ViewTransform& view) { points.draw(view, {.diameter = 1}); });
  EXPECT_EQ(color_at(picture, 20 + 6, 32), kRed);
  EXPECT_EQ(color_at(picture, 70 + 6, 32), kBlack);
  EXPECT_EQ(color_at(picture, 70 + 1, 32), kRed);
}

// Turned about the picture's vertical axis by 50 degrees it is 0.64 as wide as high.
TEST_F(Painters, a_disc_that_is_seen_aslant_is_narrow) {
  const Eigen::Matrix3f axes = kCamera.world_from_camera.linear().cast<float>();
  const float angle = 50 * float(M_PI) / 180;
  const Eigen::Vector3f normal = axes * Eigen::Vector3f(std::sin(angle), 0, -std::cos(angle));
  PointPainter points;
  points.upload({world_point(43.2, 35.2, 3)}, {normal});  // where the optical axis is
  points.upload_colors(std::vector<Color>{kRed}, std::vector<float>{1});
  const Image picture = draw(
      view_of(kCamera), [&](const ViewTransform& view) { points.draw(view, {.diameter = 24 * kPixelAt3m}); });
  int width = 0, height = 0;
  for (int x = 0; x < picture.width; ++x) width += color_at(picture, x, 35) == kRed;
  for (int y = 0; y < picture.height; ++y) height += color_at(picture, 43, y) == kRed;
  EXPECT_NEAR(height, 24, 2);
  EXPECT_NEAR(width, 24 * std::cos(angle), 2);
}

TEST_F(Painters, some_of_the_points_may_be_drawn) {
  PointPainter points;
  points.upload({world_point(20.5, 30.5, 3), world_point(40.5, 30.5, 3), world_point(60.5, 30.5, 3)});
  points.upload_colors(std::vector<Color>(3, kRed), std::vector<float>(3, 1.0f));
  const Image picture = draw(view_of(kCamera), [&](const ViewTransform& view) {
    points.draw(view, {.least_pixels = 4, .first = 1, .count = 1});
  });
  EXPECT_EQ(color_at(picture, 20, 30), kBlack);
  EXPECT_EQ(color_at(picture, 40, 30), kRed);
  EXPECT_EQ(color_at(picture, 60, 30), kBlack);
}

TEST_F(Painters, a_point_nearer_by_hides_one_behind_it) {
  PointPainter points;
  points.upload({world_point(40.5, 30.5, 2), world_point(40.5, 30.5, 4)});
  points.upload_colors(std::vector<Color>{kRed, kGreen}, std::vector<float>{1, 1});
  const Image picture =
      draw(view_of(kCamera), [&](const ViewTransform& view) { points.draw(view, {.least_pixels = 4}); });
  EXPECT_EQ(color_at(picture, 40, 30), kRed);
}

TEST_F(Painters, a_point_below_the_confidence_threshold_is_left_out) {
  PointPainter points;
  points.upload({world_point(20.5, 30.5, 3), world_point(60.5, 30.5, 3)});
  points.upload_colors(std::vector<Color>{kRed, kRed}, std::vector<float>{0.4f, 0.6f});
  const Image picture = draw(view_of(kCamera), [&](const ViewTransform& view) {
    points.draw(view, {.least_pixels = 4, .min_confidence = 0.5f});
  });
  EXPECT_EQ(color_at(picture, 20, 30), kBlack);
  EXPECT_EQ(color_at(picture, 60, 30), kRed);
}

TEST_F(Painters, a_mesh_hides_points_behind_it_and_not_those_in_front) {
  const TriangleMesh mesh = card(20, 10, 80, 50, 3);
  MeshPainter meshes;
  meshes.upload({&mesh});
  PointPainter points;
  points.upload({world_point(30.5, 30.5, 5), world_point(60.5, 30.5, 2)});
  points.upload_colors(std::vector<Color>{kRed, kRed}, std::vector<float>{1, 1});
  const Image picture = draw(view_of(kCamera), [&](const ViewTransform& view) {
    meshes.draw(0, view, {.color = kBlue});
    points.draw(view, {.least_pixels = 4});
  });
  EXPECT_GT(color_at(picture, 30, 30)[2], 100);
  EXPECT_LT(color_at(picture, 30, 30)[0], color_at(picture, 30, 30)[2]);
  EXPECT_EQ(color_at(picture, 60, 30), kRed);
  EXPECT_EQ(color_at(picture, 10, 30), kBlack);
}

TEST_F(Painters, only_the_front_surface_of_a_translucent_mesh_is_seen) {
  TriangleMesh two_layers = card(20, 10, 80, 50, 3);
  const TriangleMesh behind = card(20, 10, 50, 50, 4);
  for (const auto& [a, b, c] : behind.triangles) two_layers.triangles.push_back({a + 4, b + 4, c + 4});
  two_layers.positions.insert(two_layers.positions.end(), behind.positions.begin(), behind.positions.end());
  MeshPainter meshes;
  meshes.upload({&two_layers});
  const Image picture = draw(view_of(kCamera), [&](const ViewTransform& view) {
    meshes.draw(0, view, {.color = kBlue, .opacity = 0.5f});
  });
  EXPECT_NEAR(color_at(picture, 49, 30)[2], color_at(picture, 51, 30)[2], 2);
  EXPECT_GT(color_at(picture, 51, 30)[2], 50);
}

TEST_F(Painters, an_outline_surrounds_its_mesh_by_its_width) {
  // An octahedron, so that normals point outwards.
  TriangleMesh mesh;
  const Eigen::Vector3f centre = world_point(48, 32, 4);
  const Eigen::Matrix3f axes = kCamera.world_from_camera.linear().cast<float>();
  for (int axis = 0; axis < 3; ++axis) {
    mesh.positions.push_back(centre + 0.4f * axes.col(axis));
    mesh.positions.push_back(centre - 0.4f * axes.col(axis));
  }
  mesh.triangles = {{0, 2, 4}, {2, 1, 4}, {1, 3, 4}, {3, 0, 4}, {2, 0, 5}, {1, 2, 5}, {3, 1, 5}, {0, 3, 5}};
  MeshPainter meshes;
  meshes.upload({&mesh});
  const Image picture = draw(view_of(kCamera), [&](const ViewTransform& view) {
    meshes.draw(0, view, {.color = kBlue, .outline = 4, .outline_color = kRed});
  });
  int right = 95;
  while (right > 0 && color_at(picture, right, 32) == kBlack) --right;
  const double mesh_edge = kCamera.project(mesh.positions[0].cast<double>())->x();
  EXPECT_NEAR(right + 1, mesh_edge + 4, 1.5);
  EXPECT_EQ(color_at(picture, right - 1, 32), kRed);
  EXPECT_NE(color_at(picture, 48, 32), kRed);
}

TEST_F(Painters, an_outline_and_a_faint_body_are_seen_through_what_stands_in_front) {
  const TriangleMesh mesh = card(30, 20, 60, 40, 4), wall = card(0, 0, 45, 64, 2);
  MeshPainter meshes;
  meshes.upload({&mesh, &wall});
  const auto picture_with = [&](float outline) {
    return draw(view_of(kCamera), [&](const ViewTransform& view) {
      meshes.draw(1, view, {.color = kGreen});
      meshes.draw(0, view, {.color = kBlue, .outline = outline, .outline_color = kRed});
    });
  };
  const Image plain = picture_with(0), chosen = picture_with(3);
  EXPECT_NEAR(color_at(plain, 35, 30)[2], color_at(plain, 10, 30)[2], 4) << "the wall hides it";
  EXPECT_GT(color_at(chosen, 35, 30)[2], color_at(plain, 35, 30)[2] + 20) << "blue through the wall";
  EXPECT_GT(color_at(chosen, 35, 30)[1], 60) << "and still green";
  EXPECT_EQ(color_at(chosen, 55, 30), color_at(plain, 55, 30)) << "as ever where nothing hides it";
}

TEST_F(Painters, a_line_runs_between_the_projections_of_its_ends) {
  LinePainter lines;
  lines.upload({{world_point(10, 20.5, 2), world_point(80, 20.5, 6), {255, 0, 0, 255}}});
  const Image picture = draw(view_of(kCamera), [&](const ViewTransform& view) { lines.draw(view, 3); });
  for (int x : {12, 40, 77}) {
    EXPECT_EQ(color_at(picture, x, 20), kRed) << x;
    EXPECT_EQ(color_at(picture, x, 17), kBlack) << x;
    EXPECT_EQ(color_at(picture, x, 23), kBlack) << x;
  }
  EXPECT_EQ(color_at(picture, 84, 20), kBlack);
}

TEST_F(Painters, the_part_of_a_line_behind_the_camera_is_cut_off) {
  LinePainter lines;
  // Behind the camera on the ray of pixel (20, 32.5): in the plane of row 32.5, to the right.
  const Eigen::Vector3f behind = kCamera.unproject({20, 32.5}, -3).cast<float>();
  lines.upload({{world_point(60, 32.5, 4), behind, {255, 0, 0, 255}}});
  const Image picture = draw(view_of(kCamera), [&](const ViewTransform& view) { lines.draw(view, 3); });
  EXPECT_EQ(color_at(picture, 62, 32), kRed);
  EXPECT_EQ(color_at(picture, 94, 32), kRed);
  EXPECT_EQ(color_at(picture, 20, 32), kBlack);
  EXPECT_EQ(color_at(picture, 55, 32), kBlack);
}

TEST_F(Painters, a_picture_plane_seen_from_its_camera_is_the_picture) {
  Image photo(96, 64);
  for (int y = 0; y < photo.height; ++y) {
    for (int x = 0; x < photo.width; ++x) {
      const Color color = y < 32 ? (x < 48 ? kRed : kGreen) : (x < 48 ? kBlue : Color{200, 200, 200});
      std::copy(color.begin(), color.end(), photo.pixel(x, y));
    }
  }
  gl::Texture texture;
  texture.upload(photo);
  const ImagePainter images;
  const auto expect_the_photo = [&](const Image& picture) {
    EXPECT_EQ(color_at(picture, 5, 5), kRed);
    EXPECT_EQ(color_at(picture, 90, 5), kGreen);
    EXPECT_EQ(color_at(picture, 5, 60), kBlue);
    EXPECT_EQ(color_at(picture, 90, 60), (Color{200, 200, 200}));
    EXPECT_EQ(color_at(picture, 46, 30), kRed);
    EXPECT_EQ(color_at(picture, 49, 33), (Color{200, 200, 200}));
  };
  expect_the_photo(draw(view_of(kCamera), [&](const ViewTransform& view) {
    images.draw(view, image_plane(kCamera, 2), texture, 1);
  }));
  expect_the_photo(draw(view_of(kCamera),
                        [&](const ViewTransform& view) { images.draw_backdrop(view, kCamera, texture, 1); }));
}

TEST_F(Painters, grid_lines_lie_on_whole_metres_of_the_floor) {
  Camera above;  // 4 m over the floor, looking straight down, 20 pixels a metre
  above.width = above.height = 80;
  above.K << 80, 0, 40, 0, 80, 40, 0, 0, 1;
  above.world_from_camera.linear() << 1, 0, 0, 0, 0, -1, 0, 1, 0;
  above.world_from_camera.translation() = Eigen::Vector3d(0.5, 4, 0.5);
  const GridPainter grid;
  const Image picture =
      draw(view_of(above), [&](const ViewTransform& view) { grid.draw(view, Eigen::Vector3f::Zero(), 50); });
  const int line_at_x1 = int(above.project({1, 0, 0.5})->x());
  EXPECT_GT(color_at(picture, line_at_x1, 40)[1], 15);
  EXPECT_EQ(color_at(picture, line_at_x1 - 10, 40)[1], 0);
  const int axis_z = int(above.project({0, 0, 0.5})->x());
  EXPECT_GT(color_at(picture, axis_z, 40)[2], 2 * color_at(picture, axis_z, 40)[0]);
}

}  // namespace
}  // namespace ahap
