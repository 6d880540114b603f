#pragma once

#include <torch/torch.h>

#include <vector>

namespace ahap {

// Momentum whose steps are orthogonalised, for kernels and matrices (K. Jordan et al., "Muon", 2024): every
// singular value of a step is near one, so rare directions learn as fast as frequent ones. Steps are scaled
// by 0.2 sqrt(max(rows, columns)) (J. Liu et al., "Muon is scalable for LLM training", 2025), which makes
// their size that of AdamW's, so that one learning rate and weight decay serve both.
class Muon {
 public:
  // Kernels (out, in, kh, kw) and matrices (out, in); kernels count as matrices (out, in kh kw).
  explicit Muon(std::vector<torch::Tensor> parameters);

  // True for what Muon is made for: not vectors, and not the narrow first and last layers.
  static bool suits(const torch::Tensor& parameter);

  void step(double learning_rate, double weight_decay);
  // What a continued run needs, one per parameter.
  const std::vector<torch::Tensor>& momenta() const { return momenta_; }
  std::vector<torch::Tensor>& momenta() { return momenta_; }

 private:
  std::vector<torch::Tensor> parameters_, momenta_;
};

// The nearest matrix with orthonormal rows or columns, roughly (singular values 0.7 to 1.2): five
// Newton-Schulz steps of fifth order.
torch::Tensor orthogonalized(const torch::Tensor& matrix);

}  // namespace ahap
