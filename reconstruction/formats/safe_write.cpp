#include "reconstruction/formats/safe_write.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <locale>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>

#include "reconstruction/formats/unfinished.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

// Writes a complete file under this very name. The stream throws at the first byte that cannot be written.
void write_in_place(const fs::path& file, const std::function<void(std::ostream&)>& write) {
  std::ofstream out;
  out.imbue(std::locale::classic());  // decimal points in every country
  out.exceptions(std::ios::badbit | std::ios::failbit);
  errno = 0;
  out.open(file, std::ios::binary | std::ios::trunc);
  write(out);
  out.close();
}

// Same folder as the target, so that the rename stays within one file system.
fs::path temporary_sibling(const fs::path& file) {
  std::random_device random;
  const std::uint64_t number = (std::uint64_t(random()) << 32) | random();
  return file.parent_path() / (".ahap-" + std::to_string(number) + ".partial");
}

}  // namespace

void flush_to_disk(const fs::path& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool failed =
      descriptor < 0 || (fsync(descriptor) != 0 && (errno == EIO || errno == ENOSPC || errno == EDQUOT));
  const int reason = errno;
  if (descriptor >= 0) close(descriptor);
  if (failed)
    throw fs::filesystem_error("cannot flush", path, std::error_code(reason, std::generic_category()));
}

void safe_write(const fs::path& file, const std::function<void(std::ostream&)>& write, bool to_disk) {
  std::error_code ignored;
  const fs::path target = fs::is_symlink(file, ignored) ? fs::weakly_canonical(file) : file;
  const auto fail = [&](const std::string& reason) {
    throw std::runtime_error("cannot write " + file.string() + ": " + reason);
  };
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, ignored)) fail("the folder " + folder.string() + " does not exist");
  if (fs::is_directory(target, ignored)) fail("there is a folder of that name");

  // A device or a pipe is written to, never replaced.
  const bool replace = !fs::exists(target, ignored) || fs::is_regular_file(target, ignored);
  const fs::path written = replace ? temporary_sibling(target) : target;
  std::optional<Unfinished> unfinished;
  if (replace) unfinished.emplace(written);
  const auto remove_partial = [&] {
    if (replace) fs::remove(written, ignored);
  };
  try {
    write_in_place(written, write);
    if (to_disk && replace) flush_to_disk(written);
    if (replace) fs::rename(written, target);
  } catch (const fs::filesystem_error& error) {
    remove_partial();
    fail(error.code().message());
  } catch (const std::ios_base::failure&) {
    const int reason = errno;
    remove_partial();
    fail(reason ? std::strerror(reason) : "the disk does not take the data");
  } catch (...) {
    remove_partial();
    throw;
  }
}

}  // namespace ahap
