#pragma once

#include <stdexcept>

namespace ahap {

// What is wrong with a result's arrays or values, a sentence without the file.
class DamagedResult : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace ahap
