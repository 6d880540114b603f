#include "reconstruction/branches/compact/perspective_field.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ahap {
namespace {

struct Fields {
  torch::Tensor up, latitude;
};

Fields exact_fields(const Eigen::Vector3d& up, double focal, double size, int n) {
  Fields fields{torch::zeros({2, n, n}), torch::zeros({n, n})};
  for (int y = 0; y < n; ++y) {
    for (int x = 0; x < n; ++x) {
      const FieldAt f = perspective_field(up, focal, size, (x + 0.5) * size / n, (y + 0.5) * size / n);
      fields.up[0][y][x] = f.up.x();
      fields.up[1][y][x] = f.up.y();
      fields.latitude[y][x] = f.latitude;
    }
  }
  return fields;
}

TEST(PerspectiveField, IsLevelAtTheHorizonOfALevelCamera) {
  const FieldAt center = perspective_field({0, -1, 0}, 200, 224, 112, 112);
  EXPECT_NEAR(center.latitude, 0, 1e-12);
  EXPECT_NEAR((center.up - Eigen::Vector2d(0, -1)).norm(), 0, 1e-12) << "up is up in the picture";
  EXPECT_NEAR(perspective_field({0, -1, 0}, 200, 224, 112, 12).latitude, std::atan2(100, 200), 1e-9);
}

TEST(PerspectiveField, FitRecoversGravityAndFocalLengthOfAnExactField) {
  const Eigen::Vector3d up = Eigen::Vector3d(0.08, -0.95, 0.0).normalized() * std::cos(-0.3) +
                             Eigen::Vector3d(0, 0, 1) * std::sin(-0.3);
  const Fields fields = exact_fields(up.normalized(), 230, 224, 28);
  const PerspectiveFit fit = fit_perspective(fields.up, fields.latitude, 224);
  EXPECT_LT(std::acos(std::min(1.0, fit.up.dot(up.normalized()))) * 180 / M_PI, 0.3);
  EXPECT_NEAR(fit.focal / 230, 1, 0.05) << "the prior pulls a little towards 60 degrees";
}

TEST(PerspectiveField, ConstantMapsFallBackToTheFocalLengthPrior) {
  const auto up = torch::zeros({2, 28, 28});
  up[1].fill_(-1);
  const PerspectiveFit fit = fit_perspective(up, torch::zeros({28, 28}), 224);
  EXPECT_TRUE(std::isfinite(fit.focal));
  EXPECT_GT(fit.focal, 100);
  EXPECT_NEAR(fit.up.norm(), 1, 1e-9);
}

}  // namespace
}  // namespace ahap
