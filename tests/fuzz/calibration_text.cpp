#include "tests/fuzz/calibration.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return ahap::testing::fuzz_calibration(data, size, "cameras.txt", "images.txt",
                                         "1 1 0 0 0 0 0 5 1 a.jpg\n1 2 -1\n");
}
