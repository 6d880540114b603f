#include "reconstruction/formats/torch_archive.h"
#include "tests/fuzz/fuzz_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return ahap::testing::fuzz_file_reader(data, size, [](const auto& file) {
    const ahap::TorchArchive archive(file);
    for (const auto& [entry, storage] : archive.storages()) {
      std::vector<std::uint8_t> bytes(std::size_t(storage.elements) * ahap::element_size(storage.type));
      archive.read(entry, bytes);
    }
  });
}
