#pragma once

#include <string>

#include "reconstruction/calibration/calibration.h"
#include "tests/fuzz/fuzz_reader.h"

namespace ahap::testing {

// Reads the fuzzer's bytes as one file of a calibration, beside another one that stays the same. A refusal
// names one of the two.
inline int fuzz_calibration(const std::uint8_t* data, std::size_t size, const std::string& name,
                            const std::string& other_name, const std::string& other_bytes) {
  std::ofstream(fuzz_folder() / other_name, std::ios::binary | std::ios::trunc) << other_bytes;
  const auto read = [](const std::filesystem::path& file) {
    try {
      read_calibration(file);
    } catch (const std::runtime_error& refusal) {
      require_named(refusal, file.parent_path());
    }
  };
  return fuzz_file_reader(data, size, read, name);
}

}  // namespace ahap::testing
