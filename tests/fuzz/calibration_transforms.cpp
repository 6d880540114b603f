#include "tests/fuzz/calibration.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return ahap::testing::fuzz_file_reader(
      data, size, [](const auto& file) { ahap::read_calibration(file); }, "transforms.json");
}
