#include "tests/fuzz/calibration.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return ahap::testing::fuzz_calibration(data, size, "cameras.bin", "images.bin", std::string(8, '\0'));
}
