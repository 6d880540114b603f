#include "reconstruction/results/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <stdexcept>
#include <string>

namespace ahap {
namespace fs = std::filesystem;

void require_writable(const fs::path& file) {
  const auto fail = [&](const std::string& why) {
    throw std::runtime_error(file.string() + ": cannot be written: " + why);
  };
  std::error_code error;
  if (fs::is_directory(file, error)) fail("it is a folder");
  const fs::path target = fs::is_symlink(file, error) ? fs::weakly_canonical(file, error) : file;
  const fs::path folder = target.has_parent_path() ? target.parent_path() : ".";
  if (!fs::is_directory(folder, error)) fail("its folder does not exist");
  std::string probe = (folder / ".ahap-probe-XXXXXX").string();
  const int descriptor = mkstemp(probe.data());
  if (descriptor < 0) fail(std::strerror(errno));
  const bool written = write(descriptor, "x", 1) == 1;
  const int reason = errno;
  close(descriptor);
  unlink(probe.c_str());
  if (!written) fail(std::strerror(reason));
}

void require_different(const std::vector<fs::path>& outputs) {
  std::set<fs::path> seen;
  std::error_code error;
  for (const fs::path& output : outputs) {
    if (output.empty() || fs::is_other(output, error)) continue;
    if (!seen.insert(fs::weakly_canonical(fs::absolute(output), error)).second)
      throw std::runtime_error(output.string() + ": is given for two outputs; one would overwrite the other");
  }
}

void InputFiles::add_file(const fs::path& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode))
    files_.try_emplace({status.st_dev, status.st_ino}, file);
}

void InputFiles::add(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return add_file(path);
  constexpr auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator entry(path, options, error), end; !error && entry != end;
       entry.increment(error))
    add_file(entry->path());
}

void InputFiles::require_kept(const fs::path& output) const {
  struct stat status {};
  if (output.empty() || stat(output.c_str(), &status) != 0) return;
  const auto found = files_.find({status.st_dev, status.st_ino});
  if (found == files_.end()) return;
  const bool same_name = found->second.lexically_normal() == output.lexically_normal();
  throw std::runtime_error(output.string() + ": is read by this run" +
                           (same_name ? "" : " as " + found->second.string()) +
                           " and would be overwritten; choose another name for the output");
}

}  // namespace ahap
