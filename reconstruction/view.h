#pragma once

#include <optional>
#include <string>

#include "reconstruction/image.h"
#include "reconstruction/known_camera.h"

namespace ahap {

// One decoded picture of one frame.
struct View {
  std::string name;        // unique among the views of a frame
  std::string path;        // absolute; empty for synthetic input
  int frame = 0;           // its number in the capture, from 0; one in all views of a run
  double time = 0;         // seconds since its camera's first frame; 0 where nothing tells
  Image image;             // upright (EXIF rotation applied)
  bool as_stored = false;  // `path` holds exactly these pixels: not turned, not reduced, no frame of a video
  int camera = 0;          // its number in the capture
  double focal_length_px = 0;  // what the file itself says about its lens, in pixels of `image`; 0 = nothing
  std::optional<KnownCamera> known = std::nullopt;  // its camera, where a calibration tells
};

}  // namespace ahap
