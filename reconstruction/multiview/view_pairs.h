#pragma once

#include <utility>
#include <vector>

namespace ahap {

// Up to so many views every pair of them is looked at; of more, each view with the kViewsAhead that follow it
// in a ring, so that the time grows with the number of views rather than with its square.
constexpr int kMostViewsInAllPairs = 10;
constexpr int kViewsAhead = 5;

// Unordered pairs (a < b), in order. Nothing for fewer than two views.
std::vector<std::pair<int, int>> view_pairs(int views);

}  // namespace ahap
