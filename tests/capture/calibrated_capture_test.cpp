#include "reconstruction/capture/calibrated_capture.h"

#include <gmock/gmock.h>

#include "reconstruction/capture/views.h"
#include "tests/capture/sample_files.h"
#include "tests/capture/video_files.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
namespace fs = std::filesystem;

// A camera of 64 x 48 pixels as Pose2Sim writes it, `x` metres to the right.
std::string table(const std::string& name, double x, const std::string& size = "[64, 48]",
                  const std::string& distortions = "[0, 0, 0, 0]") {
  return "[" + name + "]\nname = \"" + name + "\"\nsize = " + size +
         "\nmatrix = [[80, 0, 31.5], [0, 80, 23.5], [0, 0, 1]]\ndistortions = " + distortions +
         "\nrotation = [1.5707963267948966, 0, 0]\ntranslation = [" + std::to_string(-x) + ", 0, 0]\n";
}

class CalibratedCapture : public ::testing::Test {
 protected:
  CalibratedCapture() {
    for (const char* name : {"Left.JPG", "right.jpg"}) write_picture(folder_ / "photos" / name);
  }
  // Of each camera where it is, in metres to the right; -1: not known.
  static std::vector<double> places(const Capture& capture) {
    std::vector<double> places;
    for (const CaptureCamera& camera : capture.cameras)
      places.push_back(camera.known ? camera.known->camera_from_world->inverse().translation().x() : -1);
    return places;
  }
  static std::string told(const Capture& capture) {
    std::string all;
    for (const Problem& problem : capture.problems) all += message(problem) + "\n";
    return all;
  }
  void write(const std::string& name, const std::string& text) {
    fs::create_directories((folder_ / name).parent_path());
    write_bytes(folder_ / name, text);
  }
  const std::string both_ = table("right", 2) + table("left", 1);
  TemporaryFolder folder_;
};

TEST_F(CalibratedCapture, knows_cameras_of_a_file_among_the_photos_by_their_names) {
  write("photos/Calib.toml", both_);
  const Capture capture = open_capture({folder_ / "photos"});
  EXPECT_EQ(capture.calibration, folder_ / "photos/Calib.toml");
  EXPECT_THAT(places(capture), ::testing::ElementsAre(1, 2));
  EXPECT_THAT(capture.problems, IsEmpty());
  const std::vector<View> views = decode_frame(capture, 0);
  ASSERT_TRUE(views[1].known);
  EXPECT_EQ(views[1].known->source, "Calib.toml");
  EXPECT_EQ(views[1].known->K->coeff(0, 2), 32);
  EXPECT_EQ(views[1].focal_length_px, 80);
}

TEST_F(CalibratedCapture, takes_what_is_dropped_with_photos_or_lies_beside_them) {
  write("Calib.toml", both_);
  EXPECT_THAT(places(open_capture({folder_ / "photos", folder_ / "Calib.toml"})),
              ::testing::ElementsAre(1, 2));
  const std::vector<fs::path> files = {folder_ / "photos/Left.JPG", folder_ / "photos/right.jpg"};
  EXPECT_THAT(places(open_capture(files)), ::testing::ElementsAre(-1, -1));
  fs::rename(folder_ / "Calib.toml", folder_ / "photos/Calib.toml");
  EXPECT_THAT(places(open_capture(files)), ::testing::ElementsAre(1, 2));
}

TEST_F(CalibratedCapture, takes_a_colmap_model_beside_its_pictures) {
  fs::rename(folder_ / "photos", folder_ / "images");
  write("sparse/0/cameras.txt", "1 PINHOLE 64 48 80 80 32 24\n");
  write("sparse/0/images.txt", "1 1 0 0 0 -1 0 0 1 Left.JPG\n\n2 1 0 0 0 -2 0 0 1 right.jpg\n\n");
  const Capture capture = open_capture({folder_.path()});
  EXPECT_THAT(places(capture), ::testing::ElementsAre(1, 2));
  EXPECT_THAT(capture.problems, IsEmpty());
}

TEST_F(CalibratedCapture, says_which_pictures_have_no_camera) {
  write("photos/Calib.toml", table("left", 1));
  const Capture capture = open_capture({folder_ / "photos"});
  EXPECT_THAT(places(capture), ::testing::ElementsAre(1, -1));
  EXPECT_THAT(told(capture), AllOf(HasSubstr("no camera for right.jpg"), HasSubstr("Calib.toml")));
}

TEST_F(CalibratedCapture, matches_by_number_where_no_name_fits) {
  const TemporaryFolder other;
  write_picture(other / "port_3.jpg");
  write_picture(other / "port_12.jpg");
  write_bytes(other / "Calib.toml", table("int_cam12_img", 2) + table("int_cam03_img", 1));
  const Capture capture = open_capture({other.path()});
  EXPECT_THAT(places(capture), ::testing::ElementsAre(1, 2));
  EXPECT_THAT(told(capture), HasSubstr("int_cam03_img is port_3.jpg"));
}

TEST_F(CalibratedCapture, of_other_pictures_is_left_out_with_the_names) {
  write("photos/Calib.toml", table("north", 1) + table("south", 2));
  const Capture capture = open_capture({folder_ / "photos"});
  EXPECT_THAT(places(capture), ::testing::ElementsAre(-1, -1));
  EXPECT_TRUE(capture.calibration.empty());
  EXPECT_THAT(told(capture), AllOf(HasSubstr("north, south"), HasSubstr("Left.JPG, right.jpg")));
  Capture asked = open_capture({folder_ / "photos/Left.JPG"});
  EXPECT_THROW(use_calibration(asked, folder_ / "photos/Calib.toml"), std::runtime_error);
}

