#include "reconstruction/chromm/head_position.h"

#include <gtest/gtest.h>

#include <limits>

namespace ahap {
namespace {

struct Grid {
  std::vector<float> depths;
  int width = 0;
  DepthMap map() const { return {width, int(depths.size()) / width, depths}; }
};

TEST(SurfaceDepth, is_bilinear_where_the_surface_is_smooth) {
  const Grid slope{{2.00f, 2.04f, 2.08f,  //
                    2.10f, 2.14f, 2.18f},
                   3};
  EXPECT_NEAR(surface_depth(slope.map(), {0.5, 0.5}).value(), 2.00, 1e-6) << "the centre of a cell";
  EXPECT_NEAR(surface_depth(slope.map(), {1.0, 0.5}).value(), 2.02, 1e-6);
  EXPECT_NEAR(surface_depth(slope.map(), {1.75, 1.25}).value(), 2.00 + 1.25 * 0.04 + 0.75 * 0.10, 1e-6);
}

TEST(SurfaceDepth, at_an_edge_is_that_of_the_nearest_cell) {
  const Grid edge{{2, 5, 2, 5}, 2};
  EXPECT_EQ(surface_depth(edge.map(), {0.9, 1}).value(), 2);
  EXPECT_EQ(surface_depth(edge.map(), {1.1, 1}).value(), 5);
}

TEST(SurfaceDepth, of_a_place_beside_the_picture_is_that_of_its_border) {
  const Grid slope{{2.0f, 2.1f, 2.0f, 2.1f}, 2};
  EXPECT_NEAR(surface_depth(slope.map(), {-40, 1}).value(), 2.0, 1e-6);
  EXPECT_NEAR(surface_depth(slope.map(), {99, 99}).value(), 2.1, 1e-6);
}

TEST(SurfaceDepth, is_unknown_where_the_nearest_cell_is) {
  const Grid holes{{0, 3, 3, std::numeric_limits<float>::quiet_NaN()}, 2};
  EXPECT_FALSE(surface_depth(holes.map(), {0.6, 0.6}));
  EXPECT_FALSE(surface_depth(holes.map(), {1.4, 1.4}));
  EXPECT_EQ(surface_depth(holes.map(), {1.4, 0.6}).value(), 3) << "its neighbours' holes do not matter";
  EXPECT_FALSE(surface_depth(holes.map(), {std::numeric_limits<double>::infinity(), 1}));
  EXPECT_FALSE(surface_depth(DepthMap(), {1, 1}));
}

TEST(PointAtDepth, lies_under_its_pixel_at_that_depth_along_the_axis) {
  Eigen::Matrix3d K;
  K << 500, 0, 320, 0, 400, 240, 0, 0, 1;
  const Eigen::Vector3d X = point_at_depth(K, {420, 200}, 5);
  EXPECT_LT((X - Eigen::Vector3d(1, -0.5, 5)).norm(), 1e-12);
}

// A cube of side 0.2 about a point, each face as two triangles.
struct Cube {
  explicit Cube(const Eigen::Vector3d& middle) {
    for (int corner = 0; corner < 8; ++corner)
      vertices.push_back(middle + Eigen::Vector3d(corner & 1 ? 0.1 : -0.1, corner & 2 ? 0.1 : -0.1,
                                                  corner & 4 ? 0.1 : -0.1));
    for (const auto& [a, b, c, d] :
         {std::array{0, 1, 3, 2}, std::array{4, 5, 7, 6}, std::array{0, 1, 5, 4}, std::array{2, 3, 7, 6},
          std::array{0, 2, 6, 4}, std::array{1, 3, 7, 5}}) {
      triangles.push_back({a, b, c});
      triangles.push_back({a, c, d});
    }
  }
  std::vector<Eigen::Vector3d> vertices;
  std::vector<Triangle> triangles;
};

TEST(DepthBehindSurface, is_from_the_first_surface_on_the_way_to_the_joint) {
  const Cube ahead({0, 0, 3});
  EXPECT_NEAR(depth_behind_surface(ahead.vertices, ahead.triangles, {0.01, -0.02, 3}), 0.1, 1e-12);
  EXPECT_NEAR(depth_behind_surface(ahead.vertices, ahead.triangles, {0.01, 0.02, 3.05}), 0.15, 1e-12);
  const Cube aside({6, 0, 3});  // the camera looks at its left side
  const Eigen::Vector3d joint(6, 0.01, 3);
  const double share = 5.9 / 6;
  EXPECT_NEAR(depth_behind_surface(aside.vertices, aside.triangles, joint), (1 - share) * 3, 1e-12);
}

TEST(DepthBehindSurface, is_none_where_the_mesh_does_not_cover_the_joint) {
  const Cube cube({0, 0, 3});
  EXPECT_EQ(depth_behind_surface(cube.vertices, cube.triangles, {1, 0, 3}), 0);
  EXPECT_EQ(depth_behind_surface(cube.vertices, cube.triangles, {0.01, 0.02, 2}), 0) << "it lies behind";
  EXPECT_EQ(depth_behind_surface({}, {}, {0, 0, 3}), 0);
}

}  // namespace
}  // namespace ahap
