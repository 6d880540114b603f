#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "reconstruction/capture/left_out.h"
#include "reconstruction/results/manifest.h"

namespace ahap {

// Tells files that are there twice: under another name, by a link, or as a copy.
class Duplicates {
 public:
  // Takes in one camera: its files in order, and what to call it by. Why it is left out, where one before has
  // the same files.
  std::optional<LeftOut::Reason> find(const std::vector<std::filesystem::path>& files,
                                      const std::filesystem::path& name);

 private:
  using Place = std::pair<std::uint64_t, std::uint64_t>;  // device and inode
  struct Known {
    std::filesystem::path name;
    std::vector<std::filesystem::path> files;
    std::vector<Place> places;
    std::vector<FileMark> marks;  // when they were needed
  };
  std::multimap<std::vector<std::uint64_t>, Known> known_;  // by the sizes of the files
};

}  // namespace ahap
