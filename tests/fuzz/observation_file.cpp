#include "reconstruction/motion/observation_file.h"

#include <cstring>
#include <vector>

#include "tests/fuzz/fuzz_reader.h"

namespace {

// Gives every record the checksum of its bytes: else hardly any change gets past it.
void mend_checksums(std::vector<std::uint8_t>& bytes) {
  constexpr std::size_t kHead = 12;  // of the file, and of a record: its length and its checksum
  for (std::size_t at = kHead; at + kHead <= bytes.size();) {
    std::uint32_t size = 0;
    std::memcpy(&size, &bytes[at], sizeof size);
    if (bytes.size() - at - kHead < size) return;
    std::uint64_t sum = 14695981039346656037ull;
    for (std::size_t i = 0; i < size; ++i) sum = (sum ^ bytes[at + kHead + i]) * 1099511628211ull;
    std::memcpy(&bytes[at + sizeof size], &sum, sizeof sum);
    at += kHead + size;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint8_t> mended(data, data + size);
  mend_checksums(mended);
  const auto read = [](const auto& file) { ahap::read_observations(file, {{"the model", "photo"}}); };
  ahap::testing::fuzz_file_reader(data, size, read);
  return ahap::testing::fuzz_file_reader(mended.data(), mended.size(), read);
}
