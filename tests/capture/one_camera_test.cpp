#include "reconstruction/capture/one_camera.h"

#include <gtest/gtest.h>

namespace ahap {
namespace {

// Photos of one folder, as open_capture returns them.
Capture photos(const std::vector<std::string>& names) {
  Capture capture;
  for (const std::string& name : names)
    capture.cameras.push_back({.name = name, .kind = CameraKind::image, .paths = {"/photos/" + name}});
  return capture;
}

std::vector<std::string> numbered(const std::string& before, int first, int count, int step = 1) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(before + std::to_string(first + i * step) + ".jpg");
  return names;
}

TEST(PhotosMayBeFrames, where_many_have_successive_numbers) {
  EXPECT_TRUE(may_be_frames(photos(numbered("frame_", 1000, 8))));
  EXPECT_TRUE(may_be_frames(photos(numbered("IMG_", 2001, 30))));
  EXPECT_TRUE(may_be_frames(photos(numbered("", 100, 12, 10)))) << "every tenth";
}

TEST(PhotosMayBeFrames, where_names_or_numbers_speak_against_it_they_are_views) {
  EXPECT_FALSE(may_be_frames(photos(numbered("frame_", 1000, 7)))) << "too few";
  EXPECT_FALSE(may_be_frames(photos(numbered("cam", 10, 12))));
  EXPECT_FALSE(may_be_frames(photos(numbered("View ", 10, 12))));
  EXPECT_FALSE(may_be_frames(photos(numbered("IMG_", 2001, 12, 500)))) << "photos of different days";
  std::vector<std::string> mixed = numbered("IMG_", 2001, 12);
  mixed[5] = "DSC_2006.jpg";
  EXPECT_FALSE(may_be_frames(photos(mixed)));
  EXPECT_FALSE(
      may_be_frames(photos({"a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg", "f.jpg", "g.jpg", "h.jpg"})));
  Capture calibrated = photos(numbered("IMG_", 2001, 12));
  calibrated.calibration = "/photos/cameras.toml";
  EXPECT_FALSE(may_be_frames(calibrated));
  Capture two_folders = photos(numbered("IMG_", 2001, 12));
  two_folders.cameras[3].paths[0] = "/others/IMG_2004.jpg";
  EXPECT_FALSE(may_be_frames(two_folders));
  EXPECT_FALSE(may_be_frames({}));
}

TEST(PhotosMayBeFrames, huge_numbers_are_no_numbers) {
  EXPECT_FALSE(may_be_frames(photos(std::vector<std::string>(9, "99999999999999999999999999.jpg"))));
}

}  // namespace
}  // namespace ahap
