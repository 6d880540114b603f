#include "app/gui/state_folder.h"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "reconstruction/formats/folder.h"
#include "reconstruction/formats/json_file.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/formats/safe_write.h"
#include "reconstruction/results/folder_lock.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostRecents = 12;

fs::path recents_file(const fs::path& state) {
  return state / "recents.json";
}

std::vector<fs::path> all_recents(const fs::path& state) {
  std::vector<fs::path> recents;
  std::error_code ignored;
  if (state.empty() || !fs::exists(recents_file(state), ignored)) return recents;
  try {
    const JsonReader in(recents_file(state), "list of projects");
    for (const JsonReader::Json& path : in.array(in.root(), "", "projects"))
      if (path.is_string()) recents.push_back(from_lossless_utf8(path.get<std::string>()));
  } catch (const std::runtime_error&) {
    recents.clear();
  }
  return recents;
}

// Nothing where the program that writes there runs.
bool is_abandoned(const fs::path& folder) {
  try {
    const FolderLock lock(folder);
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

}  // namespace

fs::path default_state_folder() {
  const char *state = std::getenv("XDG_STATE_HOME"), *home = std::getenv("HOME");
  if (state && fs::path(state).is_absolute()) return fs::path(state) / "ahap";
  return home && *home ? fs::path(home) / ".local/state/ahap" : fs::path();
}

std::vector<fs::path> read_recents(const fs::path& state) {
  std::vector<fs::path> recents = all_recents(state);
  std::erase_if(recents, [](const fs::path& project) {
    std::error_code ignored;
    return !fs::is_regular_file(project, ignored);
  });
  return recents;
}

void add_recent(const fs::path& state, const fs::path& project) {
  if (state.empty()) return;
  std::vector<fs::path> recents = all_recents(state);
  std::erase(recents, project);
  recents.insert(recents.begin(), project);
  if (recents.size() > kMostRecents) recents.resize(kMostRecents);
  nlohmann::ordered_json json;
  json["projects"] = nlohmann::ordered_json::array();
  for (const fs::path& recent : recents) json["projects"].push_back(lossless_utf8(recent.string()));
  create_folder(state);
  safe_write(recents_file(state), [&](std::ostream& out) { out << json.dump(1) << "\n"; });
}

std::vector<fs::path> lost_sessions(const fs::path& state) {
  std::vector<std::pair<fs::file_time_type, fs::path>> found;
  std::error_code error;
  for (fs::directory_iterator at(state / kSessionsFolder, error), end; !error && at != end;
       at.increment(error)) {
    const fs::path autosave = at->path() / kAutosaveName;
    std::error_code missing;
    const fs::file_time_type time = fs::last_write_time(autosave, missing);
    if (!missing && is_abandoned(at->path())) found.emplace_back(time, autosave);
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<fs::path> lost;
  for (const auto& [time, autosave] : found) lost.push_back(autosave);
  return lost;
}

void remove_lost_session(const fs::path& autosave) {
  std::error_code ignored;
  if (!fs::exists(autosave, ignored) || !is_abandoned(autosave.parent_path())) return;
  fs::remove_all(autosave.parent_path(), ignored);
}

}  // namespace ahap
