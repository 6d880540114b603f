#include "reconstruction/branches/human3r/person_tracking.h"

#include <algorithm>
#include <cmath>

namespace ahap {
namespace {

constexpr double kDustbin = -10;
constexpr int kRounds = 20;
constexpr double kLeastProbability = 0.2;
constexpr int kExactDistances = 2;  // torch::cdist's mode without products of matrices

}  // namespace

torch::Tensor transport_with_dustbin(const torch::Tensor& scores) {
  const std::int64_t M = scores.size(0), n = scores.size(1);
  const auto C = torch::constant_pad_nd(scores.to(torch::kDouble), {0, 1, 0, 1}, kDustbin);
  const auto mass = [&](std::int64_t count, std::int64_t others) {
    auto masses = torch::ones({count + 1}, C.options());
    masses[count] = double(others);
    return masses / double(M + n);
  };
  // Rows and columns never vanish: each has the dustbin.
  const auto K = C.exp(), mu = mass(M, n), nu = mass(n, M);
  auto a = torch::ones_like(mu), b = torch::ones_like(nu);
  for (int round = 0; round < kRounds; ++round) {
    a = mu / K.mv(b);
    b = nu / K.t().mv(a);
  }
  return C + a.log().unsqueeze(1) + b.log().unsqueeze(0) + std::log(double(M + n));
}

std::vector<std::int64_t> mutual_matches(const torch::Tensor& log_probability) {
  const std::int64_t n = log_probability.size(1);
  const auto best_row = log_probability.argmax(0).cpu(), best_column = log_probability.argmax(1).cpu();
  std::vector<std::int64_t> matches(std::size_t(n), -1);
  for (std::int64_t j = 0; j < n; ++j) {
    const std::int64_t i = best_row[j].item<std::int64_t>();
    if (best_column[i].item<std::int64_t>() == j &&
        std::exp(log_probability[i][j].item<double>()) > kLeastProbability)
      matches[std::size_t(j)] = i;
  }
  return matches;
}

std::vector<std::int64_t> track_people(PersonBank& bank, const torch::Tensor& tokens) {
  const std::int64_t n = tokens.size(0);
  if (n == 0) return {};
  std::vector<std::int64_t> matches(std::size_t(n), -1);
  if (!bank.ids.empty()) {
    const auto Z = transport_with_dustbin(-torch::cdist(bank.tokens, tokens, 2, kExactDistances));
    matches = mutual_matches(Z.slice(0, 0, -1).slice(1, 0, -1));
  }
  std::vector<std::int64_t> ids;
  for (const std::int64_t row : matches)
    ids.push_back(row >= 0 ? bank.ids[std::size_t(row)] : bank.next_id++);

  std::vector<std::int64_t> kept_ids = ids, unseen;
  for (std::size_t row = 0; row < bank.ids.size(); ++row) {
    if (std::find(matches.begin(), matches.end(), std::int64_t(row)) != matches.end()) continue;
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
