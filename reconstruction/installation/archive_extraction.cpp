#include "reconstruction/installation/archive_extraction.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "reconstruction/formats/safe_write.h"
#include "reconstruction/installation/sha256.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlock = std::size_t(256) << 10;

struct Reader {
  std::unique_ptr<archive, int (*)(archive*)> handle{archive_read_new(), archive_read_free};
  const fs::path& file;
  const Progress& progress;
  double size;  // of the archive, bytes

  Reader(const fs::path& file, const Progress& progress)
      : file(file), progress(progress), size(double(fs::file_size(file))) {
    archive_read_support_filter_gzip(handle.get());
    archive_read_support_format_tar(handle.get());
    check(archive_read_open_filename(handle.get(), file.c_str(), kBlock));
  }

  void check(int result) const {
    if (result >= ARCHIVE_WARN) return;
    const char* reason = archive_error_string(handle.get());
    throw std::runtime_error(file.string() + " cannot be unpacked" +
                             (reason ? std::string(" (") + reason + ")" : "") +
                             "; it is damaged or no gzipped tar archive.");
  }

  void report() const {
    step(progress, "unpack", size > 0 ? double(archive_filter_bytes(handle.get(), -1)) / size : 1);
  }

  // Null at the end.
  archive_entry* next() const {
    report();
    archive_entry* entry = nullptr;
    const int result = archive_read_next_header(handle.get(), &entry);
    if (result == ARCHIVE_EOF) return nullptr;
    check(result);
    return entry;
  }

  void write(const PackagedFile& wanted, const fs::path& target) const {
    const auto differs = [&](const std::string& how) {
      throw std::runtime_error(wanted.in_archive + " in " + file.string() + " " + how + ".");
    };
    Sha256 sum;
    std::uint64_t written = 0;
    safe_write(target, [&](std::ostream& out) {
      std::vector<char> block(kBlock);
      while (true) {
        report();
        const la_ssize_t count = archive_read_data(handle.get(), block.data(), block.size());
        check(int(std::min<la_ssize_t>(count, 0)));
        if (count <= 0) break;
        written += std::uint64_t(count);
        if (written > wanted.bytes) differs("is larger than the published file");
        sum.add(block.data(), std::size_t(count));
        out.write(block.data(), std::streamsize(count));
      }
    });
    if (written < wanted.bytes) differs("is smaller than the published file");
    if (sum.hex() != wanted.sha256) differs("differs from the published file (its SHA-256 sum is another)");
  }
};

}  // namespace

void extract_files(const fs::path& archive, const std::vector<PackagedFile>& wanted, const fs::path& folder,
                   const Progress& progress) {
  const Reader reader(archive, progress);
  std::vector<PackagedFile> remaining = wanted;
  while (!remaining.empty()) {
    archive_entry* entry = reader.next();
    if (!entry)
      throw std::runtime_error(archive.string() + " does not hold " + remaining.front().in_archive + ".");
    const char* name = archive_entry_pathname(entry);
    const auto found = std::find_if(remaining.begin(), remaining.end(), [&](const PackagedFile& file) {
      return name && file.in_archive == name;
    });
    if (found == remaining.end()) continue;
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry))
      throw std::runtime_error(found->in_archive + " in " + archive.string() + " is no ordinary file.");
    reader.write(*found, folder / found->name);
    remaining.erase(found);
  }
}

}  // namespace ahap
