#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace ahap {

// A whole file in memory without reading it: pages come from the page cache when touched. Writing to the
// bytes never reaches the file (copy on write). Throws a sentence with the path when the file cannot be
// opened.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& file);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace ahap
