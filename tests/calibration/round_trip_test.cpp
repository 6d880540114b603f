#include <gtest/gtest.h>

#include "reconstruction/calibration/calibration.h"
#include "reconstruction/export/exporters.h"
#include "reconstruction/export/range_exporters.h"
#include "tests/fixtures/sample_reconstruction.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using testing::sample_reconstruction;
using testing::TemporaryFolder;

// The first four views have cameras; their names in the file begin with these.
void expect_cameras_of(const Reconstruction& written, const Calibration& read, const std::string& format) {
  ASSERT_EQ(read.cameras.size(), 4) << format;
  for (int v = 0; v < 4; ++v) {
    const Camera& camera = written.views[v].camera(0);
    const CalibratedCamera& found = read.cameras[v];
    const std::string stem = std::filesystem::path(written.views[v].name).stem().string();
    EXPECT_EQ(std::filesystem::path(found.name).stem().string(), stem) << format;
    EXPECT_EQ(found.width, camera.width) << format;
    EXPECT_EQ(found.height, camera.height) << format;
    EXPECT_LT((found.K - camera.K).norm(), 1e-9) << format;
    EXPECT_TRUE(found.distortion.is_straight()) << format;
    ASSERT_TRUE(found.camera_from_world) << format;
    EXPECT_LT((found.camera_from_world->matrix() - camera.camera_from_world().matrix()).norm(), 1e-9)
        << format;
  }
}

TEST(CalibrationRoundTrip, what_is_exported_is_read_as_the_same_cameras) {
  const TemporaryFolder folder;
  const Reconstruction scene = sample_reconstruction();
  write_colmap(scene, 0, folder / "colmap", {});
  write_cameras(scene, folder / "cameras");
  expect_cameras_of(scene, read_calibration(folder / "colmap"), "COLMAP");
  expect_cameras_of(scene, read_calibration(folder / "cameras/transforms.json"), "nerfstudio");
  expect_cameras_of(scene, read_calibration(folder / "cameras/intri.yml"), "EasyMocap");
}

}  // namespace
}  // namespace ahap
