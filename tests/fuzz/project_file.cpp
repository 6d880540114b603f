#include "reconstruction/project/project_file.h"

#include <algorithm>
#include <cstring>

#include "tests/fuzz/fuzz_reader.h"
#include "tests/fuzz/stored_zip.h"

// Changed bytes of an archive fail its check sums, so the bytes are entries to be put into one: each a name,
// a zero, four bytes of length and the content; what is left over is the last one's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::pair<std::string, std::span<const std::uint8_t>>> entries;
  for (std::span<const std::uint8_t> rest(data, size); entries.size() < 200;) {
    const auto end = std::find(rest.begin(), rest.end(), 0);
    if (rest.end() - end < 5) break;
    const std::string name(rest.begin(), end);
    rest = rest.subspan(name.size() + 1);
    std::uint32_t length = 0;
    std::memcpy(&length, rest.data(), 4);
    rest = rest.subspan(4);
    entries.push_back({name, rest.first(std::min<std::size_t>(length, rest.size()))});
    rest = rest.subspan(entries.back().second.size());
  }
  const auto bytes = ahap::testing::stored_zip(entries);
  return ahap::testing::fuzz_file_reader(bytes.data(), bytes.size(), [](const auto& file) {
    ahap::read_project_summary(file);
    ahap::read_project(file);
  });
}
