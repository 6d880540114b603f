#include "reconstruction/results/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace ahap {
namespace {

constexpr const char* kBeginning = "AHAP Studio, process ";

std::string this_process() {
  char host[256] = "";
  gethostname(host, sizeof(host) - 1);
  return kBeginning + std::to_string(getpid()) + " on " + host;
}

std::string content(int descriptor) {
  char text[512];
  const ssize_t length = pread(descriptor, text, sizeof(text), 0);
  std::string line(text, std::size_t(std::max<ssize_t>(length, 0)));
  return line.substr(0, line.find('\n'));
}

// Whether the name still leads to the open file: its holder before may have removed it.
bool is_at(int descriptor, const std::filesystem::path& file) {
  struct stat opened {
  }, named{};
  return fstat(descriptor, &opened) == 0 && lstat(file.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder) : file_(folder / ".ahap-lock") {
  const auto fail = [&](const std::string& sentence) {
    if (descriptor_ >= 0) close(descriptor_);
    throw std::runtime_error(sentence);
  };
  do {
    if (descriptor_ >= 0) close(descriptor_);
    descriptor_ = open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (descriptor_ < 0) fail(folder.string() + ": cannot be written: " + std::strerror(errno));
    if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0) continue;
    const bool unsupported =
        errno == ENOLCK || errno == EOPNOTSUPP || errno == ENOSYS;  // some network drives
    if (!unsupported && errno != EWOULDBLOCK)
      fail(file_.string() + ": cannot be locked: " + std::strerror(errno));
    const std::string holder = content(descriptor_);
    if (unsupported && holder.empty()) continue;
    fail(folder.string() + ": is being written by " +
         (holder.empty() ? "another run of this program" : holder) +
         "; wait for its end or choose another folder" +
         (unsupported ? " (if it was killed, delete " + file_.string() + ")" : ""));
  } while (!is_at(descriptor_, file_));

  const std::string before = content(descriptor_);
  if (!std::filesystem::is_regular_file(file_) || (!before.empty() && !before.starts_with(kBeginning)))
    fail(file_.string() +
         ": is in the way and not a file of this program; move it away or choose another folder");
  unfinished_.emplace(file_);
  const std::string line = this_process() + "\n";
  if (ftruncate(descriptor_, 0) != 0 ||
      pwrite(descriptor_, line.data(), line.size(), 0) != ssize_t(line.size())) {
    const int reason = errno;
    unlink(file_.c_str());
    fail(folder.string() + ": cannot be written: " + std::strerror(reason));
  }
}

FolderLock::~FolderLock() {
  unlink(file_.c_str());
  close(descriptor_);
}

}  // namespace ahap
