#include "reconstruction/training/muon.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/networks/precision.h"

namespace ahap {
namespace {

constexpr double kMomentum = 0.95;

}  // namespace

torch::Tensor orthogonalized(const torch::Tensor& matrix) {
  const bool tall = matrix.size(0) > matrix.size(1);
  auto X = tall ? matrix.t() : matrix;
  X = (X / X.norm().clamp_min(1e-12))
          .to(cpu_multiplies_bf16() ? torch::kBFloat16 : torch::kFloat)
          .contiguous();
  for (int i = 0; i < 5; ++i) {
    const auto A = torch::mm(X, X.t());
    X = 3.4445 * X + torch::mm(-4.7750 * A + 2.0315 * torch::mm(A, A), X);
  }
  return (tall ? X.t() : X).to(matrix.scalar_type());
}

Muon::Muon(std::vector<torch::Tensor> parameters) : parameters_(std::move(parameters)) {
  for (const auto& parameter : parameters_) momenta_.push_back(torch::zeros_like(parameter));
}

bool Muon::suits(const torch::Tensor& parameter) {
  if (parameter.dim() != 2 && parameter.dim() != 4) return false;
  constexpr int kNarrow = 32;
  return std::min(parameter.size(0), parameter.numel() / parameter.size(0)) >= kNarrow;
}

void Muon::step(double learning_rate, double weight_decay) {
  torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    auto& parameter = parameters_[i];
    if (!parameter.grad().defined()) continue;
    momenta_[i].mul_(kMomentum).add_(parameter.grad());
    const auto update = parameter.grad().add(momenta_[i], kMomentum);
    const auto matrix = update.flatten(1);
    const double scale = 0.2 * std::sqrt(double(std::max(matrix.size(0), matrix.size(1))));
    parameter.mul_(1 - learning_rate * weight_decay);
    parameter.add_(orthogonalized(matrix).reshape(parameter.sizes()), -learning_rate * scale);
  }
}

}  // namespace ahap
