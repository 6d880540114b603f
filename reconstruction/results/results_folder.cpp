#include "reconstruction/results/results_folder.h"

#include <algorithm>
#include <stdexcept>

namespace ahap {
namespace {

namespace fs = std::filesystem;

// Calls `see` for every file, with its path relative to `folder`. Links are seen and not followed.
void for_each_file(const fs::path& folder, const std::function<void(const std::string& path)>& see) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!fs::is_directory(entry.symlink_status()))
      see(entry.path().lexically_relative(folder).generic_string());
  }
}

// What lies in `folder` where results with such names would have a file, or a folder in the place of a file.
void find_in_the_way(const fs::path& folder, const std::string& inside, const ResultsFolder::Names& names,
                     const Manifest& manifest, std::vector<std::string>& found) {
  for (const auto& entry : fs::directory_iterator(folder / inside)) {
    const std::string path = inside + entry.path().filename().string();
    const bool may_be_folder = names(path + "/");
    if (fs::is_directory(entry.symlink_status())) {
      // Where results may have a folder or a file of one name, put() sees which of them they have.
      if (may_be_folder)
        find_in_the_way(folder, path + "/", names, manifest, found);
      else if (names(path))
        found.push_back(path);
    } else if (names(path) || may_be_folder) {
      const auto listed = manifest.files.find(path);
      if (listed == manifest.files.end() || !is_unchanged(folder, path, listed->second))
        found.push_back(path);
    }
  }
}

[[noreturn]] void refuse(const fs::path& folder, const std::vector<std::string>& in_the_way) {
  const std::size_t more = in_the_way.size() - 1;
  throw std::runtime_error(
      (folder / in_the_way.front()).string() + (more ? " (and " + std::to_string(more) + " more)" : "") +
      " is in the way: not written by an export here, or changed since; move it away or choose "
      "another output folder");
}

// All that lead to these files, outermost first.
std::set<std::string> folders_of(const std::map<std::string, FileMark>& files) {
  std::set<std::string> folders;
  for (const auto& [path, mark] : files) {
    for (fs::path parent = fs::path(path).parent_path(); !parent.empty(); parent = parent.parent_path())
      folders.insert(parent.generic_string());
  }
  return folders;
}

}  // namespace

ResultsFolder::ResultsFolder(const fs::path& folder, MoveFile move)
    : folder_(folder), move_(std::move(move)) {
  std::error_code error;
  for (fs::path path = fs::absolute(folder).lexically_normal(); !path.empty() && !fs::exists(path, error);
       path = path.parent_path()) {
    made_.insert(made_.begin(), path);
  }
  for (const fs::path& path : made_)
    unfinished_.push_back(std::make_unique<Unfinished>(path, Unfinished::Removal::only_if_empty));
  fs::create_directories(folder, error);
  if (error || !fs::is_directory(folder)) {
    remove_made();
    throw std::runtime_error(folder.string() + ": the output folder cannot be made: " +
                             (error ? error.message() : "there is a file of that name"));
  }
  try {
    lock_.emplace(folder);
    notes_ = recover(folder, move_);
  } catch (const fs::filesystem_error& failure) {
    lock_.reset();
    remove_made();
    throw std::runtime_error(folder.string() + ": cannot be written: " + failure.code().message());
  } catch (...) {
    lock_.reset();
    remove_made();
    throw;
  }
}

ResultsFolder::~ResultsFolder() {
  lock_.reset();
  remove_made();
}

void ResultsFolder::remove_made() {
  std::error_code ignored;
  for (auto path = made_.rbegin(); path != made_.rend(); ++path)
    fs::remove(*path, ignored);  // only when empty
}

void ResultsFolder::require_replaceable(const Names& names) const {
  std::vector<std::string> in_the_way;
  try {
    find_in_the_way(folder_, "", names, read_manifest(folder_), in_the_way);
  } catch (const fs::filesystem_error& failure) {
    throw std::runtime_error(failure.path1().string() + ": cannot be read: " + failure.code().message());
  }
  std::sort(in_the_way.begin(), in_the_way.end());
  if (!in_the_way.empty()) refuse(folder_, in_the_way);
}

void ResultsFolder::put(const std::function<void(const fs::path&)>& write) {
  const fs::path staging = make_staging(folder_);
  std::optional<Unfinished> unfinished(staging);
  try {
    write(staging / "new");

    const Manifest before = read_manifest(folder_);
    Manifest after;
    for_each_file(staging / "new",
                  [&](const std::string& path) { after.files[path] = mark_of(staging / "new" / path); });
    Replacement replacement;
    std::vector<std::string> in_the_way;
    for (const auto& [path, mark] : before.files) {
      if (is_unchanged(folder_, path, mark)) replacement.moved_out.push_back(path);
    }
    const std::set<std::string> ours(replacement.moved_out.begin(), replacement.moved_out.end());
    for (const auto& [path, mark] : after.files) {
      const fs::path obstructing = obstacle(folder_, path);
      if (!obstructing.empty() && !ours.contains(path))
        in_the_way.push_back(obstructing.lexically_relative(folder_).generic_string());
    }
    if (!in_the_way.empty()) refuse(folder_, in_the_way);

    for (const std::string& folder : folders_of(after.files)) {
      const bool there = fs::exists(fs::symlink_status(folder_ / folder));
      if (!there) replacement.made_folders.push_back(folder);
      if (!there || before.folders.contains(folder)) after.folders.insert(folder);
    }
    write_manifest(after, staging / "new" / kManifestName);
    replacement.moved_in = after.files;
    replacement.moved_in[kManifestName] = mark_of(staging / "new" / kManifestName);
    if (fs::exists(folder_ / kManifestName)) replacement.moved_out.push_back(kManifestName);

    const auto undisturbed = not_to_be_ended();
    unfinished.reset();
    replace_files(folder_, staging, replacement, move_);
    std::error_code ignored;
    for (auto folder = before.folders.rbegin(); folder != before.folders.rend(); ++folder)
      if (!after.folders.contains(*folder)) fs::remove(folder_ / *folder, ignored);  // only when empty
  } catch (...) {
    if (!is_half_replaced(staging)) remove_staging(staging);
    throw;
  }
  remove_staging(staging);
}

}  // namespace ahap
