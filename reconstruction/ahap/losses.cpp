#include "reconstruction/ahap/losses.h"

namespace ahap {

torch::Tensor assignment_target(const std::vector<int>& person_of_query,
                                const std::vector<int>& person_of_detection) {
  const auto rows = std::int64_t(person_of_query.size()), columns = std::int64_t(person_of_detection.size());
  auto target = torch::zeros({rows, columns});
  auto at = target.accessor<float, 2>();
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t n = 0; n < columns; ++n)
      at[r][n] = person_of_query[r] >= 0 && person_of_detection[n] == person_of_query[r];
  }
  return target / target.sum(1, true).clamp_min(1);
}

torch::Tensor assignment_loss(const torch::Tensor& A, const torch::Tensor& target) {
  return -(target * torch::log(A.clamp_min(1e-6))).sum() / target.sum().clamp_min(1);
}

torch::Tensor positive_pairs(const std::vector<int>& person_of_detection, const torch::Tensor& view) {
  const auto N = std::int64_t(person_of_detection.size());
  auto positive = torch::zeros({N, N});
  auto at = positive.accessor<float, 2>();
  const auto view_at = view.accessor<std::int64_t, 1>();
  for (std::int64_t a = 0; a < N; ++a) {
    for (std::int64_t b = 0; b < N; ++b) {
      at[a][b] = a != b && person_of_detection[a] >= 0 && person_of_detection[a] == person_of_detection[b] &&
                 view_at[a] != view_at[b];
    }
  }
  return positive;
}

torch::Tensor contrastive_loss(const torch::Tensor& embedding, const torch::Tensor& positive,
                               double temperature) {
  const auto itself = torch::eye(embedding.size(0)).to(torch::kBool).to(embedding.device());
  const auto similarity = (torch::matmul(embedding, embedding.t()) / temperature).masked_fill(itself, -1e4);
  return -(torch::log_softmax(similarity, 1) * positive).sum() / positive.sum().clamp_min(1);
}

torch::Tensor projected(const torch::Tensor& points, const torch::Tensor& K) {
  constexpr double kNearest = 0.3;  // metres
  const auto depth = points.select(1, 2).clamp_min(kNearest);
  return torch::stack(
      {points.select(1, 0) / depth * K[0][0] + K[0][2], points.select(1, 1) / depth * K[1][1] + K[1][2]}, 1);
}

torch::Tensor masked_l1(const torch::Tensor& a, const torch::Tensor& b, const torch::Tensor& where) {
  const auto w = where.expand_as(a);
  return ((a - b).abs() * w).sum() / w.sum().clamp_min(1);
}

torch::Tensor image_distance(const torch::Tensor& x, const torch::Tensor& x_true) {
  const auto inside = (x_true.gt(0) & x_true.lt(1)).all(1, true).to(x.dtype());
  return masked_l1(x, x_true, inside);
}

}  // namespace ahap
