#include "reconstruction/results/replacement.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>

#include "reconstruction/formats/folder.h"
#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/parse_json.h"
#include "reconstruction/formats/safe_write.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kStaging = ".ahap-unfinished";
constexpr const char* kJournal = "journal.json";
constexpr const char* kCommitted =
    "committed.json";  // what the journal is called once everything is in its place

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(fs::symlink_status(path, error));
}

void write_journal(const Replacement& replacement, const fs::path& file) {
  Json moved_in = Json::array();
  for (const auto& [path, mark] : replacement.moved_in)
    moved_in.push_back({{"path", path}, {"size", mark.size}, {"hash", mark.hash}});
  const Json json = {{"moved_out", replacement.moved_out},
                     {"moved_in", moved_in},
                     {"made_folders", replacement.made_folders}};
  safe_write(file, [&](std::ostream& out) { out << json.dump(1) << '\n'; });
}

Replacement read_journal(const fs::path& file) {
  std::ifstream in = open_input_file(file);
  try {
    const Json json = parse_json<Json>(in);
    Replacement replacement{json.at("moved_out"), {}, json.at("made_folders")};
    for (const Json& entry : json.at("moved_in"))
      replacement.moved_in[entry.at("path")] = {entry.at("size"), entry.at("hash")};
    return replacement;
  } catch (const Json::exception&) {
    throw std::runtime_error(
        file.string() +
        ": is damaged; it says which results an export that was killed has replaced, and those of "
        "before are in the folder `old` beside it: move them to where you want them");
  }
}

void move_to_free_place(const fs::path& from, const fs::path& to, const MoveFile& move) {
  if (is_there(to))
    throw std::runtime_error("cannot write " + to.string() + ": it has appeared in the meantime");
  move(from, to);
}

// From wherever the exchange has stopped, and again when this itself was stopped.
void undo(const fs::path& folder, const fs::path& staging, const Replacement& replacement,
          const MoveFile& move) {
  for (const auto& [path, mark] : replacement.moved_in) {
    const fs::path waiting = staging / "new" / path;
    if (!is_there(waiting) && is_unchanged(folder, path, mark)) move(folder / path, waiting);
  }
  for (const std::string& path : replacement.moved_out) {
    if (!is_there(staging / "old" / path) || is_there(folder / path)) continue;
    create_folder((folder / path).parent_path());
    move(staging / "old" / path, folder / path);
  }
  std::error_code ignored;
  for (auto made = replacement.made_folders.rbegin(); made != replacement.made_folders.rend(); ++made)
    fs::remove(folder / *made, ignored);  // only when empty
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  if (!fs::is_directory(fs::symlink_status(folder))) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!fs::is_directory(entry.symlink_status())) files.push_back(fs::relative(entry.path(), folder));
  }
  return files;
}

fs::path free_name(const fs::path& wanted) {
  fs::path name = wanted;
  for (int number = 2; is_there(name); ++number) {
    name = wanted;
    name += ' ';
    name += std::to_string(number);
  }
  return name;
}

// What still lies in `old` goes back to its place, or where that is taken into a folder of its own, which is
// returned.
fs::path salvage(const fs::path& folder, const fs::path& old, const MoveFile& move) {
  fs::path recovered;
  for (const fs::path& path : files_in(old)) {
    fs::path target = folder / path;
    if (!obstacle(folder, path.generic_string()).empty()) {
      if (recovered.empty()) recovered = free_name(folder / "recovered");
      target = recovered / path;
    }
    create_folder(target.parent_path());
    move(old / path, target);
  }
  return recovered;
}

bool is_staging(const fs::directory_entry& entry) {
  const std::string name = entry.path().filename().string();
  if (name != kStaging && !name.starts_with(std::string(kStaging) + "-")) return false;
  if (!fs::is_directory(entry.symlink_status())) return false;
  return std::all_of(fs::directory_iterator(entry.path()), fs::directory_iterator(), [](const auto& inner) {
    const std::string part = inner.path().filename().string();
    return part == "new" || part == "old" || part == kJournal || part == kCommitted ||
           part.ends_with(".partial");
  });
}

}  // namespace

void move_file(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) throw std::runtime_error("cannot write " + to.string() + ": " + error.message());
}

fs::path make_staging(const fs::path& folder) {
  std::random_device random;
  const std::uint64_t number = (std::uint64_t(random()) << 32) | random();
  const fs::path staging = folder / (std::string(kStaging) + "-" + std::to_string(number));
  create_folder(staging / "new");
  return staging;
}

bool is_half_replaced(const fs::path& staging) {
  return is_there(staging / kJournal);
}

void remove_staging(const fs::path& staging) {
  std::error_code error;
  for (const char* part : {"old", "new", kJournal, kCommitted, ""}) {
    fs::remove_all(staging / part, error);
    if (error)
      throw std::runtime_error("cannot remove " + (staging / part).string() + ": " + error.message());
  }
}

void replace_files(const fs::path& folder, const fs::path& staging, const Replacement& replacement,
                   const MoveFile& move) {
  for (const auto& [path, mark] : replacement.moved_in) flush_to_disk(staging / "new" / path);
  for (const std::string& path : replacement.moved_out) create_folder((staging / "old" / path).parent_path());
  try {
    write_journal(replacement, staging / kJournal);
    flush_to_disk(staging / kJournal);
    flush_to_disk(staging);
    for (const std::string& path : replacement.made_folders) create_folder(folder / path);
    for (const std::string& path : replacement.moved_out)
      move_to_free_place(folder / path, staging / "old" / path, move);
    for (const auto& [path, mark] : replacement.moved_in)
      move_to_free_place(staging / "new" / path, folder / path, move);
    move(staging / kJournal, staging / kCommitted);
  } catch (const std::exception& failure) {
    const std::string why = failure.what();
    try {
      undo(folder, staging, replacement, move);
      fs::remove(staging / kJournal);
    } catch (const std::exception&) {
      throw std::runtime_error(why + "; the results of before are in " + (staging / "old").string() +
                               " and return to their places when something is written to that folder again");
    }
    throw std::runtime_error(why + "; the results of before were kept");
  }
}

std::vector<std::string> recover(const fs::path& folder, const MoveFile& move) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (is_staging(entry)) found.push_back(entry.path());
  }
  std::vector<std::string> notes;
  for (const fs::path& staging : found) {
    if (!is_there(staging / kCommitted)) {
      const bool half = is_there(staging / kJournal);
      if (half) {
        undo(folder, staging, read_journal(staging / kJournal), move);
        fs::remove(staging / kJournal);
      }
      const bool more = !files_in(staging / "old").empty();
      const fs::path recovered = salvage(folder, staging / "old", move);
      if (half || more)
        notes.push_back(
            folder.string() + ": an export that was killed here has been undone" +
            (recovered.empty() ? "" : "; files whose names were taken are in " + recovered.string()));
    }
    remove_staging(staging);
  }
  return notes;
}

}  // namespace ahap
