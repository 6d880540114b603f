#include "reconstruction/branches/mast3r/descriptor_matches.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ahap {
namespace {

// Of the products that are held at once: few enough for a processor's cache.
constexpr std::int64_t kQueryBlock = 64, kCandidateBlock = 8192;

using IndexPair = std::pair<std::int64_t, std::int64_t>;

// Of each query (n, d) the row of `candidates` (m, d) with the greatest product: (n).
torch::Tensor nearest_rows(const torch::Tensor& queries, const torch::Tensor& candidates,
                           const Progress& progress) {
  std::vector<torch::Tensor> found;
  for (const auto& some : queries.split(kQueryBlock)) {
    if (progress.stop_requested && progress.stop_requested()) throw Cancelled();
    torch::Tensor best, row;
    std::int64_t first = 0;
    for (const auto& block : candidates.split(kCandidateBlock)) {
      const auto [value, index] = torch::matmul(some, block.t()).max(1);
      if (!best.defined()) {
        best = value;
        row = index;
      } else {
        const auto better = value > best;
        row = torch::where(better, index + first, row);
        best = torch::where(better, value, best);
      }
      first += block.size(0);
    }
    found.push_back(row);
  }
  return found.empty() ? torch::empty({0}, torch::kLong) : torch::cat(found);
}

// Indices of the pixels of a grid: rows and columns stride / 2, stride / 2 + stride, ...
torch::Tensor grid_pixels(std::int64_t height, std::int64_t width, int stride) {
  const auto rows =
                 torch::arange(std::min<std::int64_t>(stride / 2, height - 1), height, stride, torch::kLong),
             columns =
                 torch::arange(std::min<std::int64_t>(stride / 2, width - 1), width, stride, torch::kLong);
  return (rows.unsqueeze(1) * width + columns).flatten();
}

void append_pairs(const torch::Tensor& a, const torch::Tensor& b, bool swapped,
                  std::vector<IndexPair>& pairs) {
  for (std::int64_t i = 0; i < a.size(0); ++i) {
    const std::int64_t x = a[i].item<std::int64_t>(), y = b[i].item<std::int64_t>();
    pairs.push_back(swapped ? IndexPair{y, x} : IndexPair{x, y});
  }
}

// Rows (n, d) and (m, d) that are each other's nearest, found from `begin` of the first.
void reciprocal_rows(const torch::Tensor& from, const torch::Tensor& to, torch::Tensor begin, int rounds,
                     bool swapped, const Progress& progress, std::vector<IndexPair>& pairs) {
  auto visited = torch::zeros({from.size(0)}, begin.options().dtype(torch::kBool));
  for (int round = 0; round < rounds && begin.size(0) > 0; ++round) {
    visited.index_fill_(0, begin, true);
    const auto there = nearest_rows(from.index_select(0, begin), to, progress);
    const auto back = nearest_rows(to.index_select(0, there), from, progress);
    const auto returned = back == begin;
    append_pairs(begin.index({returned}), there.index({returned}), swapped, pairs);
    begin = std::get<0>(at::_unique(back.index({~returned})));
    begin = begin.index({~visited.index_select(0, begin)});  // what begins there is known or under way
  }
}

bool is_inside(const Eigen::Vector2i& pixel, std::int64_t height, std::int64_t width, int border) {
  return pixel.x() >= border && pixel.y() >= border && pixel.x() < width - border &&
         pixel.y() < height - border;
}

}  // namespace

std::vector<PixelMatch> match_descriptors(const Mast3rView& first, const Mast3rView& second,
                                          const DescriptorMatchOptions& options, const Progress& progress) {
  const torch::NoGradGuard no_grad;
  const std::int64_t H1 = first.descriptors.size(0), W1 = first.descriptors.size(1),
                     H2 = second.descriptors.size(0), W2 = second.descriptors.size(1);
  const auto a = first.descriptors.flatten(0, 1).contiguous(),
             b = second.descriptors.flatten(0, 1).contiguous();
  std::vector<IndexPair> pairs;
  reciprocal_rows(a, b, grid_pixels(H1, W1, options.stride).to(a.device()), options.rounds, false, progress,
                  pairs);
  reciprocal_rows(b, a, grid_pixels(H2, W2, options.stride).to(b.device()), options.rounds, true, progress,
                  pairs);
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());

  const auto confidence1 = first.descriptor_confidence.flatten().cpu().contiguous(),
             confidence2 = second.descriptor_confidence.flatten().cpu().contiguous();
  std::vector<PixelMatch> matches;
  for (const auto& [p, q] : pairs) {
    const PixelMatch match{{int(p % W1), int(p / W1)},
                           {int(q % W2), int(q / W2)},
                           std::sqrt(confidence1.data_ptr<float>()[p] * confidence2.data_ptr<float>()[q])};
    if (is_inside(match.first, H1, W1, options.border) && is_inside(match.second, H2, W2, options.border))
      matches.push_back(match);
  }
  return matches;
}

}  // namespace ahap
