#include "reconstruction/calibration/calibration.h"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/fixtures/temporary_folder.h"

// Small examples of each format, written by hand; the expected values are worked out in the comments.

namespace ahap {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::sentence_of;
using testing::TemporaryFolder;
using testing::write_bytes;

using Vector = Eigen::Vector3d;

Vector centre(const CalibratedCamera& camera) {
  return camera.camera_from_world->inverse().translation();
}
Vector looks_along(const CalibratedCamera& camera) {
  return camera.camera_from_world->linear().row(2).transpose();
}
Vector top(const CalibratedCamera& camera) {
  return -camera.camera_from_world->linear().row(1).transpose();
}

void expect_near(const Vector& actual, const Vector& expected, double tolerance = 1e-12) {
  EXPECT_LT((actual - expected).norm(), tolerance)
      << actual.transpose() << " is not " << expected.transpose();
}

class CalibrationFile : public ::testing::Test {
 protected:
  Calibration read(const std::string& name, const std::string& text) {
    write_bytes(folder_ / name, text);
    return read_calibration(folder_ / name);
  }
  std::string refusal(const std::string& name, const std::string& text) {
    write_bytes(folder_ / name, text);
    const std::string sentence = sentence_of([&] { read_calibration(folder_ / name); });
    EXPECT_THAT(sentence, HasSubstr(folder_.path().string()));
    return sentence;
  }
  TemporaryFolder folder_;
};

// ---- COLMAP

const char* const kImages =
    "# IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME\n"
    "1 1 0 0 0 0 0 5 7 left/a photo.jpg\n"
    "12.5 3 -1 4 5 6\n"
    "2 0.7071067811865476 0 0.7071067811865476 0 1 2 3 8 right.jpg\n"
    "\n";

class ColmapText : public CalibrationFile {
 protected:
  Calibration read(const std::string& cameras, const std::string& images = kImages) {
    write_bytes(folder_ / "images.txt", images);
    return CalibrationFile::read("cameras.txt", cameras);
  }
  std::string refusal(const std::string& cameras, const std::string& images = kImages) {
    write_bytes(folder_ / "images.txt", images);
    return CalibrationFile::refusal("cameras.txt", cameras);
  }
};

TEST_F(ColmapText, has_a_camera_for_each_image_in_a_world_with_y_up) {
  const auto [file, cameras] = read(
      "# CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]\r\n7 SIMPLE_RADIAL 1280 720 1000 640 360 0.1\r\n"
      "8 OPENCV 640 480 500 510 320.5 240.5 0.1 0.2 0.3 0.4\n");
  EXPECT_EQ(file, folder_ / "cameras.txt");
  ASSERT_EQ(cameras.size(), 2);
  EXPECT_EQ(cameras[0].name, "left/a photo.jpg");
  EXPECT_EQ(cameras[0].width, 1280);
  EXPECT_EQ(cameras[0].height, 720);
  EXPECT_EQ(cameras[0].K, (Eigen::Matrix3d() << 1000, 0, 640, 0, 1000, 360, 0, 0, 1).finished());
  EXPECT_EQ(cameras[0].distortion.k[0], 0.1);
  // COLMAP: 5 behind the origin, looking along +z with y down. Ours has y and z the other way round.
  expect_near(centre(cameras[0]), {0, 0, 5});
  expect_near(looks_along(cameras[0]), {0, 0, -1});
  expect_near(top(cameras[0]), {0, 1, 0});
  EXPECT_EQ(cameras[1].K, (Eigen::Matrix3d() << 500, 0, 320.5, 0, 510, 240.5, 0, 0, 1).finished());
  EXPECT_EQ(cameras[1].distortion.k[1], 0.2);
  EXPECT_EQ(cameras[1].distortion.p[0], 0.3);
  // A quarter turn about y: R = (0 0 1, 0 1 0, -1 0 0), centre -R^T (1 2 3) = (3 -2 -1), looks along -x.
  expect_near(centre(cameras[1]), {3, 2, 1});
  expect_near(looks_along(cameras[1]), {-1, 0, 0});
}

TEST_F(ColmapText, knows_the_lenses_of_opencv_and_names_the_others) {
  const std::string one = "1 1 0 0 0 0 0 5 7 a.jpg\n\n";
  EXPECT_EQ(read("7 SIMPLE_PINHOLE 100 80 90 50 40\n", one).cameras[0].K(1, 1), 90);
  EXPECT_EQ(read("7 PINHOLE 100 80 90 91 50 40\n", one).cameras[0].K(1, 1), 91);
  EXPECT_EQ(read("7 RADIAL 100 80 90 50 40 0.1 0.2\n", one).cameras[0].distortion.k[1], 0.2);
  const auto full = read("7 FULL_OPENCV 100 80 90 91 50 40 1 2 3 4 5 6 7 8\n", one).cameras[0].distortion;
  EXPECT_THAT(full.k, ::testing::ElementsAre(1, 2, 5, 6, 7, 8));
  EXPECT_THAT(full.p, ::testing::ElementsAre(3, 4));
  EXPECT_THAT(refusal("7 OPENCV_FISHEYE 100 80 90 91 50 40 0 0 0 0\n", one),
              AllOf(HasSubstr("camera 7"), HasSubstr("OPENCV_FISHEYE"), HasSubstr("image_undistorter")));
  EXPECT_THAT(refusal("7 CUBIST 100 80 90\n", one), HasSubstr("CUBIST"));
}

TEST_F(ColmapText, says_which_line_is_wrong) {
  EXPECT_THAT(refusal("7 PINHOLE 100 80 90 91 50\n"), HasSubstr("line 1"));
  EXPECT_THAT(refusal("#\n7 PINHOLE 100 80 90 91 50 nan\n"), HasSubstr("line 2"));
  EXPECT_THAT(refusal("7 PINHOLE -100 80 90 91 50 40\n"), HasSubstr("line 1"));
  const std::string camera = "7 PINHOLE 100 80 90 91 50 40\n";
  EXPECT_THAT(refusal(camera, "1 1 0 0 0 0 0 5 7\n\n"), AllOf(HasSubstr("images.txt"), HasSubstr("line 1")));
  EXPECT_THAT(refusal(camera, "1 1 0 0 0 0 0 x 7 a.jpg\n\n"), HasSubstr("line 1"));
  EXPECT_THAT(refusal(camera, kImages), AllOf(HasSubstr("right.jpg"), HasSubstr("camera 8")));
  EXPECT_THAT(refusal(camera, "1 0 0 0 0 0 0 5 7 a.jpg\n\n"), HasSubstr("rotation of image a.jpg"));
  EXPECT_THAT(refusal(camera, "1 1 0 0 0 0 0 1e300 7 a.jpg\n\n"), HasSubstr("absurdly far"));
  EXPECT_THAT(refusal(camera, "# nothing\n"), HasSubstr("no images"));
  EXPECT_THAT(refusal(camera, "1 1 0 0 0 0 0 5 7 a.jpg\n\n2 1 0 0 0 0 0 5 7 a.jpg\n\n"), HasSubstr("twice"));
}

template <typename... Values>
std::string bytes(Values... values) {
  std::string all;
  (all.append(reinterpret_cast<const char*>(&values), sizeof values), ...);
  return all;
}

class ColmapBinary : public CalibrationFile {
 protected:
  const std::string cameras_ = bytes(std::uint64_t(1), std::uint32_t(7), std::int32_t(2), std::uint64_t(1280),
                                     std::uint64_t(720), 1000.0, 640.0, 360.0, 0.1);
  const std::string images_ =
      bytes(std::uint64_t(2), std::uint32_t(1), 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 5.0, std::uint32_t(7)) +
      std::string("a.jpg\0", 6) + bytes(std::uint64_t(1), 12.5, 3.0, std::uint64_t(-1)) +
      bytes(std::uint32_t(2), 1.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, std::uint32_t(7)) +
      std::string("b.jpg\0", 6) + bytes(std::uint64_t(0));
};

TEST_F(ColmapBinary, says_the_same_as_text) {
  write_bytes(folder_ / "images.bin", images_);
  const auto cameras = read("cameras.bin", cameras_).cameras;
  ASSERT_EQ(cameras.size(), 2);
  EXPECT_EQ(cameras[0].name, "a.jpg");
  EXPECT_EQ(cameras[0].width, 1280);
  EXPECT_EQ(cameras[0].K(0, 2), 640);
  EXPECT_EQ(cameras[0].distortion.k[0], 0.1);
  expect_near(centre(cameras[0]), {0, 0, 5});
  expect_near(centre(cameras[1]), {-1, 2, 3});
}

TEST_F(ColmapBinary, is_refused_wherever_it_is_cut) {
  for (std::size_t size = 0; size < images_.size(); ++size) {
    write_bytes(folder_ / "images.bin", images_.substr(0, size));
    EXPECT_THAT(refusal("cameras.bin", cameras_), HasSubstr("images.bin"));
  }
  write_bytes(folder_ / "images.bin", images_);
  for (std::size_t size = 0; size < cameras_.size(); ++size) refusal("cameras.bin", cameras_.substr(0, size));
}

TEST_F(ColmapBinary, is_not_believed_about_its_own_size) {
  write_bytes(folder_ / "images.bin", images_);
  EXPECT_THAT(refusal("cameras.bin", bytes(std::uint64_t(-1)) + cameras_.substr(8)),
              HasSubstr("absurdly many"));
  std::string many_points = images_;
  const std::size_t at = 8 + 4 + 56 + 4 + 6;
  many_points.replace(at, 8, bytes(std::uint64_t(1) << 60));
  write_bytes(folder_ / "images.bin", many_points);
  EXPECT_THAT(refusal("cameras.bin", cameras_), HasSubstr("ends too early"));
}

// ---- transforms.json

using TransformsJson = CalibrationFile;

TEST_F(TransformsJson, has_cameras_of_opengl_in_a_world_with_z_up) {
  const auto cameras =
      read("transforms.json",
           R"({"camera_model": "OPENCV", "fl_x": 500, "fl_y": 510, "cx": 320, "cy": 240, "w": 640, "h": 480,
               "k1": 0.1, "p2": 0.4, "frames": [
               {"file_path": "images/a.png", "transform_matrix": [[1,0,0,1],[0,1,0,2],[0,0,1,3],[0,0,0,1]]},
               {"file_path": "b.png", "fl_x": 700, "transform_matrix": [[1,0,0,0],[0,0,-1,-4],[0,1,0,1.5],[0,0,0,1]]}
              ]})")
          .cameras;
  ASSERT_EQ(cameras.size(), 2);
  EXPECT_EQ(cameras[0].name, "images/a.png");
  EXPECT_EQ(cameras[0].width, 640);
  EXPECT_EQ(cameras[0].K, (Eigen::Matrix3d() << 500, 0, 320, 0, 510, 240, 0, 0, 1).finished());
  EXPECT_EQ(cameras[0].distortion.k[0], 0.1);
  EXPECT_EQ(cameras[0].distortion.p[1], 0.4);
  // Looks down, along -z.
  expect_near(centre(cameras[0]), {1, 3, -2});
  expect_near(looks_along(cameras[0]), {0, -1, 0});
  // Looks along +y, 1.5 above the ground: along -z in our world.
  EXPECT_EQ(cameras[1].K(0, 0), 700);
  expect_near(centre(cameras[1]), {0, 1.5, 4});
  expect_near(looks_along(cameras[1]), {0, 0, -1});
  expect_near(top(cameras[1]), {0, 1, 0});
}

