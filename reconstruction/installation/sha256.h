#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "reconstruction/progress.h"

namespace ahap {

// SHA-256 of bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(const void* bytes, std::size_t count);
  // 64 hexadecimal digits, lower case. Ends the sum: nothing can be added afterwards.
  std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// Of a whole file; reports `stage`. Throws a sentence when the file cannot be read, Cancelled when stopped.
std::string sha256_of_file(const std::filesystem::path& file, const std::string& stage = "check",
                           const Progress& progress = {});

}  // namespace ahap
