#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reconstruction/results/folder_lock.h"
#include "reconstruction/results/replacement.h"

namespace ahap {

// A folder that results are written into, beside whatever a person keeps there.
// - Owned: only files that a manifest of ours lists (kManifestName) and that still hold what was written are
// replaced
//   or, when a later export does not have them, removed. Folders are merged. Anything else that is in the way
//   is refused by name.
// - All or nothing: results are written beside their places and moved there together; a run that fails, is
// stopped or
//   is killed leaves those of before (replacement.h). What a killed one left is put right by the next
//   ResultsFolder.
// - Alone: one process at a time; another one is refused (folder_lock.h).
class ResultsFolder {
 public:
  // Whether results may get this path, relative to the folder and with '/'; a folder's ends with one.
  using Names = std::function<bool(const std::string& path)>;

  // Makes the folder, with its parents, and makes sure that it can be written, so that nobody computes for
  // nothing. Throws a sentence with the path.
  explicit ResultsFolder(const std::filesystem::path& folder, MoveFile move = move_file);
  // Removes the folders that it made itself and that are still empty.
  ~ResultsFolder();
  ResultsFolder(const ResultsFolder&) = delete;
  ResultsFolder& operator=(const ResultsFolder&) = delete;

  // Throws a sentence that names what is in the way of results with such names: to be called before computing
  // them.
  void require_replaceable(const Names& names) const;

  // `write` fills an empty folder, whose files then take the places of the results before.
  void put(const std::function<void(const std::filesystem::path& staging)>& write);

  const std::filesystem::path& path() const { return folder_; }
  // What was put right on opening the folder, as sentences for people.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  void remove_made();

  std::filesystem::path folder_;
  MoveFile move_;
  std::vector<std::filesystem::path> made_;              // outermost first
  std::vector<std::unique_ptr<Unfinished>> unfinished_;  // the made ones
  std::optional<FolderLock> lock_;
  std::vector<std::string> notes_;
};

}  // namespace ahap
