#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ahap {

// Reads the entries of a zip archive (stored or deflated, zip64). One thread at a time. Failures name the
// archive and the entry: no zip archive, cut off, wrong check sum, encrypted, or an entry that claims to hold
// more than it can.
class ZipReader {
 public:
  struct Entry {
    std::string name;        // with forward slashes
    std::uint64_t size = 0;  // bytes, decompressed
  };

  explicit ZipReader(const std::filesystem::path& file);

  const std::vector<Entry>& entries() const { return entries_; }  // without folders
  bool contains(const std::string& name) const;

  std::vector<std::uint8_t> read(const std::string& name) const;
  // into.size() must be the entry's size.
  void read(const std::string& name, std::span<std::uint8_t> into) const;

 private:
  struct Close {
    void operator()(void* archive) const;
  };
  std::filesystem::path file_;
  std::unique_ptr<void, Close> archive_;
  std::vector<Entry> entries_;
};

struct ZipContent {
  std::string name;
  std::vector<std::uint8_t> bytes;
};

struct ZipOptions {
  int level = 0;         // of compression: 1 fast, 9 small; 0: zlib's own choice
  bool to_disk = false;  // see safe_write
};

// A deflated archive through safe_write; the same content gives the same bytes.
void write_zip(const std::filesystem::path& file, const std::vector<ZipContent>& content,
               const ZipOptions& options = {});

}  // namespace ahap
