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
  const double norm = -std::log(double(M + n));
  const auto mass = [&](std::int64_t count, std::int64_t others) {
    auto log_mass = torch::full({count + 1}, norm, C.options());
    log_mass[count] = std::log(double(others)) + norm;
    return log_mass;
  };
  const auto log_mu = mass(M, n), log_nu = mass(n, M);
  auto u = torch::zeros_like(log_mu), v = torch::zeros_like(log_nu);
  for (int round = 0; round < kRounds; ++round) {
    u = log_mu - torch::logsumexp(C + v.unsqueeze(0), 1);
    v = log_nu - torch::logsumexp(C + u.unsqueeze(1), 0);
  }
  return C + u.unsqueeze(1) + v.unsqueeze(0) - norm;
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
    const auto distance =
        torch::cdist(bank.tokens.to(torch::kDouble), tokens.to(torch::kDouble), 2, kExactDistances);
    const auto Z = transport_with_dustbin(-distance);
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
  auto kept = tokens;
  if (!unseen.empty()) {
    const auto rows = torch::tensor(unseen, torch::dtype(torch::kLong).device(tokens.device()));
    kept = torch::cat({tokens, bank.tokens.index_select(0, rows)});
  }
  bank.tokens = kept.slice(0, 0, kMostRemembered).clone();
  kept_ids.resize(std::size_t(bank.tokens.size(0)));
  bank.ids = std::move(kept_ids);
  return ids;
}

}  // namespace ahap
