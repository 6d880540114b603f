#include "renderer/viewport.h"

#include "renderer/image_painter.h"
#include "renderer/mesh_painter.h"
#include "renderer/point_painter.h"
#include "tests/renderer/offscreen.h"

namespace ahap {
namespace {

class Picking : public Offscreen {
 protected:
  Picking() {
    camera_ = tilted_camera(160, 120);
    near_card_ = card(20, 20, 80, 100, 2);
    far_card_ = card(60, 20, 140, 100, 4);
    meshes_.upload({&near_card_, &far_card_});
    points_.upload({world_point(150.5, 60.5, 3), world_point(100, 60, 6)});
    points_.upload_colors(std::vector<Color>(2), std::vector<float>(2, 1.0f));
  }

  Eigen::Vector3f world_point(double x, double y, double depth) const {
    return camera_.unproject({x, y}, depth).cast<float>();
  }
  TriangleMesh card(double x0, double y0, double x1, double y1, double depth) const {
    TriangleMesh mesh;
    mesh.positions = {world_point(x0, y0, depth), world_point(x1, y0, depth), world_point(x1, y1, depth),
                      world_point(x0, y1, depth)};
    mesh.triangles = {{0, 2, 1}, {0, 3, 2}};
    return mesh;
  }
  std::optional<Pick> pick(float x, float y) {
    return viewport_.pick(view_of(camera_), {x, y}, [&](const ViewTransform& view) {
      meshes_.draw_ids(0, view, 7);
      meshes_.draw_ids(1, view, 8);
      points_.draw_ids(view, {.least_pixels = 2}, 4'000'000'000u);
    });
  }

  Camera camera_;
  TriangleMesh near_card_, far_card_;
  MeshPainter meshes_;
  PointPainter points_;
  Viewport viewport_;
};

TEST_F(Picking, returns_the_id_that_was_drawn_and_the_world_point_under_the_pixel) {
  const auto hit = pick(120.5f, 60.5f);
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->id, 8u);
  EXPECT_LT((hit->point - world_point(120.5, 60.5, 4)).norm(), 0.01f);
}

TEST_F(Picking, takes_the_thing_in_front) {
  const auto hit = pick(70.5f, 60.5f);
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->id, 7u);
}

TEST_F(Picking, finds_a_small_point_a_few_pixels_away) {
  const auto hit = pick(147.5f, 62.5f);
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->id, 4'000'000'000u);
  EXPECT_LT((hit->point - world_point(150.5, 60.5, 3)).norm(), 0.05f);
}

TEST_F(Picking, finds_nothing_where_nothing_is) {
  EXPECT_FALSE(pick(10.5f, 10.5f));
}

TEST_F(Picking, finds_a_picture_plane) {
  const ImagePainter images;
  const auto hit = viewport_.pick(view_of(camera_), {80, 60}, [&](const ViewTransform& view) {
    images.draw_ids(view, image_plane(camera_, 1.5), 3);
  });
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->id, 3u);
}

using Pictures = Offscreen;

TEST_F(Pictures, have_the_size_that_was_asked_for) {
  Viewport viewport;
  OrbitCamera camera;
  for (const auto& [width, height] : {std::pair(300, 200), std::pair(17, 33), std::pair(1, 1)}) {
    viewport.render(camera.view(Eigen::Vector2f(width, height)), {{10, 20, 30}, {10, 20, 30}}, 1,
                    [](const ViewTransform&) {});
    const Image picture = viewport.read();
    EXPECT_EQ(picture.width, width);
    EXPECT_EQ(picture.height, height);
    EXPECT_EQ(color_at(picture, width - 1, height - 1), (Color{10, 20, 30}));
  }
}

TEST_F(Pictures, start_with_the_top_row) {
  Viewport viewport;
  viewport.render(OrbitCamera().view({40, 400}), {{200, 0, 0}, {0, 0, 200}}, 0, [](const ViewTransform&) {});
  const Image picture = viewport.read();
  EXPECT_GT(color_at(picture, 20, 0)[0], 195);
  EXPECT_GT(color_at(picture, 20, 399)[2], 195);
}

