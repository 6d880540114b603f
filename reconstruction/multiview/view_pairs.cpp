#include "reconstruction/multiview/view_pairs.h"

#include <algorithm>

namespace ahap {

std::vector<std::pair<int, int>> view_pairs(int views) {
  const int ahead = views > kMostViewsInAllPairs ? kViewsAhead : views - 1;
  std::vector<std::pair<int, int>> pairs;
  for (int a = 0; a < views; ++a) {
    for (int step = 1; step <= ahead; ++step) {
      const int b = (a + step) % views;
      pairs.emplace_back(std::min(a, b), std::max(a, b));
    }
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return pairs;
}

}  // namespace ahap
