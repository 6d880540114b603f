#include "reconstruction/formats/zip.h"

#include <zip.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/safe_write.h"

namespace ahap {
namespace {

constexpr std::uint64_t kGibibyte = std::uint64_t(1) << 30;
constexpr std::uint64_t kLargestEntry = 8 * kGibibyte;
// Deflate cannot do better than 1032:1, so a larger claim is a damaged or malicious header.
constexpr std::uint64_t kLargestRatio = 1032;
constexpr std::uint64_t kRatioSlack = 4096;

zip_t* as_zip(void* archive) {
  return static_cast<zip_t*>(archive);
}

std::string text(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  const std::string message = zip_error_strerror(&error);
  zip_error_fini(&error);
  return message;
}

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_source_t* source) const { zip_source_free(source); }
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};

}  // namespace

void ZipReader::Close::operator()(void* archive) const {
  zip_discard(as_zip(archive));
}

ZipReader::ZipReader(const std::filesystem::path& file) : file_(file) {
  require_regular_file(file);
  std::error_code error;
  const std::uint64_t file_size = std::filesystem::file_size(file, error);
  if (error) throw std::runtime_error("cannot read " + file.string() + ": " + error.message());

  int code = 0;
  archive_.reset(file_size == 0 ? nullptr : zip_open(file.c_str(), ZIP_RDONLY, &code));
  if (!archive_) {
    throw std::runtime_error(file.string() + " is not a zip archive or is cut off" +
                             (code ? " (" + text(code) + ")" : " (it is empty)"));
  }
  std::set<std::string> names;
  const zip_int64_t count = zip_get_num_entries(as_zip(archive_.get()), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t stat;
    if (zip_stat_index(as_zip(archive_.get()), i, 0, &stat) != 0) {
      throw std::runtime_error("the table of contents of " + file.string() + " is damaged");
    }
    Entry entry{stat.name, stat.size};
    if (entry.name.ends_with('/')) continue;
    if (!names.insert(entry.name).second)
      throw std::runtime_error(file.string() + " holds " + entry.name + " twice");
    if (entry.size > kLargestEntry) {
      throw std::runtime_error(file.string() + ": " + entry.name + " would unpack to " +
                               std::to_string(entry.size / kGibibyte) +
                               " GiB, more than the 8 GiB that are accepted");
    }
    if (stat.comp_size > file_size || entry.size > stat.comp_size * kLargestRatio + kRatioSlack) {
      throw std::runtime_error(file.string() + ": " + entry.name + " claims to unpack from " +
                               std::to_string(stat.comp_size) + " to " + std::to_string(entry.size) +
                               " bytes, which is impossible; the file is damaged");
    }
    entries_.push_back(std::move(entry));
  }
}

bool ZipReader::contains(const std::string& name) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& entry) { return entry.name == name; });
}

std::vector<std::uint8_t> ZipReader::read(const std::string& name) const {
  const auto entry =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.name == name; });
  std::vector<std::uint8_t> bytes(entry == entries_.end() ? 0 : entry->size);
  read(name, bytes);
  return bytes;
}

void ZipReader::read(const std::string& name, std::span<std::uint8_t> into) const {
  const auto fail = [&](const std::string& reason) {
    throw std::runtime_error("cannot read " + name + " in " + file_.string() + ": " + reason);
  };
  const std::unique_ptr<zip_file_t, Discard> entry(zip_fopen(as_zip(archive_.get()), name.c_str(), 0));
  if (!entry) fail(zip_strerror(as_zip(archive_.get())));
  std::uint64_t done = 0;
  while (done < into.size()) {
    const zip_int64_t n = zip_fread(entry.get(), into.data() + done, into.size() - done);
    if (n < 0) fail(zip_file_strerror(entry.get()));
    if (n == 0)
      fail("it ends after " + std::to_string(done) + " of " + std::to_string(into.size()) + " bytes");
    done += n;
  }
  // libzip compares the check sum when it meets the end.
  std::uint8_t beyond;
  const zip_int64_t n = zip_fread(entry.get(), &beyond, 1);
  if (n < 0) fail(zip_file_strerror(entry.get()));
  if (n > 0) fail("it holds more than the " + std::to_string(into.size()) + " bytes that were announced");
}

void write_zip(const std::filesystem::path& file, const std::vector<ZipContent>& content,
               const ZipOptions& options) {
  const auto fail = [&](const std::string& reason) {
    throw std::runtime_error("cannot write " + file.string() + ": " + reason);
  };
  zip_error_t error;
  zip_error_init(&error);
  const std::unique_ptr<zip_source_t, Discard> buffer(zip_source_buffer_create(nullptr, 0, 0, &error));
  if (!buffer) fail(zip_error_strerror(&error));
  zip_source_keep(buffer.get());  // the archive takes one reference, we read from the other
  std::unique_ptr<zip_t, Discard> archive(zip_open_from_source(buffer.get(), ZIP_TRUNCATE, &error));
  if (!archive) {
    zip_source_free(buffer.get());
    fail(zip_error_strerror(&error));
  }
  for (const auto& [name, bytes] : content) {
    zip_source_t* source = zip_source_buffer(archive.get(), bytes.data(), bytes.size(), 0);
    const zip_int64_t index = zip_file_add(archive.get(), name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      zip_source_free(source);
      fail(zip_strerror(archive.get()));
    }
    constexpr zip_uint16_t first_of_january_1980 = 0x21;
    zip_file_set_dostime(archive.get(), index, 0, first_of_january_1980, 0);
    zip_set_file_compression(archive.get(), zip_uint64_t(index), ZIP_CM_DEFLATE, zip_uint32_t(options.level));
  }
  if (zip_close(archive.get()) != 0) fail(zip_strerror(archive.get()));
  archive.release();

  const auto write = [&](std::ostream& out) {
    if (zip_source_open(buffer.get()) != 0) fail(zip_error_strerror(zip_source_error(buffer.get())));
    std::vector<char> block(1 << 16);
    zip_int64_t n = 0;
    while ((n = zip_source_read(buffer.get(), block.data(), block.size())) > 0) out.write(block.data(), n);
    zip_source_close(buffer.get());
    if (n < 0) fail("its content could not be packed");
  };
  safe_write(file, write, options.to_disk);
}

}  // namespace ahap