TEST_F(TransformsJson, may_say_its_focal_length_as_an_angle) {
  const std::string frame = R"("frames": [{"file_path": "a", "transform_matrix":
                               [[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]]}]})";
  const auto camera =
      read("transforms.json", R"({"camera_angle_x": 1.5707963267948966, "w": 640, "h": 480, )" + frame)
          .cameras[0];
  EXPECT_NEAR(camera.K(0, 0), 320, 1e-9);
  EXPECT_NEAR(camera.K(1, 1), 320, 1e-9);
  EXPECT_EQ(camera.K(1, 2), 240);
  EXPECT_THAT(refusal("transforms.json", R"({"camera_angle_x": 1.5, )" + frame), HasSubstr("fl_x"));
}

TEST_F(TransformsJson, is_refused_with_the_place_that_is_wrong) {
  const auto with = [](const std::string& start, const std::string& matrix) {
    return "{" + start + R"("fl_x": 500, "cx": 3, "cy": 2, "frames": [{"file_path": "a.png",
           "transform_matrix": )" +
           matrix + "}]}";
  };
  const std::string unit = "[[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]]";
  EXPECT_NO_THROW(read("transforms.json", with("", unit)));
  EXPECT_THAT(refusal("transforms.json", with(R"("camera_model": "OPENCV_FISHEYE", )", unit)),
              AllOf(HasSubstr("a.png"), HasSubstr("OPENCV_FISHEYE")));
  EXPECT_THAT(refusal("transforms.json", with("", "[[1,0,0,0],[0,1,0,0]]")),
              HasSubstr("frames[0].transform_matrix should be 4 x 4 numbers"));
  EXPECT_THAT(refusal("transforms.json", with("", "[[2,0,0,0],[0,2,0,0],[0,0,2,0],[0,0,0,1]]")),
              HasSubstr("rotation of camera a.png"));
  EXPECT_THAT(refusal("transforms.json", with(R"("k4": 0.1, )", unit)), HasSubstr("fourth"));
  EXPECT_THAT(refusal("transforms.json", "{\"frames\": []}"), HasSubstr("no cameras"));
  EXPECT_THAT(refusal("transforms.json", "{\"frames\": 3}"), HasSubstr("a list"));
  EXPECT_THAT(refusal("transforms.json", "{"), HasSubstr("JSON"));
}

