#include "reconstruction/training/configuration.h"

#include <nlohmann/json.hpp>

#include "tests/fuzz/fuzz_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return ahap::testing::fuzz_file_reader(data, size, [](const auto& file) {
    const auto configuration = ahap::read_training_configuration(file, /*bf16=*/false);
    ahap::settings_json(configuration.dense).dump();
    ahap::settings_json(configuration.networks).dump();
  });
}
