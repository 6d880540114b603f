#include "reconstruction/models/compact_model_sizes.h"
#include "reconstruction/models/model_directory.h"
#include "tests/fuzz/fuzz_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read_twice = [](const auto& file) {
    ahap::read_model_description(file.parent_path());
    const ahap::CompactModelConfig sizes = ahap::read_compact_sizes(file);
    if (sizes.scene.heads < 1 || sizes.scene.widths.size() != 4 || sizes.head.dim < 1) std::abort();
  };
  return ahap::testing::fuzz_file_reader(data, size, read_twice, "model.json");
}
