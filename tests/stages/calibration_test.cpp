#include "reconstruction/stages/calibration.h"

#include <gtest/gtest.h>

namespace ahap {
namespace {

SceneEstimate metric_scene() {
  SceneEstimate scene;
  scene.depth = torch::full({1, 2, 2}, 3.f);
  scene.K = torch::eye(3).unsqueeze(0) * 100;
  scene.metric = true;
  return scene;
}

TEST(KnownFocalLength, MovesMetricDepthUnlessTheSceneBranchRelatesTheViews) {
  std::vector<View> views(1);
  views[0].focal_length_px = 400;
  const std::vector<SquarePlacement> placements = {{.scale = 0.5}};

  const SceneEstimate alone = with_known_focal_lengths(metric_scene(), views, placements);
  EXPECT_EQ(alone.K[0][0][0].item<float>(), 200);
  EXPECT_EQ(alone.depth[0][0][0].item<float>(), 6);

  SceneEstimate related = metric_scene();
  related.world_from_camera = torch::eye(4).unsqueeze(0);
  related = with_known_focal_lengths(related, views, placements);
  EXPECT_EQ(related.K[0][0][0].item<float>(), 200);
  EXPECT_EQ(related.depth[0][0][0].item<float>(), 3);
}

}  // namespace
}  // namespace ahap
