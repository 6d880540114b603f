#include "reconstruction/formats/torch_archive.h"

#include "tests/fuzz/fuzz_reader.h"
#include "tests/fuzz/stored_zip.h"

// The bytes are the archive's pickle.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::uint8_t> storage(24, 1);
  const auto bytes = ahap::testing::stored_zip({{"w/data.pkl", {data, size}}, {"w/data/0", storage}});
  return ahap::testing::fuzz_file_reader(bytes.data(), bytes.size(), [](const auto& file) {
    const ahap::TorchArchive archive(file);
    for (const auto& [entry, storage] : archive.storages()) {
      std::vector<std::uint8_t> bytes(std::size_t(storage.elements) * ahap::element_size(storage.type));
      archive.read(entry, bytes);
    }
  });
}
