#include "reconstruction/evaluation/reconstruction_file.h"

#include "tests/fuzz/fuzz_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return ahap::testing::fuzz_file_reader(data, size, [](const auto& file) {
    const ahap::Reconstruction result = ahap::read_reconstruction_file(file);
    for (const ahap::Detection& detection : result.frames.at(0).detections) result.views.at(detection.view);
  });
}
