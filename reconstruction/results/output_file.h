#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

namespace ahap {

// Throws a sentence unless a file of this name can be written: for files that are written after a long run.
void require_writable(const std::filesystem::path& file);

// Throws a sentence when two of these outputs are the same file. Empty ones are none.
void require_different(const std::vector<std::filesystem::path>& outputs);

// The files that a run reads, known by their place on the disk: other names, links and relative paths do not
// matter.
class InputFiles {
 public:
  // A file; of a folder every file below it. What does not exist is passed over.
  void add(const std::filesystem::path& path);

  // Throws a sentence when writing to `output` would overwrite one of them.
  void require_kept(const std::filesystem::path& output) const;

 private:
  void add_file(const std::filesystem::path& file);

  std::map<std::pair<std::uint64_t, std::uint64_t>, std::filesystem::path> files_;  // by device and inode
};

}  // namespace ahap
