#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace ahap {

// What a file's content is told by.
struct FileMark {
  std::uint64_t size = 0;
  std::uint64_t hash = 0;  // FNV-1a
  bool operator==(const FileMark&) const = default;
};
// Reads the file. Throws a sentence when that fails.
FileMark mark_of(const std::filesystem::path& file);

// Which files of a folder this program wrote, and what they held then. Only these may be replaced or removed,
// and only while they still hold it.
struct Manifest {
  std::map<std::string, FileMark> files;  // by their path in the folder, with '/'
  std::set<std::string> folders;          // inner ones that were made for the files
};

// The name of the manifest in its folder.
inline constexpr const char* kManifestName = "ahap-manifest.json";

// Empty where there is none. Throws a sentence when the file of that name is not one of ours; paths that lead
// out of the folder make it one that is not.
Manifest read_manifest(const std::filesystem::path& folder);
void write_manifest(const Manifest& manifest, const std::filesystem::path& file);

// True while `folder`/`path` is a file with this content that is reached without following a link.
bool is_unchanged(const std::filesystem::path& folder, const std::string& path, const FileMark& mark);

// The first part of `folder`/`path` that keeps a file from being written there as a new one: a file, a
// folder, a link, anything but the folders that lead to it. Empty where nothing does.
std::filesystem::path obstacle(const std::filesystem::path& folder, const std::string& path);

}  // namespace ahap
