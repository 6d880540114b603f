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

// Writes the fuzzer's bytes to a file of this process and reads it.
template <typename Read>
int fuzz_file_reader(const std::uint8_t* data, std::size_t size, Read read) {
  static const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("ahap-fuzz-" + std::to_string(getpid()));
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
