#include "reconstruction/capture/capture_folders.h"

#include <algorithm>

#include "reconstruction/capture/folder_contents.h"
#include "reconstruction/capture/left_out.h"

namespace ahap {
namespace fs = std::filesystem;

CaptureFolders capture_folders(const fs::path& folder) {
  const CaptureFolders itself{{folder}, {}};
  try {
    LeftOut left_out;
    const FolderContents contents = read_folder(folder, left_out);
    if (contents.has_media() || contents.is_rendered) return itself;
    std::vector<fs::path> captures;
    for (const fs::path& inner : contents.folders) {
      if (may_hold_media(inner))
        captures.push_back(inner);
      else
        left_out.add(inner, LeftOut::kNothingInside);
    }
    const auto is_camera = [](const fs::path& inner) { return fs::is_empty(inner) || holds_frames(inner); };
    if (std::all_of(captures.begin(), captures.end(), is_camera)) return itself;
    if (captures.size() == 1) return capture_folders(captures.front());
    return {captures, left_out.problems()};
  } catch (const fs::filesystem_error&) {
    return itself;
  }
}

}  // namespace ahap
