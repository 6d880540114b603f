#pragma once

#include <filesystem>
#include <functional>
#include <vector>

namespace ahap {

// The folder that a run's results go to. A run that fails or is stopped leaves it as it was: results are
// written beside their places and moved there when they are complete, replacing those of an earlier run.
class ResultsFolder {
 public:
  // Makes the folder, with its parents, and makes sure that it can be written, so that nobody computes for
  // nothing. Throws a sentence with the path.
  explicit ResultsFolder(const std::filesystem::path& folder);
  // Removes the folders that it made itself and that are still empty.
  ~ResultsFolder();
  ResultsFolder(const ResultsFolder&) = delete;
  ResultsFolder& operator=(const ResultsFolder&) = delete;

  // `write` fills an empty folder; every entry of it then replaces the results' entry of that name.
  void put(const std::function<void(const std::filesystem::path& staging)>& write);

  const std::filesystem::path& path() const { return folder_; }

 private:
  std::filesystem::path folder_;
  std::vector<std::filesystem::path> made_;  // outermost first
};

// Throws a sentence unless a file of this name can be written: for files that are written after a long run.
void require_writable(const std::filesystem::path& file);

}  // namespace ahap
