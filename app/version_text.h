#pragma once

#include <string>

namespace ahap {

// What a report of a fault should begin with: the program's version, compiler, LibTorch and the device that
// networks run on unless told otherwise. Several lines, without a newline at the end.
std::string version_text(const std::string& program);

}  // namespace ahap
