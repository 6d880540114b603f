#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/gui/task_thread.h"

namespace ahap {

// Asks for a path in a window of its own: typed, or chosen from what its folder holds, which a thread looks
// up. Of photos and videos, clicks with Ctrl choose several.
class FileDialog {
 public:
  enum class Purpose { open, add, save, locate, export_folder };

  explicit FileDialog(std::function<void()> wake) : wake_(std::move(wake)) {}

  // `path` stands in the field at first. `note`: a sentence above it.
  void ask(Purpose purpose, std::string path, std::string note = {});
  void close() { closing_ = std::exchange(open_, false); }
  bool is_open() const { return open_; }
  Purpose purpose() const { return purpose_; }
  const std::string& path() const { return path_; }
  bool looking() const { return looking_; }  // into a folder
  std::string texts() const;                 // that it shows: names of files

  // Draws it, between NewFrame and Render. The path when one is chosen, or several files of a folder; then it
  // is closed.
  std::vector<std::filesystem::path> draw();

 private:
  struct Entry {
    std::string name;
    enum class Kind { folder, project, picture, video } kind = Kind::folder;

    bool is_folder() const { return kind == Kind::folder; }
  };
  static std::vector<Entry> entries_of(const std::filesystem::path& folder, Purpose purpose);
  void look();
  bool field();
  bool entries();
  void choose(const Entry& entry, bool one_more);
  std::filesystem::path chosen() const;
  std::string button() const;

  std::function<void()> wake_;
  bool open_ = false, closing_ = false, appearing_ = false, looking_ = false;
  bool select_name_ = false;  // in the field, as soon as it is typed in
  Purpose purpose_ = Purpose::open;
  std::string path_, note_;
  std::filesystem::path folder_;  // whose entries are shown
  std::vector<Entry> entries_;
  std::set<std::string> several_;  // names that are chosen together; empty: what the field says

  std::mutex mutex_;
  std::optional<std::pair<std::filesystem::path, std::vector<Entry>>> found_;  // guarded by mutex_
  TaskThread thread_;                                                          // last
};

// "~/a" in the home folder; others as they are.
std::filesystem::path expanded_path(const std::string& text);

}  // namespace ahap