// ---- EasyMocap

const char* const kIntrinsics = R"(%YAML:1.0
---
names:
   - "1"
   - "left"
K_1: !!opencv-matrix
   rows: 3
   cols: 3
   dt: d
   data: [ 9.0e+02, 0., 960., 0.,
       9.2e+02, 540., 0., 0., 1. ]
dist_1: !!opencv-matrix
   rows: 1
   cols: 5
   dt: d
   data: [ 0.1, 0.2, 0.3, 0.4, 0.5 ]
K_left: !!opencv-matrix
   rows: 3
   cols: 3
   dt: d
   data: [ 800, 0, 400, 0, 800, 300, 0, 0, 1 ]
W_left: 801
H_left: 601
)";
const char* const kExtrinsics = R"(%YAML:1.0
---
names: [ "1", "left" ]
R_1: !!opencv-matrix
   rows: 3
   cols: 1
   dt: d
   data: [ 1.5707963267948966, 0., 0. ]
T_1: !!opencv-matrix
   rows: 3
   cols: 1
   dt: d
   data: [ 0., 1.5, 4. ]
Rot_left: !!opencv-matrix
   rows: 3
   cols: 3
   dt: d
   data: [ 1, 0, 0, 0, 0, -1, 0, 1, 0 ]
T_left: !!opencv-matrix
   rows: 3
   cols: 1
   dt: d
   data: [ 2, 1, 4 ]
)";

