#include "reconstruction/capture/found_media.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <stdexcept>

#include "reconstruction/calibration/calibration.h"
#include "reconstruction/capture/duplicates.h"
#include "reconstruction/capture/file_kind.h"
#include "reconstruction/capture/folder_contents.h"
#include "reconstruction/capture/picture.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

constexpr double kLongestLivePart = 6;  // seconds; phones record three

// The same for IMG_1.JPG and img_1.mov of one folder.
std::string stem_of(const fs::path& file) {
  std::string stem = (fs::absolute(file).lexically_normal().parent_path() / file.stem()).string();
  std::transform(stem.begin(), stem.end(), stem.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  return stem;
}

// True for a photo that a short video of the same name belongs to, rather than for a still picture of a
// video.
bool is_live_photo(const fs::path& picture, const fs::path& video, VideoIndexes& indexes) {
  try {
    const auto index = indexes.of(video);
    if (index->seconds > kLongestLivePart) return false;
    const PictureHeader header = read_picture_header(read_file(picture));
    return std::int64_t(header.width) * header.height >= std::int64_t(index->width) * index->height;
  } catch (const Cancelled&) {
    throw;
  } catch (const std::runtime_error&) {
    return true;  // said when it is read
  }
}

class Finder {
 public:
  Finder(VideoIndexes& indexes, LeftOut& left_out, std::vector<Problem>& problems)
      : indexes_(indexes), left_out_(left_out), problems_(problems) {}

  FoundMedia find(std::vector<fs::path> paths) {
    std::erase_if(paths, [&](const fs::path& path) { return is_calibration(path); });
    for (const fs::path& path : paths) {
      try {
        gather(path, paths.size() == 1);
      } catch (const fs::filesystem_error& error) {
        problem_with(error, path);
      }
    }
    choose_kind(found_.pictures, found_.videos);
    if (!found_.pictures.empty()) {
      for (const FrameFolder& folder : found_.sequences)
        found_.pictures.insert(found_.pictures.end(), folder.frames.begin(), folder.frames.end());
      found_.sequences.clear();
    }
    leave_out_duplicates();
    if (found_.calibrations.empty()) look_beside(paths);
    return std::move(found_);
  }

 private:
  void problem(const fs::path& path, const std::string& sentence) { problems_.push_back({path, sentence}); }

  void problem_with(const fs::filesystem_error& error, const fs::path& path) {
    problem(error.path1().empty() ? path : error.path1(), "cannot be read: " + error.code().message());
  }

  // A calibration among what was given is no part of the capture.
  bool is_calibration(const fs::path& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      LeftOut ignored;
      const FolderContents folder =
          fs::is_empty(path, error) || error ? FolderContents() : read_folder(path, ignored);
      if (folder.calibrations.empty() || folder.has_media() || !folder.folders.empty()) return false;
      add_calibrations(folder.calibrations);
      return true;
    }
    if (!fs::is_regular_file(path, error) || kind_of_file(path) != FileKind::other) return false;
    const auto found = find_calibration(path);
    if (found) add_calibrations({*found});
    return found.has_value();
  }

  void add_calibrations(const std::vector<fs::path>& calibrations) {
    for (const fs::path& calibration : calibrations)
      if (std::find(found_.calibrations.begin(), found_.calibrations.end(), calibration) ==
          found_.calibrations.end())
        found_.calibrations.push_back(calibration);
  }

  // Where files were given one by one, in the folders that they are from.
  void look_beside(const std::vector<fs::path>& paths) {
    std::set<fs::path> folders;
    std::error_code error;
    for (const fs::path& path : paths)
      if (fs::is_regular_file(path, error)) folders.insert(fs::absolute(path).parent_path());
    for (const fs::path& folder : folders) add_calibrations(calibrations_beside(folder));
  }

  FolderContents read(const fs::path& path) {
    FolderContents folder = read_folder(path, left_out_);
    add_calibrations(folder.calibrations);
    return folder;
  }

  void gather(const fs::path& path, bool alone) {
    const fs::file_status status = fs::status(path);
    if (status.type() == fs::file_type::not_found)
      return problem(path,
                     fs::is_symlink(fs::symlink_status(path)) ? "is a link to nothing" : "does not exist");
    if (!fs::is_directory(status)) return gather_file(path);
    if (is_known(path)) return;
    FolderContents folder = read(path);
    for (auto inner = capture_inside(folder); alone && inner; inner = capture_inside(folder)) {
      if (is_known(*inner)) return;
      for (const fs::path& other : folder.folders)
        if (other != *inner) left_out_.add(other, LeftOut::kNothingInside);
      folder = read(*inner);
    }
    if (folder.has_media()) {
      if (!alone) return gather_frames(std::move(folder), path);
      found_.pictures = std::move(folder.pictures);
      found_.videos = std::move(folder.videos);
      return name_folders(folder.folders);
    }
    for (const fs::path& inner : folder.folders) gather_camera(inner);
    if (alone && found_.sequences.size() == 1 && found_.videos.empty() && !folder.is_rendered) {
      problem(found_.sequences[0].folder, "is taken as the frames of one camera");
    } else if (found_.sequences.empty() && found_.videos.empty()) {
      problem(path, fs::is_empty(path) ? "is an empty folder" : nothing_inside());
    }
  }

  std::string nothing_inside() const {
    return left_out_.has(LeftOut::kOwnPicture) || left_out_.has(LeftOut::kOwnResult)
               ? "has no pictures or videos in it but those of this program, which are results"
               : "has neither pictures nor videos in it";
  }

  // The only folder in here that may hold pictures or videos, unless it is a camera: the capture itself, as
  // archives unpack.
  static std::optional<fs::path> capture_inside(const FolderContents& folder) {
    if (folder.has_media() || folder.is_rendered) return std::nullopt;
    std::vector<fs::path> candidates = folder.folders;
    std::erase_if(candidates, [](const fs::path& inner) { return !may_hold_media(inner); });
    if (candidates.size() != 1 || holds_frames(candidates.front())) return std::nullopt;
    return candidates.front();
  }

  void gather_file(const fs::path& path) {
    switch (kind_of_file(path)) {
      case FileKind::video:
        return found_.videos.push_back(path);
      case FileKind::own_picture:
        return left_out_.add(path, LeftOut::kOwnPicture);
      default:
        return found_.pictures.push_back(path);  // whatever it is: that is said when it is read
    }
  }

  // A folder inside the capture's folder: its pictures are one camera's frames; they may lie one folder
  // deeper (cam01/images).
  void gather_camera(const fs::path& path) {
    try {
      if (is_known(path)) return;
      FolderContents folder = read(path);
      while (!folder.has_media() && folder.folders.size() == 1) {
        if (is_known(folder.folders.front())) return;
        folder = read(folder.folders.front());
      }
      if (!folder.has_media()) return left_out_.add(path, LeftOut::kNothingInside);
      gather_frames(std::move(folder), path);
    } catch (const fs::filesystem_error& error) {
      problem_with(error, path);
    }
  }

  void gather_frames(FolderContents folder, const fs::path& camera) {
    choose_kind(folder.pictures, folder.videos);
    if (!folder.pictures.empty()) found_.sequences.push_back({camera, std::move(folder.pictures)});
    found_.videos.insert(found_.videos.end(), folder.videos.begin(), folder.videos.end());
    name_folders(folder.folders);
  }

  // Folders beside pictures or videos are no part of the capture.
  void name_folders(const std::vector<fs::path>& folders) {
    for (const fs::path& folder : folders) {
      LeftOut ignored;
      std::error_code error;
      const bool readable = fs::directory_iterator(folder, error) != fs::directory_iterator() && !error;
      const FolderContents inner = readable ? read_folder(folder, ignored) : FolderContents();
      const bool has_more = inner.has_media() || !inner.folders.empty();
      left_out_.add(folder, has_more ? LeftOut::kBeside : LeftOut::kNothingInside);
    }
  }

  // Takes a folder in; true, and told, when it was there before under this or another name.
  bool is_known(const fs::path& folder) {
    struct stat status {};
    if (stat(folder.c_str(), &status) != 0) return false;  // said when it is read
    const auto [known, is_new] = folders_.try_emplace({status.st_dev, status.st_ino}, folder);
    if (is_new) return false;
    left_out_.add(folder, {"it is the same folder as " + known->second.string(),
                           "they are the same folder as " + known->second.string()});
    return true;
  }

  // Pictures and videos beside each other are not views of the same frames. Those that belong together by
  // their names stay as what the camera took; of the rest the larger group stays.
  void choose_kind(std::vector<fs::path>& pictures, std::vector<fs::path>& videos) {
    separate_live_photos(pictures, videos);
    if (pictures.empty() || videos.empty()) return;
    const bool pictures_stay = pictures.size() > videos.size();
    std::vector<fs::path>& leaving = pictures_stay ? videos : pictures;
    for (const fs::path& file : leaving)
      left_out_.add(file, pictures_stay ? LeftOut::kVideo : LeftOut::kPicture);
    leaving.clear();
  }

  void separate_live_photos(std::vector<fs::path>& pictures, std::vector<fs::path>& videos) {
    std::map<std::string, fs::path> by_stem;
    for (const fs::path& picture : pictures) by_stem.try_emplace(stem_of(picture), picture);
    std::erase_if(videos, [&](const fs::path& video) {
      const auto picture = by_stem.find(stem_of(video));
      if (picture == by_stem.end()) return false;
      if (is_live_photo(picture->second, video, indexes_)) {
        left_out_.add(video, LeftOut::kLivePart);
        return true;
      }
      std::erase(pictures, picture->second);
      left_out_.add(picture->second, LeftOut::kStill);
      by_stem.erase(picture);
      return false;
    });
  }

  void leave_out_duplicates() {
    const auto of_files = [&](std::vector<fs::path>& files) {
      Duplicates duplicates;
      std::erase_if(files, [&](const fs::path& file) { return is_duplicate(duplicates, {file}, file); });
    };
    of_files(found_.pictures);
    of_files(found_.videos);
    Duplicates duplicates;
    std::erase_if(found_.sequences, [&](const FrameFolder& sequence) {
      return is_duplicate(duplicates, sequence.frames, sequence.folder);
    });
  }

  bool is_duplicate(Duplicates& duplicates, const std::vector<fs::path>& files, const fs::path& name) {
    const auto reason = duplicates.find(files, name);
    if (reason) left_out_.add(name, *reason);
    return reason.has_value();
  }

  VideoIndexes& indexes_;
  LeftOut& left_out_;
  std::vector<Problem>& problems_;
  FoundMedia found_;
  std::map<std::pair<dev_t, ino_t>, fs::path> folders_;
};

}  // namespace

std::shared_ptr<const VideoIndex> VideoIndexes::of(const fs::path& file) {
  std::shared_ptr<const VideoIndex>& index = known_[file];
  if (!index) index = index_video(file, progress_);
  return index;
}

FoundMedia find_media(const std::vector<fs::path>& paths, VideoIndexes& indexes, LeftOut& left_out,
                      std::vector<Problem>& problems) {
  return Finder(indexes, left_out, problems).find(paths);
}

}  // namespace ahap
