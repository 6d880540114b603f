#include "reconstruction/branches/human3r/person_tracking.h"

#include <algorithm>

#include "reconstruction/geometry/dustbin_transport.h"

namespace ahap {
namespace {

constexpr double kDustbin = -10;
constexpr int kExactDistances = 2;  // torch::cdist's mode without products of matrices

Eigen::MatrixXd matrix_of(const torch::Tensor& values) {
  const auto rows = values.to(torch::kDouble).cpu().contiguous();
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::Map<const RowMajor>(rows.data_ptr<double>(), rows.size(0), rows.size(1));
}

}  // namespace

std::vector<std::int64_t> track_people(PersonBank& bank, const torch::Tensor& tokens) {
  const std::int64_t n = tokens.size(0);
  if (n == 0) return {};
  std::vector<int> matches(std::size_t(n), -1);
  if (!bank.ids.empty()) {
    const Eigen::MatrixXd scores = -matrix_of(torch::cdist(bank.tokens, tokens, 2, kExactDistances));
    matches =
        mutual_matches(transport_with_dustbin(scores, kDustbin).topLeftCorner(scores.rows(), scores.cols()));
  }
  std::vector<std::int64_t> ids;
  for (const int row : matches) ids.push_back(row >= 0 ? bank.ids[std::size_t(row)] : bank.next_id++);

  std::vector<std::int64_t> kept_ids = ids, unseen;
  for (std::size_t row = 0; row < bank.ids.size(); ++row) {
    if (std::find(matches.begin(), matches.end(), int(row)) != matches.end()) continue;
    unseen.push_back(std::int64_t(row));
    kept_ids.push_back(bank.ids[row]);
  }
  std::vector<torch::Tensor> kept = {tokens};
  if (!unseen.empty()) {
    const auto rows = torch::tensor(unseen, torch::dtype(torch::kLong).device(tokens.device()));
    kept.push_back(bank.tokens.index_select(0, rows));
  }
  bank.tokens = torch::cat(kept).slice(0, 0, kMostRemembered);
  kept_ids.resize(std::size_t(bank.tokens.size(0)));
  bank.ids = std::move(kept_ids);
  return ids;
}

}  // namespace ahap
