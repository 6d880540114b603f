#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ahap::testing {

inline std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> table;
    for (std::uint32_t i = 0; i < 256; ++i) {
      table[i] = i;
      for (int bit = 0; bit < 8; ++bit) table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xEDB88320u : 0);
    }
    return table;
  }();
  std::uint32_t sum = 0xFFFFFFFF;
  for (const std::uint8_t byte : bytes) sum = sum >> 8 ^ table[(sum ^ byte) & 255];
  return ~sum;
}

// A zip archive of uncompressed entries (APPNOTE 6.3, sections 4.3.7 to 4.3.16): what random bytes as a whole
// archive never become, since they fail its check sums.
inline std::vector<std::uint8_t> stored_zip(
    const std::vector<std::pair<std::string, std::span<const std::uint8_t>>>& entries) {
  std::vector<std::uint8_t> archive, contents;
  const auto put = [](std::vector<std::uint8_t>& to, std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) to.push_back(std::uint8_t(value >> 8 * i));
  };
  constexpr std::uint32_t kDate = 0x21;  // 1 January 1980
  for (const auto& entry : entries) {
    const std::string& name = entry.first;
    const std::span<const std::uint8_t> bytes = entry.second;
    const std::uint32_t at = std::uint32_t(archive.size()), sum = crc32(bytes),
                        size = std::uint32_t(bytes.size());
    const auto describe = [&](std::vector<std::uint8_t>& to) {
      put(to, 20, 2), put(to, 0, 4), put(to, kDate << 16, 4), put(to, sum, 4), put(to, size, 4),
          put(to, size, 4);
      put(to, std::uint32_t(name.size()), 2), put(to, 0, 2);
    };
    put(archive, 0x04034b50, 4);
    describe(archive);
    archive.insert(archive.end(), name.begin(), name.end());
    archive.insert(archive.end(), bytes.begin(), bytes.end());
    put(contents, 0x02014b50, 4);
    put(contents, 20, 2);
    describe(contents);
    put(contents, 0, 2), put(contents, 0, 4), put(contents, 0, 4), put(contents, at, 4);
    contents.insert(contents.end(), name.begin(), name.end());
  }
  const std::uint32_t at = std::uint32_t(archive.size());
  archive.insert(archive.end(), contents.begin(), contents.end());
  put(archive, 0x06054b50, 4);
  put(archive, 0, 4);
  put(archive, std::uint32_t(entries.size()), 2), put(archive, std::uint32_t(entries.size()), 2);
  put(archive, std::uint32_t(contents.size()), 4), put(archive, at, 4), put(archive, 0, 2);
  return archive;
}

}  // namespace ahap::testing
