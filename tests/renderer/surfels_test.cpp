#include "renderer/surfels.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/fixtures/sample_reconstruction.h"

namespace ahap {
namespace {

using namespace testing;

struct Faced {
  Reconstruction scene = sample_reconstruction();
  std::vector<Camera> cameras;
  std::vector<Eigen::Vector3f> normals;

  Faced() {
    for (const ReconstructedView& view : scene.views) cameras.push_back(view.cameras[0]);
    normals = surfels_of(points_of(scene), cameras).normals;
  }
};

TEST(Surfels, look_up_on_the_floor) {
  const Faced faced;
  int floor = 0, up = 0;
  for (std::size_t i = 0; i < faced.normals.size(); ++i) {
    if (points_of(faced.scene).person[i] != 0) continue;
    ++floor;
    up += faced.normals[i].y() > 0.99f;
  }
  EXPECT_GT(up, 0.97 * floor);
}

TEST(Surfels, have_the_normals_of_the_ellipsoids_where_a_camera_looks_at_them_squarely) {
  const Faced faced;
  int checked = 0, near = 0;
  for (std::size_t i = 0; i < faced.normals.size(); ++i) {
    const int person = points_of(faced.scene).person[i];
    if (person == 0) continue;
    const Ellipsoid& body = kSampleBodies[person - 1];
    const Eigen::Vector3d X = points_of(faced.scene).positions[i].cast<double>();
    const Eigen::Vector3d truth = (X - body.center).cwiseQuotient(body.radii.cwiseAbs2()).normalized();
    const Eigen::Vector3d to_camera =
        (faced.cameras[points_of(faced.scene).view[i]].center() - X).normalized();
    if (truth.dot(to_camera) < 0.7) continue;
    ++checked;
    near += truth.dot(faced.normals[i].cast<double>()) > std::cos(0.35);
  }
  EXPECT_GT(checked, 100);
  EXPECT_GT(near, 0.9 * checked);
}

TEST(Surfels, face_the_camera_that_saw_the_point) {
  const Faced faced;
  for (std::size_t i = 0; i < faced.normals.size(); ++i) {
    const Eigen::Vector3f eye = faced.cameras[points_of(faced.scene).view[i]].center().cast<float>();
    EXPECT_GE(faced.normals[i].dot(eye - points_of(faced.scene).positions[i]), 0);
  }
}

TEST(Surfels, have_no_normal_for_a_single_point) {
  Reconstruction scene = sample_reconstruction();
  PointCloud one;
  one.positions = {points_of(scene).positions[0]};
  one.colors = {points_of(scene).colors[0]};
  one.confidence = {1};
  one.view = {0};
  one.person = {0};
  const std::vector<Eigen::Vector3f> normals = surfels_of(one, std::array{scene.views[0].cameras[0]}).normals;
  ASSERT_EQ(normals.size(), 1u);
  EXPECT_TRUE(normals[0].isZero());
}

// A plane that a camera looks at squarely, 4 m away, every 8th pixel of it, every second row cut short.
TEST(Surfels, reach_to_their_neighbours_whatever_is_left_out_beside_them) {
  const Camera camera = sample_reconstruction().views[0].cameras[0];
  PointCloud plane;
  for (int y = 4, row = 0; y < camera.height; y += 8, ++row) {
    for (int x = 4; x < (row % 2 ? camera.width / 2 : camera.width); x += 8) {
      plane.positions.push_back(camera.unproject({double(x), double(y)}, 4).cast<float>());
      plane.view.push_back(0);
    }
  }
  plane.colors.resize(plane.size());
  plane.confidence.resize(plane.size(), 1);
  plane.person.resize(plane.size(), 0);
  const Surfels surfels = surfels_of(plane, std::array{camera});
  const double apart = 8 * 4 / camera.K(0, 0);
  for (std::size_t i = 0; i < plane.size(); ++i) {
    EXPECT_GE(surfels.diameters[i], 1.35 * apart);
    EXPECT_LE(surfels.diameters[i], 2.3 * apart) << "as far as the corners of the picture";
  }
}

}  // namespace
}  // namespace ahap