class EasyMocap : public CalibrationFile {
 protected:
  std::string replaced(std::string text, const std::string& what, const std::string& by) {
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), by);
  }
};

TEST_F(EasyMocap, has_cameras_of_opencv_in_a_world_with_z_up) {
  write_bytes(folder_ / "extri.yml", kExtrinsics);
  const auto cameras = read("intri.yml", kIntrinsics).cameras;
  ASSERT_EQ(cameras.size(), 2);
  EXPECT_EQ(cameras[0].name, "1");
  EXPECT_EQ(cameras[0].width, 0) << "the file does not say";
  // OpenCV's centre of the first pixel is (0, 0), ours (0.5, 0.5).
  EXPECT_EQ(cameras[0].K, (Eigen::Matrix3d() << 900, 0, 960.5, 0, 920, 540.5, 0, 0, 1).finished());
  EXPECT_THAT(cameras[0].distortion.k, ::testing::ElementsAre(0.1, 0.2, 0.5, 0, 0, 0));
  EXPECT_THAT(cameras[0].distortion.p, ::testing::ElementsAre(0.3, 0.4));
  // A quarter turn about x: y of the picture points down along -z, the camera looks along +y from
  // -R^T T = (0 -4 1.5).
  expect_near(centre(cameras[0]), {0, 1.5, 4});
  expect_near(looks_along(cameras[0]), {0, 0, -1});
  expect_near(top(cameras[0]), {0, 1, 0});
  EXPECT_EQ(cameras[1].width, 801);
  EXPECT_EQ(cameras[1].height, 601);
  EXPECT_TRUE(cameras[1].distortion.is_straight());
  expect_near(centre(cameras[1]), {-2, 1, 4});
}

TEST_F(EasyMocap, may_know_lenses_alone) {
  const auto cameras = read("intri.yml", kIntrinsics).cameras;
  EXPECT_FALSE(cameras[0].camera_from_world);
  write_bytes(folder_ / "extri.yml", kExtrinsics);
  std::filesystem::remove(folder_ / "intri.yml");
  EXPECT_THAT(sentence_of([&] { read_calibration(folder_ / "extri.yml"); }), HasSubstr("intri.yml"));
}

