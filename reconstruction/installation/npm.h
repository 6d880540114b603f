#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "reconstruction/progress.h"

namespace ahap {

// What npm is asked for.
struct NpmPackage {
  std::string name, version;
  std::uint64_t bytes = 0;  // of its archive, for the progress
  std::string page;         // where a person gets it without npm
};

// Has npm fetch the archive of a package into an empty folder and returns its path; scripts of the package do
// not run, and npm's cache stays in that folder, too. Reports the stage "download". Throws a sentence when
// npm is missing, fails (with its own reason) or nothing arrives for longer than `patience`; Cancelled when
// stopped, with npm and all that it started ended.
std::filesystem::path fetch_npm_archive(const NpmPackage& package, const std::filesystem::path& folder,
                                        std::chrono::milliseconds patience, const Progress& progress);

// The one line of npm's complaint that tells a person why, without npm's codes and advice.
std::string npm_reason(const std::string& output);

}  // namespace ahap
