#pragma once

#include <filesystem>
#include <optional>

#include "reconstruction/formats/unfinished.h"

namespace ahap {

// One process at a time writes results into a folder. While this lives, `folder`/.ahap-lock says which one:
// its number and its machine. The file of a process that was killed is taken over, because the system has
// released what that process held.
class FolderLock {
 public:
  // Throws a sentence when somebody else writes there, naming them, or when the folder cannot be written.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  std::filesystem::path file_;
  int descriptor_ = -1;
  std::optional<Unfinished> unfinished_;
};

}  // namespace ahap
