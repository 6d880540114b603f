#include "tests/fuzz/calibration.h"

// One file with lenses and poses serves as both.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return ahap::testing::fuzz_calibration(data, size, "intri.yml", "extri.yml",
                                         {reinterpret_cast<const char*>(data), size});
}
