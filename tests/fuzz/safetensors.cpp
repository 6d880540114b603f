#include "reconstruction/formats/mapped_file.h"
#include "reconstruction/formats/safetensors_header.h"
#include "tests/fuzz/fuzz_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return ahap::testing::fuzz_file_reader(data, size, [](const auto& file) {
    const ahap::MappedFile mapped(file);
    const auto header = ahap::read_safetensors_header(mapped.bytes(), file);
    for (const auto& entry : header.entries) {
      if (entry.begin > entry.end || entry.end > mapped.size()) __builtin_trap();
    }
  });
}
