#include "reconstruction/capture/one_camera.h"

#include <algorithm>
#include <stdexcept>

namespace ahap {

Capture photos_as_sequence(Capture capture) {
  const auto is_photo = [](const CaptureCamera& camera) { return camera.kind == CameraKind::image; };
  if (capture.cameras.size() < 2 || !std::all_of(capture.cameras.begin(), capture.cameras.end(), is_photo))
    return capture;
  CaptureCamera sequence{.name = capture.cameras.front().paths.front().parent_path().filename().string(),
                         .kind = CameraKind::image_sequence,
                         .paths = {}};
  for (const CaptureCamera& photo : capture.cameras) sequence.paths.push_back(photo.paths.front());
  sequence.frame_count = int(sequence.paths.size());
  capture.cameras = {std::move(sequence)};
  capture.calibration.clear();
  return capture;
}

Capture as_one_camera(Capture capture) {
  Capture one = photos_as_sequence(std::move(capture));
  if (one.cameras.size() == 1) return one;
  throw std::runtime_error("This method takes one camera that moves, and there are " +
                           std::to_string(one.cameras.size()) + " (" + one.cameras[0].name + ", " +
                           one.cameras[1].name + (one.cameras.size() > 2 ? ", ..." : "") +
                           "); give it one video, or the photos of one camera.");
}

}  // namespace ahap
