#include "reconstruction/capture/duplicates.h"

#include <sys/stat.h>

#include <algorithm>
#include <stdexcept>

namespace ahap {
namespace {

std::vector<FileMark> marks_of(const std::vector<std::filesystem::path>& files) {
  std::vector<FileMark> marks;
  for (const auto& file : files) marks.push_back(mark_of(file));
  return marks;
}

}  // namespace

std::optional<LeftOut::Reason> Duplicates::find(const std::vector<std::filesystem::path>& files,
                                                const std::filesystem::path& name) {
  Known camera{name, files, {}, {}};
  std::vector<std::uint64_t> sizes;
  for (const auto& file : files) {
    struct stat status {};
    if (stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
      return std::nullopt;  // said when it is read
    sizes.push_back(std::uint64_t(status.st_size));
    camera.places.push_back({status.st_dev, status.st_ino});
  }
  const auto [first, last] = known_.equal_range(sizes);
  for (auto known = first; known != last; ++known) {
    const std::string other = known->second.name.string();
    if (known->second.places == camera.places)
      return LeftOut::Reason{"it is the same as " + other, "they are the same as " + other};
    try {
      if (known->second.marks.empty()) known->second.marks = marks_of(known->second.files);
      if (camera.marks.empty()) camera.marks = marks_of(camera.files);
      if (known->second.marks == camera.marks)
        return LeftOut::Reason{"it has the same content as " + other,
                               "they have the same content as " + other};
    } catch (const std::runtime_error&) {  // said when it is read
    }
  }
  known_.emplace(std::move(sizes), std::move(camera));
  return std::nullopt;
}

}  // namespace ahap
