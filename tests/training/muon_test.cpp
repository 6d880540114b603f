#include "reconstruction/training/muon.h"

#include <gtest/gtest.h>

namespace ahap {
namespace {

class OrthogonalizedMatrix : public ::testing::TestWithParam<std::pair<int, int>> {};

TEST_P(OrthogonalizedMatrix, KeepsItsSingularVectorsWithValuesNearOne) {
  torch::manual_seed(4);
  const auto matrix = torch::randn({GetParam().first, GetParam().second});
  const auto [U, S, Vh] = at::linalg_svd(matrix, /*full_matrices=*/false);
  const auto core =
      torch::matmul(torch::matmul(U.t(), orthogonalized(matrix)), Vh.t());  // diagonal where vectors agree
  const auto values = core.diagonal();
  EXPECT_GT(values.min().item<float>(), 0.5);
  EXPECT_LT(values.max().item<float>(), 1.35);
  EXPECT_LT((core - torch::diag(values)).abs().max().item<float>(), 0.02);
}
INSTANTIATE_TEST_SUITE_P(Shapes, OrthogonalizedMatrix,
                         ::testing::Values(std::pair{32, 100}, std::pair{100, 32}, std::pair{48, 48}));

TEST(Muon, SuitsKernelsAndMatricesThatAreNotNarrow) {
  EXPECT_TRUE(Muon::suits(torch::zeros({64, 32, 3, 3})));
  EXPECT_TRUE(Muon::suits(torch::zeros({64, 128})));
  EXPECT_FALSE(Muon::suits(torch::zeros({24, 3, 3, 3}))) << "a first layer";
  EXPECT_FALSE(Muon::suits(torch::zeros({6, 64, 1, 1}))) << "a last layer";
  EXPECT_FALSE(Muon::suits(torch::zeros({64})));
  EXPECT_FALSE(Muon::suits(torch::zeros({1, 196, 192}))) << "a position embedding";
}

// A badly conditioned least-squares problem, as far as so many steps bring it.
double loss_after(int steps, bool interrupted) {
  torch::manual_seed(1);
  auto W = torch::zeros({40, 40}).requires_grad_();
  const auto target = torch::randn({40, 40});
  const auto scales = torch::logspace(0, -1.5, 40).unsqueeze(1);
  auto muon = std::make_unique<Muon>(std::vector<torch::Tensor>{W});
  double value = 0;
  for (int step = 0; step < steps; ++step) {
    if (interrupted && step == steps / 2) {
      const auto momenta = muon->momenta();
      muon = std::make_unique<Muon>(std::vector<torch::Tensor>{W});
      muon->momenta() = momenta;
    }
    W.mutable_grad() = torch::Tensor();
    const auto loss = (scales * (W - target)).square().mean();
    loss.backward();
    muon->step(0.3 * (1 - double(step) / steps), 0);
    value = loss.item<double>();
  }
  return value;
}

TEST(Muon, MinimisesBadlyConditionedLosses) {
  EXPECT_LT(loss_after(150, false), 0.01 * loss_after(1, false));
}

TEST(Muon, ContinuesFromItsMomentaAsIfNeverInterrupted) {
  EXPECT_EQ(loss_after(20, true), loss_after(20, false));
}

}  // namespace
}  // namespace ahap
