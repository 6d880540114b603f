#include "reconstruction/formats/input_file.h"

#include <cerrno>
#include <stdexcept>

namespace ahap {
namespace fs = std::filesystem;
namespace {

const char* kind_text(fs::file_type type) {
  switch (type) {
    case fs::file_type::directory:
      return "a folder";
    case fs::file_type::fifo:
      return "a pipe";
    case fs::file_type::socket:
      return "a socket";
    case fs::file_type::block:
    case fs::file_type::character:
      return "a device";
    default:
      return nullptr;
  }
}

}  // namespace

void require_regular_file(const fs::path& file) {
  std::error_code error;
  if (const char* kind = kind_text(fs::status(file, error).type())) {
    throw std::runtime_error(file.string() + ": cannot be read: it is " + kind + ", not a regular file");
  }
}

std::ifstream open_input_file(const fs::path& file) {
  require_regular_file(file);
  errno = 0;
  return std::ifstream(file, std::ios::binary);
}

bool is_plain_file(const std::filesystem::path& file) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(file, ignored);
}

}  // namespace ahap
