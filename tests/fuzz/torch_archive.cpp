#include "reconstruction/formats/torch_archive.h"

#include <unistd.h>

#include "tests/fuzz/fuzz_reader.h"

// The bytes are the archive's pickle: random bytes as a whole archive would not pass its check sums, which the zip target
// is for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("ahap-fuzz-archive-" + std::to_string(getpid()));
  ahap::write_zip(file, {{"w/data.pkl", {data, data + size}}, {"w/data/0", std::vector<std::uint8_t>(24, 1)}});
  try {
    const ahap::TorchArchive archive(file);
    for (const auto& [entry, storage] : archive.storages()) {
      std::vector<std::uint8_t> bytes(std::size_t(storage.elements) * ahap::element_size(storage.type));
      archive.read(entry, bytes);
    }
  } catch (const std::runtime_error& refusal) {
    ahap::testing::require_named(refusal, file);
  }
  return 0;
}
