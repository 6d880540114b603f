#include "reconstruction/capture/left_out.h"

#include <algorithm>

namespace ahap {
namespace {

constexpr std::size_t kToldAlone = 3;   // of one kind in one folder
constexpr std::size_t kMaxNames = 100;  // in one sentence

}  // namespace

const LeftOut::Reason LeftOut::kHidden = {"it is hidden", "they are hidden"};
const LeftOut::Reason LeftOut::kOfSystem = {"it belongs to the operating system",
                                            "they belong to the operating system"};
const LeftOut::Reason LeftOut::kNoMedia = {"it is neither a picture nor a video",
                                           "they are neither pictures nor videos"};
const LeftOut::Reason LeftOut::kNothingInside = {"it has neither pictures nor videos in it",
                                                 "they have neither pictures nor videos in them"};
const LeftOut::Reason LeftOut::kBeside = {"there are pictures or videos beside it",
                                          "there are pictures or videos beside them"};
const LeftOut::Reason LeftOut::kPicture = {"it is a picture beside videos; give pictures or videos",
                                           "they are pictures beside videos; give pictures or videos"};
const LeftOut::Reason LeftOut::kVideo = {"it is a video beside pictures; give pictures or videos",
                                         "they are videos beside pictures; give pictures or videos"};
const LeftOut::Reason LeftOut::kLivePart = {"it is the live part of the photo of the same name",
                                            "they are the live parts of the photos of the same names"};
const LeftOut::Reason LeftOut::kStill = {"it is a still picture of the video of the same name",
                                         "they are still pictures of the videos of the same names"};
const LeftOut::Reason LeftOut::kOwnResult = {"it is a result of this program",
                                             "they are results of this program"};
const LeftOut::Reason LeftOut::kOwnPicture = {"this program has drawn it", "this program has drawn them"};
const LeftOut::Reason LeftOut::kPreview = {"it is a camera's preview of a video",
                                           "they are a camera's previews of videos"};

void LeftOut::add(const std::filesystem::path& file, const Reason& reason) {
  const std::filesystem::path folder = file.parent_path();
  const auto same = [&](const Group& group) {
    return group.folder == folder && group.reason.one == reason.one;
  };
  auto group = std::find_if(groups_.begin(), groups_.end(), same);
  if (group == groups_.end()) group = groups_.insert(group, {folder, reason, {}});
  group->files.push_back(file);
}

bool LeftOut::has(const Reason& reason) const {
  return std::any_of(groups_.begin(), groups_.end(),
                     [&](const Group& group) { return group.reason.one == reason.one; });
}

std::vector<Problem> LeftOut::problems() const {
  std::vector<Problem> problems;
  for (const Group& group : groups_) {
    if (group.files.size() <= kToldAlone) {
      for (const auto& file : group.files) problems.push_back({file, "is left out: " + group.reason.one});
      continue;
    }
    std::string sentence =
        std::to_string(group.files.size()) + " are left out, because " + group.reason.many + ": ";
    for (std::size_t i = 0; i < std::min(group.files.size(), kMaxNames); ++i)
      sentence += (i > 0 ? ", " : "") + group.files[i].filename().string();
    if (group.files.size() > kMaxNames) sentence += ", ...";
    problems.push_back({group.folder, sentence});
  }
  return problems;
}

}  // namespace ahap
