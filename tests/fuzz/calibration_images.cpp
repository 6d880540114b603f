#include "tests/fuzz/calibration.h"

// The first byte tells text from bytes, the rest is the images of one camera.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string camera(
      "\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\x64\0\0\0\0\0\0\0\x64\0\0\0\0\0\0\0"
      "\0\0\0\0\0\0\x59\x40\0\0\0\0\0\0\x49\x40\0\0\0\0\0\0\x49\x40",
      56);
  if (data[0] == 'b')
    return ahap::testing::fuzz_calibration(data + 1, size - 1, "images.bin", "cameras.bin", camera);
  return ahap::testing::fuzz_calibration(data + 1, size - 1, "images.txt", "cameras.txt",
                                         "1 PINHOLE 100 100 90 90 50 50\n");
}
