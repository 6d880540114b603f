#pragma once

#include <filesystem>
#include <stdexcept>

namespace ahap {

// With its parents; a folder that is there already is fine.
inline void create_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw std::runtime_error("cannot create the folder " + folder.string() + ": " + error.message());
}

}  // namespace ahap
