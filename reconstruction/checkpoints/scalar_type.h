#pragma once

#include <torch/torch.h>

#include <optional>
#include <utility>

#include "reconstruction/formats/element_type.h"

namespace ahap {

// Between the types of numbers in files and in tensors.
constexpr std::pair<ElementType, torch::ScalarType> kScalarTypes[] = {
    {ElementType::f64, torch::kFloat64}, {ElementType::f32, torch::kFloat32},
    {ElementType::f16, torch::kFloat16}, {ElementType::bf16, torch::kBFloat16},
    {ElementType::i64, torch::kInt64},   {ElementType::i32, torch::kInt32},
    {ElementType::i16, torch::kInt16},   {ElementType::i8, torch::kInt8},
    {ElementType::u8, torch::kUInt8},    {ElementType::boolean, torch::kBool}};

inline torch::ScalarType scalar_type(ElementType type) {
  for (const auto& [element, scalar] : kScalarTypes) {
    if (element == type) return scalar;
  }
  TORCH_CHECK(false, "unknown element type");
}

inline std::optional<ElementType> element_type(torch::ScalarType type) {
  for (const auto& [element, scalar] : kScalarTypes) {
    if (scalar == type) return element;
  }
  return std::nullopt;
}

}  // namespace ahap
