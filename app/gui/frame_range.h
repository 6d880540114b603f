#pragma once

#include <vector>

namespace ahap {

// Frames of a capture, from 0: first, first + step, ... up to last.
struct FrameRange {
  int first = 0;
  int last = 0;
  int step = 1;

  int count() const { return (last - first) / step + 1; }
  std::vector<int> numbers() const {
    std::vector<int> numbers;
    for (int number = first; number <= last; number += step) numbers.push_back(number);
    return numbers;
  }
  bool operator==(const FrameRange&) const = default;
};

}  // namespace ahap
