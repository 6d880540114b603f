#include "reconstruction/geometry/body_raster.h"

#include <gtest/gtest.h>

namespace ahap {
namespace {

Camera camera_at_origin() {
  Camera camera;
  camera.width = 80;
  camera.height = 60;
  camera.K << 100, 0, 40, 0, 100, 30, 0, 0, 1;
  return camera;
}

const std::vector<Triangle> kSquare = {{0, 1, 2}, {0, 2, 3}};

// A square facing the camera, tilted so that its depth grows by `slope` per metre to the right.
std::vector<Eigen::Vector3d> square(double x, double y, double side, double z, double slope = 0) {
  const double h = side / 2;
  std::vector<Eigen::Vector3d> corners;
  for (const auto& [dx, dy] : {std::pair(-h, -h), {h, -h}, {h, h}, {-h, h}})
    corners.emplace_back(x + dx, y + dy, z + slope * dx);
  return corners;
}

TEST(BodyRaster, HasTheDepthOfTheSurfaceUnderEachPixel) {
  const Camera camera = camera_at_origin();
  const double slope = 0.5;
  const std::vector<std::vector<Eigen::Vector3d>> bodies = {square(0, 0, 1, 4, slope)};
  const BodyRaster raster = rasterize_bodies(camera, bodies, kSquare);
  int covered = 0;
  for (int y = 0; y < camera.height; ++y) {
    for (int x = 0; x < camera.width; ++x) {
      const std::size_t at = std::size_t(y) * camera.width + x;
      const double tangent = (x + 0.5 - 40) / 100;
      const double z = 4 / (1 - slope * tangent);  // z = 4 + slope X on the plane, X = tangent z
      const bool inside = std::abs(tangent * z) < 0.5 && std::abs((y + 0.5 - 30) / 100 * z) < 0.5;
      EXPECT_EQ(raster.body[at], inside ? 0 : -1) << x << ' ' << y;
      EXPECT_NEAR(raster.depth[at], inside ? z : 0, 1e-4);
      covered += inside;
    }
  }
  EXPECT_GT(covered, 500);
}

TEST(BodyRaster, TheNearestBodyIsSeen) {
  const std::vector<std::vector<Eigen::Vector3d>> bodies = {square(0, 0, 0.4, 3), square(0, 0, 2, 5),
                                                            square(0.5, 0, 0.4, 2)};
  const BodyRaster raster = rasterize_bodies(camera_at_origin(), bodies, kSquare);
  const auto body = [&](int x, int y) { return raster.body[std::size_t(y) * 80 + x]; };
  EXPECT_EQ(body(40, 30), 0);
  EXPECT_EQ(body(25, 30), 1);
  EXPECT_EQ(body(65, 30), 2);
  EXPECT_EQ(body(1, 1), -1);
  EXPECT_EQ(raster.depth[81], 0);
}

TEST(BodyRaster, NothingBehindTheCameraOrBesideThePictureIsSeen) {
  const std::vector<std::vector<Eigen::Vector3d>> bodies = {square(0, 0, 1, -3), square(9, 0, 1, 3),
                                                            square(0, 0, 1, 0)};
  const BodyRaster raster = rasterize_bodies(camera_at_origin(), bodies, kSquare);
  for (const int body : raster.body) EXPECT_EQ(body, -1);
}

TEST(BodyRaster, ABodyThatReachesOverTheBorderIsCut) {
  const std::vector<std::vector<Eigen::Vector3d>> bodies = {square(-1, -1, 2, 3)};
  const BodyRaster raster = rasterize_bodies(camera_at_origin(), bodies, kSquare);
  EXPECT_EQ(raster.body[0], 0);
  EXPECT_EQ(raster.body.back(), -1);
}

}  // namespace
}  // namespace ahap
