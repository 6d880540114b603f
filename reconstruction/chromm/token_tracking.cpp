#include "reconstruction/chromm/token_tracking.h"

#include "reconstruction/geometry/dustbin_transport.h"
#include "reconstruction/median.h"

namespace ahap {
namespace {

constexpr double kDustbin = -10;  // Human3R's public code (commit a407c9e)

// Between rows of a (M, C) and b (n, C): (M, n).
Eigen::MatrixXd distances(const TokensOfFrame& a, const TokensOfFrame& b) {
  Eigen::MatrixXd D(a.rows(), b.rows());
  for (Eigen::Index i = 0; i < a.rows(); ++i)
    for (Eigen::Index j = 0; j < b.rows(); ++j) D(i, j) = double((a.row(i) - b.row(j)).norm());
  return D;
}

void add_distances_of_neighbours(const Eigen::MatrixXd& D, std::vector<double>& found) {
  if (D.size() == 0) return;
  for (Eigen::Index i = 0; i < D.rows(); ++i) {
    Eigen::Index column = 0, row = 0;
    const double least = D.row(i).minCoeff(&column);
    D.col(column).minCoeff(&row);
    if (row == i) found.push_back(least);
  }
}

struct KnownPerson {
  Eigen::RowVectorXf token;
  int track = 0, frame = 0;  // the last one that shows it
};

// Of everybody in `seen` the place in `known`, or -1.
std::vector<int> match(const std::vector<KnownPerson>& known, const TokensOfFrame& seen, double boundary) {
  if (known.empty() || seen.rows() == 0 || boundary <= 0)
    return std::vector<int>(std::size_t(seen.rows()), -1);
  TokensOfFrame tokens(Eigen::Index(known.size()), seen.cols());
  for (std::size_t k = 0; k < known.size(); ++k) tokens.row(Eigen::Index(k)) = known[k].token;
  const Eigen::MatrixXd scores = kDustbin / boundary * distances(tokens, seen);
  return mutual_matches(transport_with_dustbin(scores, kDustbin).topLeftCorner(scores.rows(), scores.cols()));
}

}  // namespace

double token_boundary(std::span<const std::vector<TokensOfFrame>> views) {
  std::vector<double> of_two, of_one;
  for (const std::vector<TokensOfFrame>& frames : views) {
    for (std::size_t t = 0; t < frames.size(); ++t) {
      const Eigen::MatrixXd among = distances(frames[t], frames[t]);
      for (Eigen::Index i = 0; i < among.rows(); ++i)
        for (Eigen::Index j = 0; j < i; ++j) of_two.push_back(among(i, j));
      if (t > 0) add_distances_of_neighbours(distances(frames[t - 1], frames[t]), of_one);
    }
  }
  if (of_one.empty()) return 0;
  return of_two.empty() ? 2 * median(of_one) : (median(of_one) + median(of_two)) / 2;
}

std::vector<std::vector<int>> track_tokens(std::span<const TokensOfFrame> frames,
                                           const TokenTrackingOptions& options) {
  std::vector<std::vector<int>> tracks;
  std::vector<KnownPerson> known;
  int next = 0;
  for (int t = 0; t < int(frames.size()); ++t) {
    const TokensOfFrame& seen = frames[std::size_t(t)];
    std::erase_if(known, [&](const KnownPerson& person) { return t - person.frame > options.memory; });
    const std::vector<int> matches = match(known, seen, options.boundary);
    std::vector<int>& here = tracks.emplace_back();
    for (std::size_t n = 0; n < matches.size(); ++n) {
      const Eigen::RowVectorXf token = seen.row(Eigen::Index(n));
      if (matches[n] < 0) {
        here.push_back(next);
        known.push_back({token, next++, t});
      } else {
        KnownPerson& person = known[std::size_t(matches[n])];
        here.push_back(person.track);
        person = {token, person.track, t};
      }
    }
  }
  return tracks;
}

}  // namespace ahap
