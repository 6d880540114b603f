#include "reconstruction/evaluation/photo_benchmark.h"

#include "tests/fuzz/fuzz_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = [](const auto& file) { ahap::read_photo_benchmark(file.parent_path()); };
  return ahap::testing::fuzz_file_reader(data, size, read, "truth.json");
}
