#pragma once

#include <cstddef>

namespace ahap {

// What the numbers of a tensor are, in files.
enum class ElementType { f64, f32, f16, bf16, i64, i32, i16, i8, u8, boolean };

constexpr std::size_t element_size(ElementType type) {  // bytes
  switch (type) {
    case ElementType::f64:
    case ElementType::i64:
      return 8;
    case ElementType::f32:
    case ElementType::i32:
      return 4;
    case ElementType::f16:
    case ElementType::bf16:
    case ElementType::i16:
      return 2;
    default:
      return 1;
  }
}

}  // namespace ahap
