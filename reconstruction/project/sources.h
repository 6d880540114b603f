#pragma once

#include <filesystem>
#include <map>
#include <vector>

#include "reconstruction/project/project.h"

namespace ahap {

// Throws a sentence when the file cannot be read.
SourceMark mark_of_source(const std::filesystem::path& file);

// Marks those files of the project that are there and have no mark yet.
void mark_sources(Project& project);

// Every file of a capture once, in the cameras' order.
std::vector<std::filesystem::path> source_files(const Capture& capture);

// Where the files of a project are now.
struct FoundSources {
  std::map<std::filesystem::path, std::filesystem::path> now;  // by the path in the project
  std::vector<std::filesystem::path> missing;                  // paths in the project
};

// Looks for every file at its relative path from `beside`, the folder that the project is in now (empty: not
// there), then at its absolute one, then in `folder`, if not empty, under its name or the end of its path. A
// file of the saved size goes before one of another.
FoundSources find_sources(const Project& project, const std::filesystem::path& beside,
                          const std::filesystem::path& folder = {});

// The project with these files instead of its own, in capture, marks and results.
Project with_sources(Project project, const std::map<std::filesystem::path, std::filesystem::path>& now);

// Those of its files that are there but are not what they were when it was saved. Reads a little of each.
std::vector<std::filesystem::path> changed_sources(const Project& project);

}  // namespace ahap
