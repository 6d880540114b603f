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

// Writes the fuzzer's bytes to a file of this process and reads it. A reader refuses a file with a
// std::runtime_error that names it; anything else is a finding.
template <typename Read>
int fuzz_file_reader(const std::uint8_t* data, std::size_t size, Read read) {
  static const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("ahap-fuzz-" + std::to_string(getpid()));
  std::ofstream(file, std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(data), std::streamsize(size));
  try {
    read(file);
  } catch (const std::runtime_error& refusal) {
    if (std::string(refusal.what()).find(file.string()) == std::string::npos) {
      std::fprintf(stderr, "the refusal does not name the file: %s\n", refusal.what());
      std::abort();
    }
  }
  return 0;
}

}  // namespace ahap::testing
