#pragma once

#include <filesystem>
#include <string>

#include "reconstruction/project/project.h"

namespace ahap {

// A project file: a zip archive with project.json and numpy arrays (docs/formats.md).
inline constexpr const char* kProjectExtension = ".ahap";
// Of the format that is written. Files of older versions are read, newer ones refused.
inline constexpr int kProjectVersion = 1;

// Whether a path is named as a project file.
bool is_named_like_a_project(const std::filesystem::path& path);

// Beside its place, then renamed: a full disk and the end of the process leave the file of before. Throws a
// sentence that names the file.
void write_project(const Project& project, const std::filesystem::path& file);

// Paths of the capture are those of the machine that saved it (sources.h finds them). Everything is checked
// before it is believed. Throws a sentence that names the file and what is wrong in it.
Project read_project(const std::filesystem::path& file);

// What a list of projects shows, without reading the result.
struct ProjectSummary {
  std::string name;
  int cameras = 0;
  int frames = 0;   // of the result, 0: there is none
  int people = 0;   // of the result
  Image thumbnail;  // empty: none
  std::filesystem::path saved_as;
};
// Throws as read_project does.
ProjectSummary read_project_summary(const std::filesystem::path& file);

}  // namespace ahap
