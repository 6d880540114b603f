#include "reconstruction/formats/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "reconstruction/formats/input_file.h"

namespace ahap {

MappedFile::MappedFile(const std::filesystem::path& file) {
  const auto fail = [&](const std::string& why) {
    throw std::runtime_error(file.string() + " cannot be read: " + why);
  };
  require_regular_file(file);
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) fail(std::strerror(errno));
  struct stat status {};
  void* mapping = nullptr;
  if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
    mapping = ::mmap(nullptr, std::size_t(status.st_size), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_NORESERVE, descriptor, 0);
  }
  const int error = errno;
  ::close(descriptor);
  if (!S_ISREG(status.st_mode)) fail("it is not a regular file");
  if (mapping == MAP_FAILED) fail(std::strerror(error));
  data_ = static_cast<std::byte*>(mapping);
  size_ = std::size_t(status.st_size);
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(data_, size_);
}

}  // namespace ahap