TEST_F(CalibratedCapture, damaged_or_one_of_several_is_left_out_and_told) {
  write("photos/Calib.toml", both_ + "[oops");
  EXPECT_THAT(told(open_capture({folder_ / "photos"})),
              AllOf(HasSubstr("left out"), HasSubstr("closing bracket")));
  write("photos/Calib.toml", both_);
  write("photos/other.toml", both_);
  const Capture capture = open_capture({folder_ / "photos"});
  EXPECT_THAT(places(capture), ::testing::ElementsAre(-1, -1));
  EXPECT_THAT(told(capture), AllOf(HasSubstr("Calib.toml"), HasSubstr("other.toml")));
}

TEST_F(CalibratedCapture, fits_pictures_of_another_scale_but_not_of_another_shape) {
  write("photos/Calib.toml", table("left", 1, "[128, 96]") + table("right", 2, "[48, 64]"));
  std::vector<Problem> problems;
  const std::vector<View> views = decode_frame(open_capture({folder_ / "photos"}), 0, &problems);
  ASSERT_TRUE(views[0].known);
  EXPECT_EQ(views[0].known->K->coeff(0, 0), 40);
  EXPECT_EQ(views[0].known->K->coeff(1, 2), 12);
  EXPECT_FALSE(views[1].known);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(message(problems[0]),
              AllOf(HasSubstr("right.jpg"), HasSubstr("64 x 48"), HasSubstr("48 x 64"), HasSubstr("turned")));
}

TEST_F(CalibratedCapture, without_a_size_is_checked_by_its_principal_point) {
  CalibratedCamera camera;
  camera.K << 80, 0, 32, 0, 80, 24, 0, 0, 1;
  EXPECT_EQ(scaled_intrinsics(camera, 64, 48), camera.K);
  EXPECT_THAT(sentence_of([&] { scaled_intrinsics(camera, 1280, 960); }), HasSubstr("principal point"));
}

TEST_F(CalibratedCapture, ignored_parts_do_not_reach_the_views) {
  write("photos/Calib.toml", both_);
  const Capture capture = open_capture({folder_ / "photos"});
  const auto first = [&](const KnownCameraOptions& options) {
    return decode_frame(without_ignored(capture, options), 0)[0];
  };
  EXPECT_FALSE(first({KnownUse::ignore, KnownUse::ignore}).known);
  EXPECT_FALSE(first({KnownUse::ignore, KnownUse::fixed}).known->K);
  EXPECT_TRUE(first({KnownUse::start, KnownUse::ignore}).known->K);
}

// A white dot where the lens shows a point; afterwards it is where a straight lens shows it.
TEST_F(CalibratedCapture, pictures_are_straightened) {
  CalibratedCamera camera;
  camera.width = 400;
  camera.height = 300;
  camera.K << 300, 0, 200, 0, 300, 150, 0, 0, 1;
  camera.distortion.k = {-0.3, 0.05, 0, 0, 0, 0};
  camera.distortion.p = {0.01, -0.01};
  const Eigen::Vector2d point(0.5, -0.35);
  const Eigen::Vector2d bent = (camera.K * camera.distortion.distorted(point).homogeneous()).hnormalized(),
                        straight = (camera.K * point.homogeneous()).hnormalized();
  ASSERT_GT((bent - straight).norm(), 10);
  Image picture(400, 300);
  for (int y = -2; y <= 2; ++y)
    for (int x = -2; x <= 2; ++x) std::fill_n(picture.pixel(int(bent.x()) + x, int(bent.y()) + y), 3, 255);
  const Image result = StraightLenses().straightened(0, camera, camera.K, picture);
  Eigen::Vector2d sum(0, 0);
  double weight = 0;
  for (int y = 0; y < 300; ++y) {
    for (int x = 0; x < 400; ++x) {
      sum += result.pixel(x, y)[0] * Eigen::Vector2d(x + 0.5, y + 0.5);
      weight += result.pixel(x, y)[0];
    }
  }
  EXPECT_LT((sum / weight - straight).norm(), 1.5);
  camera.distortion = {};
  EXPECT_EQ(StraightLenses().straightened(0, camera, camera.K, picture).rgb, picture.rgb);
}

TEST_F(CalibratedCapture, knows_videos_and_folders_of_frames) {
  const TemporaryFolder videos;
  write_video(videos / "cam1.avi", 4);
  write_video(videos / "cam2.avi", 5);
  write_bytes(videos / "Calib.toml", table("cam1", 1) + table("cam2", 2));
  EXPECT_THAT(places(open_capture({videos.path()})), ::testing::ElementsAre(1, 2));
  const TemporaryFolder folders;
  for (const char* name : {"a/1.png", "a/2.png", "b/1.png", "b/2.png"}) write_picture(folders / name);
  fs::create_directories(folders / "sparse");
  write_bytes(folders / "sparse/cameras.txt", "1 PINHOLE 64 48 80 80 32 24\n");
  write_bytes(folders / "sparse/images.txt",
              "1 1 0 0 0 -1 0 0 1 a/1.png\n\n2 1 0 0 0 -1 0 0 1 a/2.png\n\n3 1 0 0 0 -2 0 0 1 b/1.png\n\n");
  EXPECT_THAT(places(open_capture({folders.path()})), ::testing::ElementsAre(1, 2));
}

}  // namespace
}  // namespace ahap
