#include "reconstruction/results/manifest.h"

#include "tests/fuzz/fuzz_reader.h"

// No path in a manifest leads out of its folder.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = [](const auto& file) {
    const ahap::Manifest manifest = ahap::read_manifest(file.parent_path());
    for (const auto& [path, mark] : manifest.files) {
      if (std::filesystem::path(path).is_absolute() || path.starts_with("..")) std::abort();
    }
  };
  return ahap::testing::fuzz_file_reader(data, size, read, ahap::kManifestName);
}
