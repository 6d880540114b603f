#include "app/results_folder.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>

namespace ahap {
namespace fs = std::filesystem;
namespace {

constexpr const char* kStaging = ".ahap-unfinished";

struct Removed {
  fs::path path;
  ~Removed() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

}  // namespace

void require_writable(const fs::path& file) {
  if (fs::is_directory(file)) throw std::runtime_error(file.string() + ": cannot be written: it is a folder");
  const fs::path parent = file.has_parent_path() ? file.parent_path() : ".";
  if (!fs::is_directory(parent))
    throw std::runtime_error(file.string() + ": cannot be written: its folder does not exist");
  const Removed probe{parent / (".ahap-probe-" + file.filename().string())};
  std::ofstream stream(probe.path);
  if (!stream.put('x').flush()) {
    throw std::runtime_error(file.string() + ": cannot be written: " + std::strerror(errno));
  }
}

ResultsFolder::ResultsFolder(const fs::path& folder) : folder_(folder) {
  std::error_code error;
  for (fs::path path = fs::absolute(folder).lexically_normal(); !path.empty() && !fs::exists(path, error);
       path = path.parent_path()) {
    made_.insert(made_.begin(), path);
  }
  fs::create_directories(folder, error);
  if (error || !fs::is_directory(folder)) {
    made_.clear();
    throw std::runtime_error(folder.string() + ": the output folder cannot be made: " +
                             (error ? error.message() : "there is a file of that name"));
  }
  require_writable(folder / "results");
}

ResultsFolder::~ResultsFolder() {
  std::error_code ignored;
  for (auto path = made_.rbegin(); path != made_.rend(); ++path)
    fs::remove(*path, ignored);  // only when empty
}

void ResultsFolder::put(const std::function<void(const fs::path&)>& write) {
  const Removed staging{folder_ / kStaging};
  const fs::path complete = staging.path / "new", replaced = staging.path / "old";
  fs::remove_all(staging.path);
  fs::create_directories(complete);
  fs::create_directories(replaced);
  write(complete);
  for (const auto& entry : fs::directory_iterator(complete)) {
    const fs::path target = folder_ / entry.path().filename();
    if (fs::exists(target)) fs::rename(target, replaced / entry.path().filename());
    fs::rename(entry.path(), target);
  }
}

}  // namespace ahap