TEST_F(Pictures, depth_shading_darkens_what_lies_behind_an_edge_and_nothing_else) {
  const Camera camera = tilted_camera(96, 64);
  const auto card = [&](double x0, double x1, double depth) {
    TriangleMesh mesh;
    for (const Eigen::Vector2d& pixel :
         {Eigen::Vector2d(x0, 0), Eigen::Vector2d(x1, 0), Eigen::Vector2d(x1, 64), Eigen::Vector2d(x0, 64)}) {
      mesh.positions.push_back(camera.unproject(pixel, depth).cast<float>());
    }
    mesh.triangles = {{0, 2, 1}, {0, 3, 2}};
    return mesh;
  };
  const TriangleMesh front = card(0, 48, 2), back = card(40, 96, 4);
  MeshPainter meshes;
  meshes.upload({&front, &back});
  Viewport viewport;
  const auto picture = [&](float depth_shading) {
    viewport.render(view_of(camera), {}, depth_shading, [&](const ViewTransform& view) {
      meshes.draw(0, view, {});
      meshes.draw(1, view, {});
    });
    return viewport.read();
  };
  const Image plain = picture(0), shaded = picture(1);
  EXPECT_LT(color_at(shaded, 48, 32)[0], 0.8 * color_at(plain, 48, 32)[0]);
  EXPECT_NEAR(color_at(shaded, 46, 32)[0], color_at(plain, 46, 32)[0], 1);
  EXPECT_NEAR(color_at(shaded, 80, 32)[0], color_at(plain, 80, 32)[0], 4);
}

TEST_F(Pictures, with_rough_edges_show_the_same) {
  const Camera camera = tilted_camera(96, 64);
  PointPainter points;
  points.upload({camera.unproject({48.5, 32.5}, 3).cast<float>()});
  points.upload_colors(std::vector<Color>{kRed}, std::vector<float>{1});
  const auto drawing = [&](const ViewTransform& view) { points.draw(view, {.least_pixels = 20}); };
  Viewport viewport;
  viewport.render(view_of(camera), {}, 0, drawing);
  const Image smooth = viewport.read();
  viewport.render(view_of(camera), {}, 0, drawing, Viewport::Edges::rough);
  const Image rough = viewport.read();
  int partly = 0, red_rough = 0;
  double red_smooth = 0;
  for (int y = 0; y < rough.height; ++y) {
    for (int x = 0; x < rough.width; ++x) {
      const int red = color_at(rough, x, y)[0];
      partly += red != 0 && red != 255;
      red_rough += red == 255;
      red_smooth += color_at(smooth, x, y)[0] / 255.0;
    }
  }
  EXPECT_EQ(partly, 0);
  EXPECT_NEAR(red_rough, M_PI * 100, 20);
  EXPECT_NEAR(red_smooth, M_PI * 100, 20);
}

TEST_F(Pictures, keep_the_still_layer_until_its_version_or_the_view_changes) {
  const Camera camera = tilted_camera(96, 64);
  PointPainter still, other;
  const auto at = [&](double x) { return std::vector{camera.unproject({x, 32.5}, 3).cast<float>().eval()}; };
  still.upload(at(30.5));
  still.upload_colors(std::vector<Color>{kRed}, std::vector<float>{1});
  other.upload(at(60.5));
  other.upload_colors(std::vector<Color>{kGreen}, std::vector<float>{1});
  int drawn = 0;
  Viewport viewport;
  const auto picture = [&](const ViewTransform& view, std::uint64_t version) {
    const Viewport::Layers layers = {
        .still =
            [&](const ViewTransform& v) {
              ++drawn;
              still.draw(v, {.least_pixels = 6});
            },
        .still_version = version,
        .others = [&](const ViewTransform& v) { other.draw(v, {.least_pixels = 6}); }};
    viewport.render(view, {}, 0, layers);
    EXPECT_EQ(glGetError(), GLenum(GL_NO_ERROR));
    return viewport.read();
  };
  const Image first = picture(view_of(camera), 1), second = picture(view_of(camera), 1);
  EXPECT_EQ(drawn, 1);
  EXPECT_EQ(first.rgb, second.rgb);
  EXPECT_EQ(color_at(second, 30, 32), kRed);
  EXPECT_EQ(color_at(second, 60, 32), kGreen);
  picture(view_of(camera), 2);
  EXPECT_EQ(drawn, 2);
  Camera turned = camera;
  turned.world_from_camera.rotate(Eigen::AngleAxisd(0.1, Eigen::Vector3d::UnitZ()));
  picture(view_of(turned), 2);
  EXPECT_EQ(drawn, 3);
}

TEST_F(Pictures, a_missing_shader_is_named) {
  try {
    gl::Program program("no_such.vert", "point.frag");
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("no_such.vert"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace ahap