TEST_F(EasyMocap, is_refused_with_the_key_that_is_wrong) {
  const auto refuses = [&](const std::string& intrinsics, const std::string& extrinsics) {
    write_bytes(folder_ / "extri.yml", extrinsics);
    return refusal("intri.yml", intrinsics);
  };
  EXPECT_THAT(refuses(replaced(kIntrinsics, "names", "cameras"), kExtrinsics), HasSubstr("names"));
  EXPECT_THAT(refuses(replaced(kIntrinsics, "K_left", "K_right"), kExtrinsics),
              HasSubstr("K_left is missing"));
  EXPECT_THAT(refuses(replaced(kIntrinsics, "960., 0.,", "960., x,"), kExtrinsics), HasSubstr("K_1 holds x"));
  EXPECT_THAT(refuses(replaced(kIntrinsics, "960., 0.,", "960.,"), kExtrinsics),
              HasSubstr("K_1 has 8 numbers"));
  EXPECT_THAT(refuses(replaced(kIntrinsics, "rows: 3", "rows: 1e9"), kExtrinsics), HasSubstr("rows"));
  EXPECT_THAT(refuses(replaced(kIntrinsics, "0., 1. ]", "0., 1."), kExtrinsics), HasSubstr("K_1"));
  EXPECT_THAT(refuses(replaced(kIntrinsics, "801", "many"), kExtrinsics), HasSubstr("W_left"));
  EXPECT_THAT(refuses(replaced(kIntrinsics, "9.0e+02", "-900"), kExtrinsics), HasSubstr("camera 1"));
  EXPECT_THAT(refuses(kIntrinsics, replaced(kExtrinsics, "T_left", "T_")),
              AllOf(HasSubstr("extri.yml"), HasSubstr("T_left")));
  EXPECT_THAT(refuses(kIntrinsics, replaced(kExtrinsics, "0, 0, -1, 0", "0, 0, 1, 0")),
              AllOf(HasSubstr("rotation of camera left")));
}

// ---- Pose2Sim, Caliscope

const char* const kTables = R"(CreationDate = 2023-05-06T11:12:27.631355  # no camera

[int_cam01_img]
name = "int_cam01_img"
size = [ 1088.0, 1920.0]
matrix = [ [ 1671.5, 0.0, 564.5], [ 0.0, 1671.25, 933.0], [ 0.0, 0.0, 1.0]]
distortions = [ -0.1, 0.2, -0.3, 0.4]
rotation = [ 1.5707963267948966, 0, 0]
translation = [ 0.0, 1.5, 4.0]
fisheye = false

[cameras.2]
cam_id = 2
ignore = false
size = [1280, 720]
matrix = [
  [894.5, 0.0, 624.0],  # a comment
  [0.0, 896.5, 361.0],
  [0.0, 0.0, 1.0],
]
distortions = [-0.1, 0.2, -0.3, 0.4, 0.5]
translation = [2, 1, 4]
rotation = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]

[cameras.3]
ignore = true
matrix = [1, 2]

[metadata]
adjusted = false
)";

class CameraTables : public EasyMocap {};

TEST_F(CameraTables, are_those_of_pose2sim_and_caliscope) {
  const auto cameras = read("Calib.toml", kTables).cameras;
  ASSERT_EQ(cameras.size(), 2);
  EXPECT_EQ(cameras[0].name, "int_cam01_img");
  EXPECT_EQ(cameras[0].width, 1088);
  EXPECT_EQ(cameras[0].height, 1920);
  EXPECT_EQ(cameras[0].K, (Eigen::Matrix3d() << 1671.5, 0, 565, 0, 1671.25, 933.5, 0, 0, 1).finished());
  EXPECT_THAT(cameras[0].distortion.p, ::testing::ElementsAre(-0.3, 0.4));
  expect_near(centre(cameras[0]), {0, 1.5, 4});
  expect_near(looks_along(cameras[0]), {0, 0, -1});
  EXPECT_EQ(cameras[1].name, "cam_2");
  EXPECT_EQ(cameras[1].distortion.k[2], 0.5);
  expect_near(centre(cameras[1]), {-2, 1, 4});
}

