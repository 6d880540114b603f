#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "reconstruction/reconstruction.h"
#include "reconstruction/view.h"

namespace ahap {

// The views' pictures as readers of COLMAP models find them: JPEG and PNG files whose names hold nothing that
// separates words.
struct ColmapPicture {
  std::string name;            // with '/'; relative to the folder of pictures
  const View* view = nullptr;  // null where only the name is known
};

// One for every view of the reconstruction, in its order. `views` are the pictures it was made from, or
// nothing: a name follows the view's, with another ending where that is none of a JPEG or PNG file.
std::vector<ColmapPicture> colmap_pictures(const std::vector<ReconstructedView>& reconstructed,
                                           std::span<const View> views);

// Copies the file where it holds these very pixels as JPEG or PNG; otherwise, as for frames of videos and
// turned photographs, writes them as JPEG. Folders are made.
void write_colmap_picture(const ColmapPicture& picture, const std::filesystem::path& folder);

}  // namespace ahap
