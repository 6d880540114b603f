#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "reconstruction/results/manifest.h"

namespace ahap {

// Gives one file another name in the same file system. Tests fail or end the process here.
using MoveFile = std::function<void(const std::filesystem::path& from, const std::filesystem::path& to)>;
void move_file(const std::filesystem::path& from, const std::filesystem::path& to);

// Which files of a folder are exchanged. Paths are relative to it.
struct Replacement {
  std::vector<std::string> moved_out;        // files of an earlier export, replaced or no longer wanted
  std::map<std::string, FileMark> moved_in;  // files of the new one
  std::vector<std::string> made_folders;     // outermost first
};

// An exchange of many files that has either happened or not. New files wait in `staging`/new, a folder of the
// same file system; replaced ones go to `staging`/old; `staging`/journal.json says what is exchanged from
// before the first file moves until after the last one. When a move fails, those before it are taken back and
// the failure is thrown; when the process ends in the middle, recover() takes them back. Nothing is ever
// moved over a file that is there. The staging folder stays; remove_staging() is for it, unless
// is_half_replaced().
void replace_files(const std::filesystem::path& folder, const std::filesystem::path& staging,
                   const Replacement& replacement, const MoveFile& move = move_file);

// A new staging folder in `folder`, which no other process knows.
std::filesystem::path make_staging(const std::filesystem::path& folder);
// Whether it still holds files that have to return to their places.
bool is_half_replaced(const std::filesystem::path& staging);
void remove_staging(const std::filesystem::path& staging);

// Cleans up after processes that were killed in `folder`: half exchanges are undone, then their staging
// folders are removed. A file of before whose name is taken by now is kept in a folder "recovered". Returns
// sentences about what was done, none where there was nothing to do. Nobody else may be writing in `folder`
// (FolderLock).
std::vector<std::string> recover(const std::filesystem::path& folder, const MoveFile& move = move_file);

}  // namespace ahap