TEST_F(CameraTables, are_refused_with_the_place_that_is_wrong) {
  const auto refuses = [&](const std::string& what, const std::string& by) {
    return refusal("Calib.toml", replaced(kTables, what, by));
  };
  EXPECT_THAT(refuses("fisheye = false", "fisheye = true"),
              AllOf(HasSubstr("int_cam01_img"), HasSubstr("fisheye")));
  EXPECT_THAT(refuses("[ 0.0, 1671.25, 933.0],", ""),
              HasSubstr("[int_cam01_img] matrix is not 3 x 3 numbers"));
  EXPECT_THAT(refuses("1671.25", "much"), HasSubstr("matrix is not numbers"));
  EXPECT_THAT(refuses("translation = [ 0.0, 1.5, 4.0]", ""), HasSubstr("translation is not there"));
  EXPECT_THAT(refuses("size = [ 1088.0, 1920.0]", ""), HasSubstr("size is not there"));
  EXPECT_THAT(refuses("[ -0.1, 0.2, -0.3, 0.4]", "[1, 2, 3]"), HasSubstr("3 distortion coefficients"));
  EXPECT_THAT(refuses("name = \"int", "name = \"int\nx"), HasSubstr("line 4"));
  EXPECT_THAT(refuses("[metadata]", "[cameras.2]"), HasSubstr("again"));
  EXPECT_THAT(refuses("[metadata]", "[metadata"), HasSubstr("closing bracket"));
  EXPECT_THAT(refuses("[1, 2]", std::string(100, '[')), HasSubstr("lists in lists"));
  EXPECT_THAT(refusal("other.toml", "[settings]\nspeed = 3\n"), HasSubstr("no cameras"));
}

// ---- what is found where

using FindCalibration = CalibrationFile;

TEST_F(FindCalibration, names_what_a_folder_or_file_holds) {
  EXPECT_FALSE(find_calibration(folder_.path()));
  write_bytes(folder_ / "settings.toml", "[a]\nb = 1\n");
  write_bytes(folder_ / "cameras.txt", "");
  EXPECT_FALSE(find_calibration(folder_.path()))
      << "images.txt is missing, and the settings are no calibration";
  std::filesystem::create_directories(folder_ / "sparse/0");
  write_bytes(folder_ / "sparse/0/cameras.bin", "");
  write_bytes(folder_ / "sparse/0/images.bin", "");
  EXPECT_EQ(find_calibration(folder_.path()), folder_ / "sparse/0/cameras.bin");
  EXPECT_EQ(find_calibration(folder_ / "sparse/0/images.bin"), folder_ / "sparse/0/cameras.bin");
  write_bytes(folder_ / "extri.yml", "");
  EXPECT_EQ(find_calibration(folder_.path()), folder_ / "intri.yml");
  write_bytes(folder_ / "Calib.toml", kTables);
  EXPECT_EQ(find_calibration(folder_ / "Calib.toml"), folder_ / "Calib.toml");
  EXPECT_THAT(sentence_of([&] { find_calibration(folder_.path()); }),
              AllOf(HasSubstr("Calib.toml"), HasSubstr("intri.yml"), HasSubstr("several")));
}

TEST_F(FindCalibration, what_is_none_is_refused_with_all_that_is_read) {
  EXPECT_THAT(sentence_of([&] { read_calibration(folder_ / "nowhere"); }), HasSubstr("does not exist"));
  EXPECT_THAT(refusal("notes.txt", "hello"), AllOf(HasSubstr("COLMAP"), HasSubstr("transforms.json")));
  EXPECT_THAT(sentence_of([&] { read_calibration(folder_.path()); }), HasSubstr("EasyMocap"));
}

TEST(LensDistortion, moves_points_as_opencv_does) {
  LensDistortion lens;
  EXPECT_TRUE(lens.is_straight());
  EXPECT_EQ(lens.distorted({0.3, -0.4}), Eigen::Vector2d(0.3, -0.4));
  lens.k = {0.1, 0.2, 0.3, 0, 0, 0};
  lens.p = {0.01, 0.02};
  EXPECT_FALSE(lens.is_straight());
  // r^2 = 0.25: 1 + 0.025 + 0.0125 + 0.0046875; 2 p1 x y + p2 (r^2 + 2 x^2), p1 (r^2 + 2 y^2) + 2 p2 x y.
  const Eigen::Vector2d moved = lens.distorted({0.3, -0.4});
  EXPECT_NEAR(moved.x(), 0.3 * 1.0421875 - 0.0024 + 0.0086, 1e-12);
  EXPECT_NEAR(moved.y(), -0.4 * 1.0421875 + 0.0057 - 0.0048, 1e-12);
}

}  // namespace
}  // namespace ahap
