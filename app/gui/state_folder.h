#pragma once

#include <filesystem>
#include <vector>

namespace ahap {

// What the studio remembers of itself: state/recents.json and state/sessions/*/session.ahap. All functions
// touch files.

// $XDG_STATE_HOME/ahap, else ~/.local/state/ahap; empty where there is neither.
std::filesystem::path default_state_folder();

inline constexpr const char* kSessionsFolder = "sessions";
inline constexpr const char* kAutosaveName = "session.ahap";

// Project files that were opened or saved and are still there, the newest first. What cannot be read counts
// as none.
std::vector<std::filesystem::path> read_recents(const std::filesystem::path& state);
// Puts it first. Throws a sentence.
void add_recent(const std::filesystem::path& state, const std::filesystem::path& project);

// Autosaves whose program runs no more, the newest first.
std::vector<std::filesystem::path> lost_sessions(const std::filesystem::path& state);
// Removes one with its folder, unless its program runs.
void remove_lost_session(const std::filesystem::path& autosave);

}  // namespace ahap
