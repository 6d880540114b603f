#include "reconstruction/formats/zip.h"
#include "tests/fuzz/fuzz_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return ahap::testing::fuzz_file_reader(data, size, [](const auto& file) {
    const ahap::ZipReader archive(file);
    for (const auto& entry : archive.entries()) archive.read(entry.name);
  });
}
