#pragma once

#include <algorithm>
#include <vector>

namespace ahap {

// The middle value, of an even number the upper of both; 0 of none.
inline double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Per second, of successive times in seconds: the inverse of the median step; 0 where they do not ascend.
inline double median_rate(const std::vector<double>& times) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < times.size(); ++i) {
    if (times[i] > times[i - 1]) steps.push_back(times[i] - times[i - 1]);
  }
  return steps.empty() ? 0 : 1 / median(std::move(steps));
}

}  // namespace ahap
