#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reconstruction/formats/element_type.h"

namespace ahap {

// The safetensors format (huggingface.co/docs/safetensors): a little-endian u64 with the header's length, a
// JSON header {name: {dtype, shape, data_offsets}}, then the bytes of all tensors without gaps.

struct SafetensorsEntry {
  std::string name;
  ElementType type = ElementType::f32;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;  // bytes of the file
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;
  std::map<std::string, std::string> metadata;
};

// Reads the header of a whole file's bytes and checks it against them: names are unique, shapes and types
// need the bytes that the offsets span, and every byte of the data belongs to exactly one tensor. Throws a
// sentence that names `file` and the tensor.
SafetensorsHeader read_safetensors_header(std::span<const std::byte> bytes,
                                          const std::filesystem::path& file);

// "F32"
std::string_view safetensors_name(ElementType type);

}  // namespace ahap
