#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "reconstruction/installation/packaged_model.h"
#include "reconstruction/installation/sha256.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap::testing {

struct ArchiveEntry {
  std::string name;
  std::string bytes = {};
  std::string link_to = {};  // a symbolic link instead of a file
};

// A gzipped tar archive as `npm pack` writes them.
inline void write_archive(const std::filesystem::path& file, const std::vector<ArchiveEntry>& entries) {
  archive* out = archive_write_new();
  archive_write_add_filter_gzip(out);
  archive_write_set_format_ustar(out);
  archive_write_open_filename(out, file.c_str());
  for (const ArchiveEntry& entry : entries) {
    archive_entry* header = archive_entry_new();
    archive_entry_set_pathname(header, entry.name.c_str());
    archive_entry_set_perm(header, 0644);
    archive_entry_set_filetype(header, entry.link_to.empty() ? AE_IFREG : AE_IFLNK);
    archive_entry_set_size(header, la_int64_t(entry.bytes.size()));
    if (!entry.link_to.empty()) archive_entry_set_symlink(header, entry.link_to.c_str());
    archive_write_header(out, header);
    archive_write_data(out, entry.bytes.data(), entry.bytes.size());
    archive_entry_free(header);
  }
  archive_write_close(out);
  archive_write_free(out);
}

inline std::string sha256_of(const std::string& bytes) {
  Sha256 sum;
  sum.add(bytes.data(), bytes.size());
  return sum.hex();
}

inline PackagedFile packaged_file(const std::string& name, const std::string& bytes) {
  return {name, "package/models/" + name, bytes.size(), sha256_of(bytes)};
}

// That no compression makes smaller.
inline std::string noise(std::size_t count) {
  std::minstd_rand random;
  std::string bytes;
  while (bytes.size() < count) bytes += char(random() >> 8);
  return bytes;
}

// A small model in the place of the published one, with a package that holds it and other files.
struct SmallPackage {
  const std::string graph = "{\"format\": \"graph-model\"}";
  const std::string weights = noise(300'000);
  std::vector<ArchiveEntry> entries = {{"package/package.json", "{}"},
                                       {"package/models/other.bin", std::string(50'000, 'o')},
                                       {"package/models/net.json", graph},
                                       {"package/models/net.bin", weights},
                                       {"package/LICENSE", "free"}};

  PackagedModel model() const {
    PackagedModel model;
    model.name = model.kind = "photo";
    model.package = "@someone/models";
    model.version = "1.0.0";
    model.page = "https://registry.example/models-1.0.0.tgz";
    model.networks = {{"detector", "A Network", "free", "https://example.org",
                       packaged_file("net.json", graph), packaged_file("net.bin", weights)}};
    model.notices = {{"LICENSE-MIT.txt", "package/LICENSE", 4, sha256_of("free")}};
    model.texts = {
        {"model.json",
         R"({"name": "photo", "kind": "photo", "files": {"detector": "net.json", "detector_weights": "net.bin"}})"},
        {"ORIGIN.txt", "from someone"}};
    model.former_files = {"larger.bin"};
    return model;
  }
  // With the size and sum of this archive as the published ones.
  PackagedModel model_of(const std::filesystem::path& archive) const {
    PackagedModel model = this->model();
    model.archive_bytes = std::filesystem::file_size(archive);
    model.archive_sha256 = sha256_of(read_bytes(archive));
    return model;
  }
};

// A program named npm that comes first on PATH, as long as the object lives.
class FakeNpm {
 public:
  explicit FakeNpm(const std::string& script) : path_(std::getenv("PATH")) {
    write_bytes(folder_ / "npm", "#!/bin/sh\n" + script);
    chmod((folder_ / "npm").c_str(), 0755);
    setenv("PATH", (folder_.path().string() + ":" + path_).c_str(), 1);
  }
  ~FakeNpm() { setenv("PATH", path_.c_str(), 1); }
  FakeNpm(const FakeNpm&) = delete;
  FakeNpm& operator=(const FakeNpm&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

 private:
  TemporaryFolder folder_;
  std::string path_;
};

}  // namespace ahap::testing
