#include "reconstruction/multiview/scene_depth.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "reconstruction/multiview/depth_agreement.h"
#include "reconstruction/multiview/depth_smoothing.h"

namespace ahap {
namespace {

constexpr int kSide = 60;

// Two cameras beside each other look at a wall at z = 4 that is inclined to them, and a network that has its
// depths wrong by a factor for each.
class WallTest : public ::testing::Test {
 protected:
  WallTest() : picture_(2 * kSide, 2 * kSide) {
    std::fill(picture_.rgb.begin(), picture_.rgb.end(), std::uint8_t(120));
  }

  static double wall(double x) { return 4 + 0.4 * x; }  // z of the wall, world

  // The wall's depth in a cell of a camera at (at, 0, 0) that looks along z.
  static double true_depth(const DepthView& view, int x) {
    const double slope = (x + 0.5 - view.camera.K(0, 2)) / view.camera.K(0, 0);
    return wall(view.camera.center().x()) / (1 - 0.4 * slope);
  }

  DepthView view_at(int index, double at, double factor) const {
    DepthView view;
    view.view = index;
    view.camera.K << kSide, 0, kSide / 2, 0, kSide, kSide / 2, 0, 0, 1;
    view.camera.width = view.camera.height = kSide;
    view.camera.world_from_camera.translation() = Eigen::Vector3d(at, 0, 0);
    view.grid = {kSide, kSide, std::vector<float>(kSide * kSide)};
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x)
        view.grid.depth[view.grid.at(x, y)] = float(factor * true_depth(view, x));
    }
    view.confidence.assign(kSide * kSide, 1);
    view.person.assign(kSide * kSide, 0);
    view.picture = &picture_;
    view.picture_scale = 0.5;
    return view;
  }

  static FitView camera_of(const DepthView& view) {
    FitView camera;
    camera.camera = view.camera;
    camera.camera.K.topRows<2>() *= 2;
    camera.camera.width = camera.camera.height = 2 * kSide;
    return camera;
  }

  // Mean relative error.
  static double error(const DepthView& view) {
    double sum = 0;
    int count = 0;
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        const float z = view.grid.depth[view.grid.at(x, y)];
        if (z > 0) sum += std::abs(z / true_depth(view, x) - 1), ++count;
      }
    }
    return sum / std::max(count, 1);
  }

  Image picture_;
};

TEST_F(WallTest, MatchesOfTheBackgroundGiveBothViewsTheirScale) {
  std::vector<DepthView> views = {view_at(0, -1, 1.5), view_at(1, 1, 0.7)};
  const std::vector<FitView> cameras = {camera_of(views[0]), camera_of(views[1])};
  DepthEvidence evidence;
  evidence.people.resize(2);
  evidence.cameras = cameras;
  evidence.matches.push_back({0, 1, {}});
  for (double x = -1; x <= 1; x += 0.25) {
    for (double y = -1; y <= 1; y += 0.5) {
      const Eigen::Vector3d X(x, y, wall(x));
      evidence.matches[0].matches.push_back(
          {*cameras[0].camera.project(X), *cameras[1].camera.project(X), 0.5});
    }
  }
  EXPECT_GT(error(views[0]), 0.4);
  fit_depths(views, evidence);
  EXPECT_LT(error(views[0]), 0.03);
  EXPECT_LT(error(views[1]), 0.03);
}

TEST_F(WallTest, CellsOfAPersonLieOnItsBodyAndTheRimIsUnknown) {
  std::vector<DepthView> views = {view_at(0, 0, 1)};
  const std::vector<FitView> cameras = {camera_of(views[0])};
  // A square "body" one metre wide, 2 metres away; the segmentation sees more than that.
  const std::vector<std::vector<Eigen::Vector3d>> bodies = {
      {{-0.5, -0.5, 2}, {0.5, -0.5, 2}, {0.5, 0.5, 2}, {-0.5, 0.5, 2}}};
  const std::vector<Triangle> triangles = {{0, 1, 2}, {0, 2, 3}};
  PersonCells person{0, std::vector<std::uint8_t>(kSide * kSide, 0)};
  for (int y = 10; y < 50; ++y) {
    for (int x = 10; x < 50; ++x) {
      person.shows[std::size_t(y) * kSide + x] = 1;
      views[0].grid.depth[views[0].grid.at(x, y)] = 2;
    }
  }
  DepthEvidence evidence{
      .bodies = bodies, .triangles = triangles, .people = {{person}}, .cameras = cameras, .matches = {}};
  fit_depths(views, evidence);
  const auto depth = [&](int x, int y) { return views[0].grid.depth[views[0].grid.at(x, y)]; };
  const auto whose = [&](int x, int y) { return int(views[0].person[views[0].grid.at(x, y)]); };
  EXPECT_NEAR(depth(30, 30), 2, 1e-3);
  EXPECT_EQ(whose(30, 30), 1);
  EXPECT_EQ(depth(12, 30), 0) << "segmented, and not on the body";
  EXPECT_EQ(whose(12, 30), 0);
  EXPECT_EQ(depth(51, 30), 0) << "the rim";
  EXPECT_GT(depth(56, 30), 2.5) << "the wall";
}

TEST_F(WallTest, ViewsThatSeeTheSameSurfaceAreBroughtTogether) {
  std::vector<DepthView> views = {view_at(0, -0.3, 1.08), view_at(1, 0.3, 0.92)};
  agree_depths(views, {{}, {}});
  EXPECT_LT(error(views[0]), 0.03);
  EXPECT_LT(error(views[1]), 0.03);
}

TEST_F(WallTest, ASurfaceWithoutBumpsStaysAndBumpsAreStraightened) {
  DepthView plain = view_at(0, 0, 1);
  smooth_depth(plain);
  EXPECT_LT(error(plain), 1e-3);
  DepthView bumpy = view_at(0, 0, 1);
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x)
      bumpy.grid.depth[bumpy.grid.at(x, y)] *= float(1 + 0.03 * std::sin(1.3 * x) * std::cos(1.7 * y));
  }
  const double before = error(bumpy);
  smooth_depth(bumpy);
  EXPECT_LT(error(bumpy), before / 4);
}

TEST_F(WallTest, SmoothingCutsAtEdgesOfThePicture) {
  DepthView view = view_at(0, 0, 1);
  for (int y = 0; y < 2 * kSide; ++y) {
    for (int x = 0; x < kSide; ++x) std::fill_n(picture_.pixel(x, y), 3, std::uint8_t(240));
  }
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide / 2; ++x) view.grid.depth[view.grid.at(x, y)] *= 0.93f;
  }
  const DepthGrid before = view.grid;
  smooth_depth(view);
  for (const int x : {kSide / 2 - 1, kSide / 2})
    EXPECT_NEAR(view.grid.depth[view.grid.at(x, 30)] / before.depth[before.at(x, 30)], 1, 0.01);
}

}  // namespace
}  // namespace ahap
