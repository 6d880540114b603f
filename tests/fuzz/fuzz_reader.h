#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace ahap::testing {

// A reader refuses a file with a std::runtime_error that names it; anything else is a finding.
inline void require_named(const std::runtime_error& refusal, const std::filesystem::path& file) {
  if (std::string(refusal.what()).find(file.string()) != std::string::npos) return;
  std::fprintf(stderr, "the refusal does not name the file: %s\n", refusal.what());
  std::abort();
}

// A folder of this process for the files that are read, removed at its end; in memory where the system has
// such a place.
inline const std::filesystem::path& fuzz_folder() {
  struct Folder {
    Folder() {
      const std::filesystem::path memory = "/dev/shm";
      const auto place =
          std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
      path = place / ("ahap-fuzz-" + std::to_string(getpid()));
      std::filesystem::create_directories(path);
    }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
    std::filesystem::path path;
  };
  static const Folder folder;
  return folder.path;
}

// Writes the fuzzer's bytes to a file of this name in the folder and reads it.
template <typename Read>
int fuzz_file_reader(const std::uint8_t* data, std::size_t size, Read read,
                     const std::string& name = "file") {
  const std::filesystem::path file = fuzz_folder() / name;
  std::ofstream(file, std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(data), std::streamsize(size));
  try {
    read(file);
  } catch (const std::runtime_error& refusal) {
    require_named(refusal, file);
  }
  return 0;
}

}  // namespace ahap::testing
