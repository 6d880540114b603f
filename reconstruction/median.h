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

}  // namespace ahap
