#include "reconstruction/training/history.h"
#include "tests/fuzz/fuzz_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return ahap::testing::fuzz_file_reader(data, size, [](const auto& file) { ahap::History{file}; });
}
