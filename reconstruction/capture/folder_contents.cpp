#include "reconstruction/capture/folder_contents.h"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

#include "reconstruction/calibration/calibration.h"
#include "reconstruction/capture/file_kind.h"
#include "reconstruction/capture/frame_numbers.h"
#include "reconstruction/results/manifest.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

constexpr int kDepth = 2;  // of folders in folders that are looked through for pictures

bool is_hidden(const fs::path& path) {
  return path.filename().string().starts_with(".");
}

// Put there by macOS, Linux, Windows and network drives.
bool is_of_system(const fs::path& folder) {
  constexpr std::array names = {"__MACOSX", "lost+found", "$RECYCLE.BIN", "System Volume Information",
                                "@eaDir"};
  return std::find(names.begin(), names.end(), folder.filename()) != names.end();
}

bool is_truth_folder(const fs::path& folder) {
  std::error_code error;
  return folder.filename() == "truth" && fs::exists(folder / "truth.json", error);
}

// The results that an export wrote into this folder; none where the list of them is not ours.
Manifest results_in(const fs::path& folder) {
  try {
    return read_manifest(folder);
  } catch (const std::runtime_error&) {
    return {};
  }
}

bool is_media(const fs::path& file) {
  const FileKind kind = kind_of_file(file);
  return kind == FileKind::picture || kind == FileKind::video;
}

// A file that an export wrote; a picture or video that has been changed since is a person's own.
bool is_result(const fs::path& folder, const Manifest& manifest, const std::string& path) {
  if (path == kManifestName) return !manifest.files.empty();
  const auto listed = manifest.files.find(path);
  if (listed == manifest.files.end()) return false;
  try {
    return !is_media(folder / path) || is_unchanged(folder, path, listed->second);
  } catch (const std::runtime_error&) {
    return false;
  }
}

// True when an export made this folder and nobody has put a picture or video into it since.
bool holds_only_results(const fs::path& root, const Manifest& manifest, const fs::path& folder) {
  if (manifest.files.empty()) return false;
  std::error_code error;
  constexpr auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator entry(folder, options, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_directory(error) || is_hidden(entry->path()) || !is_media(entry->path())) continue;
    if (!is_result(root, manifest, entry->path().lexically_relative(root).generic_string())) return false;
  }
  return true;
}

void sort_naturally(std::vector<fs::path>& paths) {
  std::sort(paths.begin(), paths.end(), [](const fs::path& a, const fs::path& b) {
    return natural_less(a.filename().string(), b.filename().string());
  });
}

// Of a file, or of a folder; nothing where several are in it.
std::optional<fs::path> calibration_at(const fs::path& path) {
  try {
    return find_calibration(path);
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

bool add_calibration(const fs::path& path, std::vector<fs::path>& calibrations) {
  const auto found = calibration_at(path);
  if (!found) return false;
  if (std::find(calibrations.begin(), calibrations.end(), *found) == calibrations.end())
    calibrations.push_back(*found);
  return true;
}

bool holds_media(const fs::path& folder) {
  std::error_code error;
  const fs::directory_iterator entries(folder, error);
  return !error && std::any_of(begin(entries), end(entries), [](const auto& entry) {
    std::error_code ignored;
    return entry.is_regular_file(ignored) && is_media(entry.path());
  });
}

bool may_hold_media_within(const fs::path& folder, int depth) {
  try {
    if (fs::is_empty(folder)) return true;
    LeftOut ignored;
    const FolderContents contents = read_folder(folder, ignored);
    return contents.has_media() || (depth > 0 && std::any_of(contents.folders.begin(), contents.folders.end(),
                                                             [&](const fs::path& inner) {
                                                               return may_hold_media_within(inner, depth - 1);
                                                             }));
  } catch (const fs::filesystem_error&) {
    return true;
  }
}

void add_inner_folder(const fs::path& inner, const Manifest& manifest, FolderContents& contents,
                      LeftOut& left_out) {
  if (is_truth_folder(inner)) {
    contents.is_rendered = true;
  } else if (is_of_system(inner)) {
    left_out.add(inner, LeftOut::kOfSystem);
  } else if (manifest.folders.contains(inner.filename().string()) &&
             holds_only_results(contents.path, manifest, inner)) {
    left_out.add(inner, LeftOut::kOwnResult);
  } else if (holds_only_results(inner, results_in(inner), inner)) {
    left_out.add(inner, LeftOut::kOwnResult);
  } else if (holds_media(inner) || !add_calibration(inner, contents.calibrations)) {
    contents.folders.push_back(inner);
  }
}

void add_file(const fs::path& file, FolderContents& contents, LeftOut& left_out) {
  switch (kind_of_file(file)) {
    case FileKind::picture:
      contents.pictures.push_back(file);
      break;
    case FileKind::video:
      contents.videos.push_back(file);
      break;
    case FileKind::own_picture:
      left_out.add(file, LeftOut::kOwnPicture);
      break;
    case FileKind::camera_preview:
      left_out.add(file, LeftOut::kPreview);
      break;
    case FileKind::other:
      if (!add_calibration(file, contents.calibrations)) left_out.add(file, LeftOut::kNoMedia);
      break;
  }
}

}  // namespace

FolderContents read_folder(const fs::path& folder, LeftOut& left_out) {
  FolderContents contents;
  contents.path = folder;
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(folder)) entries.push_back(entry.path());
  sort_naturally(entries);
  const Manifest manifest = results_in(folder);
  std::error_code error;
  for (const fs::path& entry : entries) {
    if (is_hidden(entry)) {
      left_out.add(entry, LeftOut::kHidden);
    } else if (fs::is_directory(entry, error)) {
      add_inner_folder(entry, manifest, contents, left_out);
    } else if (is_result(folder, manifest, entry.filename().string())) {
      left_out.add(entry, LeftOut::kOwnResult);
    } else {
      add_file(entry, contents, left_out);
    }
  }
  return contents;
}

bool may_hold_media(const fs::path& folder) {
  return may_hold_media_within(folder, kDepth);
}

bool holds_frames(const fs::path& folder) {
  LeftOut ignored;
  const FolderContents contents = read_folder(folder, ignored);
  return contents.pictures.size() > kMaxViews || are_named_as_frames(contents.pictures);
}

std::vector<fs::path> calibrations_beside(const fs::path& folder) {
  std::vector<fs::path> calibrations;
  const Manifest manifest = results_in(folder);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const fs::path& path = entry.path();
    if (is_hidden(path) || is_result(folder, manifest, path.filename().string()) ||
        !fs::is_regular_file(path, error))
      continue;
    add_calibration(path, calibrations);
  }
  return calibrations;
}

}  // namespace ahap
