#pragma once

#include <cstdint>
#include <string_view>

namespace ahap {

// FNV-1a, 64 bits: tells whether bytes are those they were, not who wrote them.
constexpr std::uint64_t kFnvBasis = 0xcbf29ce484222325;
constexpr std::uint64_t fnv_hash(std::string_view bytes, std::uint64_t before = kFnvBasis) {
  for (const char byte : bytes) before = (before ^ std::uint8_t(byte)) * 0x100000001b3;
  return before;
}

}  // namespace ahap
