#include "reconstruction/body/body_model.h"
#include "reconstruction/body/smplx_model.h"
#include "tests/fuzz/fuzz_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return ahap::testing::fuzz_file_reader(data, size, [](const auto& file) { ahap::load_body_model(file); }) |
         ahap::testing::fuzz_file_reader(data, size, [](const auto& file) { ahap::load_smplx_model(file); });
}
