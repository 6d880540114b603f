#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <utility>

#include "reconstruction/calibration/calibration.h"
#include "reconstruction/capture/capture.h"
#include "reconstruction/image.h"
#include "reconstruction/known_camera.h"

namespace ahap {

// Takes the capture's cameras from a calibration, in place of those taken before. They are found by their
// names: a picture's, video's or folder's with or without ending and the folders in front, whatever its case;
// where no name fits, by the last number in each. What a person should know of that is added to `problems`.
// Throws a sentence where the calibration cannot be read or has none of the cameras.
void use_calibration(Capture& capture, const std::filesystem::path& path);

// The capture for a run that ignores intrinsics or poses: no view gets what is ignored.
Capture without_ignored(Capture capture, const KnownCameraOptions& options);
inline Capture without_calibration(Capture capture) {
  return without_ignored(std::move(capture), {.intrinsics = KnownUse::ignore, .poses = KnownUse::ignore});
}

// Whether pictures of this size have the shape that was calibrated.
bool fits(const CalibratedCamera& camera, int width, int height);
// Intrinsics for a picture of this size; throws a sentence where it does not fit.
Eigen::Matrix3d scaled_intrinsics(const CalibratedCamera& camera, int width, int height);

// Pictures as lenses without distortion would have taken them, with the same intrinsics; what the lens does
// not show is black. Remembers where each camera's pixels come from.
class StraightLenses {
 public:
  StraightLenses();
  ~StraightLenses();

  // K: for this picture.
  Image straightened(std::size_t number, const CalibratedCamera& camera, const Eigen::Matrix3d& K,
                     Image picture);

 private:
  struct Map;
  std::map<std::pair<std::size_t, int>, std::unique_ptr<Map>> maps_;  // by camera and width
};

}  // namespace ahap
