#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "reconstruction/capture/capture.h"

namespace ahap {

// The files of a capture that are no views, and why: everything is told, much of one kind in one sentence.
class LeftOut {
 public:
  // As in "is left out: `one`" and "3 are left out, because `many`".
  struct Reason {
    std::string one, many;
  };
  static const Reason kHidden, kOfSystem, kNoMedia, kNothingInside, kBeside, kOwnResult, kOwnPicture,
      kPreview, kPicture, kVideo, kLivePart, kStill;

  void add(const std::filesystem::path& file, const Reason& reason);
  bool has(const Reason& reason) const;

  std::vector<Problem> problems() const;

 private:
  struct Group {
    std::filesystem::path folder;
    Reason reason;
    std::vector<std::filesystem::path> files;
  };
  std::vector<Group> groups_;
};

}  // namespace ahap
