#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "reconstruction/export/exporters.h"
#include "reconstruction/export/range_exporters.h"
#include "reconstruction/formats/npz.h"
#include "tests/fixtures/sample_range.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::read_bytes;
using testing::sample_range;
using testing::sentence_of;
using testing::smpl_parameters;
using testing::TemporaryFolder;

std::vector<std::string> paths_under(const std::filesystem::path& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    paths.push_back(std::filesystem::relative(entry.path(), folder).string() +
                    (entry.is_directory() ? "/" : ""));
  std::sort(paths.begin(), paths.end());
  return paths;
}

TEST(WriteRange, LaysOutEveryFormatUnderNamesOfItsOwn) {
  const TemporaryFolder folder;
  Reconstruction r = sample_range();
  r.people.emplace_back().id = 3;  // never seen
  const auto messages = write_range(r, folder / "new/result");
  const auto paths = paths_under(folder / "new/result");
  EXPECT_THAT(
      paths, ElementsAre("cameras/", "cameras/extri.yml", "cameras/intri.yml", "cameras/transforms.json",
                         "cameras/walk.tum", "colmap/", "colmap/sparse/", "colmap/sparse/0/",
                         "colmap/sparse/0/cameras.txt", "colmap/sparse/0/images.txt",
                         "colmap/sparse/0/points3D.txt", "motion/", "motion/joints.csv",
                         "motion/person_01.bvh", "motion/person_01.c3d", "motion/person_01.trc",
                         "motion/person_02.bvh", "motion/person_02.c3d", "motion/person_02.trc", "points.ply",
                         "reconstruction.json", "scene.glb", "smpl/", "smpl/01.npz", "smpl/02.npz"));
  for (const std::string& path : paths) EXPECT_TRUE(is_export_name(path)) << path;
  EXPECT_THAT(messages, ElementsAre(HasSubstr("mm from SMPL's surface on average")));
  const std::string images = read_bytes(folder / "new/result/colmap/sparse/0/images.txt");
  EXPECT_THAT(images, HasSubstr("left_cam.jpg"));
  EXPECT_THAT(images, ::testing::Not(HasSubstr("walk"))) << "moves";
}

TEST(WriteRange, WritesOnlyWhatIsSelected) {
  const std::map<std::string, std::vector<std::string>> expected = {
      {"bvh", {"motion/", "motion/person_01.bvh", "motion/person_02.bvh"}},
      {"csv", {"motion/", "motion/joints.csv"}},
      {"npz", {"smpl/", "smpl/01.npz", "smpl/02.npz"}},
      {"obj", {}},
      {"json", {"reconstruction.json"}}};
  for (const auto& [format, files] : expected) {
    const TemporaryFolder folder;
    write_range(sample_range(), folder.path(), export_selection({format}));
    EXPECT_EQ(paths_under(folder.path()), files);
    for (const std::string& file : files) {
      EXPECT_TRUE(is_export_name(file, export_selection({format}))) << file;
      EXPECT_FALSE(is_export_name(file, export_selection({"ply"}))) << file;
    }
  }
}

TEST(WriteRange, NothingIsWrittenWhereANumberIsNotFinite) {
  const TemporaryFolder folder;
  Reconstruction r = sample_range();
  r.views[1].cameras[6].K(0, 0) = NAN;
  EXPECT_THAT(sentence_of([&] { write_range(r, folder / "a"); }), HasSubstr("K of view walk.mp4"));
  r = sample_range();
  r.frames[7].time = INFINITY;
  EXPECT_THAT(sentence_of([&] { write_range(r, folder / "a"); }), HasSubstr("time of frame 107"));
  r = sample_range();
  r.people[1].bodies[5].position_sigma = NAN;
  EXPECT_THAT(sentence_of([&] { write_range(r, folder / "a"); }), HasSubstr("place of person_02"));
  r = sample_range();
  r.body_model.reset();
  EXPECT_THROW(write_range(r, folder / "a"), std::invalid_argument);
  EXPECT_EQ(folder.count(), 0);
}

TEST(WriteRange, ASceneWithoutPeopleOrStandingCamerasHasNoEmptyFolders) {
  const TemporaryFolder folder;
  Reconstruction r = sample_range();
  r.people.clear();
  r.views.erase(r.views.begin());
  EXPECT_TRUE(write_range(r, folder.path()).empty());
  EXPECT_THAT(paths_under(folder.path()),
              ElementsAre("cameras/", "cameras/transforms.json", "cameras/walk.tum", "points.ply",
                          "reconstruction.json", "scene.glb"));
}

TEST(ExportSelection, FormatsAreChosenByName) {
  const ExportSelection some = export_selection({"bvh", "cameras"});
  EXPECT_TRUE(some.bvh && some.cameras);
  EXPECT_FALSE(some.ply || some.glb || some.trc || some.csv);
  EXPECT_TRUE(export_selection({}).c3d);
  EXPECT_THROW(export_selection({"fbx"}), std::invalid_argument);
}

TEST(RangeNpz, IsAnAnimationOfAmassInAWorldWithZUp) {
  const TemporaryFolder folder;
  const Reconstruction r = sample_range();
  const Person& person = r.people[0];
  write_range_npz(r, person, folder / "01.npz");
  const Npz npz = read_npz(folder / "01.npz");
  EXPECT_THAT(npz.at("poses").shape, ElementsAre(6, 156));
  EXPECT_THAT(npz.at("trans").shape, ElementsAre(6, 3));
  EXPECT_THAT(npz.at("betas").shape, ElementsAre(16));
  EXPECT_THAT(npz.at("frames").as_integers(), ElementsAre(100, 101, 102, 103, 104, 105));
  EXPECT_THAT(npz.at("seen").as_integers(), ElementsAre(1, 1, 0, 1, 0, 1));
  EXPECT_NEAR(npz.at("mocap_framerate").as_doubles()[0], 25, 1e-9);
  EXPECT_EQ(npz.at("mocap_frame_rate").data, npz.at("mocap_framerate").data);
  EXPECT_EQ(npz.at("gender").data, NpyArray::of("female").data);

  const std::vector<double> poses = npz.at("poses").as_doubles(), trans = npz.at("trans").as_doubles();
  for (const BodyInFrame& body : person.bodies) {
    SmplParameters z_up = smpl_parameters(person, body);
    for (int j = 0; j < kSharedJoints; ++j)
      for (int axis = 0; axis < 3; ++axis) z_up.pose[j][axis] = float(poses[156 * body.frame + 3 * j + axis]);
    for (int axis = 0; axis < 3; ++axis) z_up.transl[axis] = float(trans[3 * body.frame + axis]);
    const auto joints = posed_joints(*r.body_model, z_up);
    for (int j = 0; j < kSmplJoints; ++j) {
      const Eigen::Vector3f& X = body.joints[j];
      EXPECT_LT((joints[j] - Eigen::Vector3f(X.x(), -X.z(), X.y())).norm(), 1e-5);
    }
  }
}

class RangeCameras : public ::testing::Test {
 protected:
  void write() { write_cameras(r, folder.path()); }
  static Eigen::Vector3d z_up(const Eigen::Vector3d& X) { return {X.x(), -X.z(), X.y()}; }

  const TemporaryFolder folder;
  Reconstruction r = sample_range();
  const Eigen::Vector3d X{0.1, 0.7, 0.2};
};

TEST_F(RangeCameras, NerfstudioSeesAPointInItsPixel) {
  write();
  const json transforms = json::parse(read_bytes(folder / "transforms.json"));
  EXPECT_EQ(transforms["camera_model"], "PINHOLE");
  ASSERT_EQ(transforms["frames"].size(), 1 + 8);
  EXPECT_EQ(transforms["frames"][0]["file_path"], "../colmap/images/left_cam.jpg");
  EXPECT_EQ(transforms["frames"][4]["file_path"], "images/walk/000103.jpg");
  for (int entry = 0; entry < 9; ++entry) {
    const json& frame = transforms["frames"][entry];
    const Camera& camera = entry == 0 ? r.views[0].camera(0) : r.views[1].camera(entry - 1);
    Eigen::Matrix4d world_from_camera;
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 4; ++j) world_from_camera(i, j) = frame["transform_matrix"][i][j];
    const Eigen::Vector4d seen = world_from_camera.inverse() * z_up(X).homogeneous();
    const double fx = frame["fl_x"], fy = frame["fl_y"], cx = frame["cx"], cy = frame["cy"];
    const Eigen::Vector2d pixel(fx * seen.x() / -seen.z() + cx, fy * -seen.y() / -seen.z() + cy);
    EXPECT_LT((pixel - *camera.project(X)).norm(), 1e-6);
    EXPECT_EQ(frame["w"], camera.width);
  }
  EXPECT_NEAR(transforms["frames"][4]["time"], 4.12, 1e-9);
}

// A matrix of OpenCV's FileStorage, row by row.
std::vector<double> file_storage_matrix(const std::string& yml, const std::string& key) {
  const std::regex matrix(
      key + ": !!opencv-matrix\n   rows: (\\d+)\n   cols: (\\d+)\n   dt: d\n   data: \\[([^\\]]*)\\]");
  std::smatch found;
  if (!std::regex_search(yml, found, matrix)) throw std::runtime_error("no matrix " + key);
  std::string data = found[3];
  std::replace(data.begin(), data.end(), ',', ' ');
  std::istringstream in(data);
  std::vector<double> values;
  for (double value; in >> value;) values.push_back(value);
  EXPECT_EQ(values.size(), std::stoul(found[1]) * std::stoul(found[2]));
  return values;
}

TEST_F(RangeCameras, EasyMocapSeesAPointInItsPixel) {
  r.views[0].cameras[0].K(0, 2) = 300;
  write();
  const std::string intri = read_bytes(folder / "intri.yml"), extri = read_bytes(folder / "extri.yml");
  EXPECT_TRUE(intri.starts_with("%YAML:1.0\n---\nnames:\n   - \"left_cam\"\nK_left_cam:"));
  using RowMajor = Eigen::Matrix<double, 3, 3, Eigen::RowMajor>;
  const auto K = file_storage_matrix(intri, "K_left_cam"), R = file_storage_matrix(extri, "Rot_left_cam"),
             rvec = file_storage_matrix(extri, "R_left_cam"), T = file_storage_matrix(extri, "T_left_cam");
  EXPECT_EQ(file_storage_matrix(intri, "dist_left_cam"), std::vector<double>(5, 0));
  const Eigen::Matrix3d rotation = Eigen::Map<const RowMajor>(R.data());
  const Eigen::Map<const Eigen::Vector3d> v(rvec.data()), t(T.data());
  EXPECT_LT((Eigen::AngleAxisd(v.norm(), v.normalized()).toRotationMatrix() - rotation).norm(), 1e-9);
  const Eigen::Vector3d x = Eigen::Map<const RowMajor>(K.data()) * (rotation * z_up(X) + t);
  const Eigen::Vector2d half(0.5, 0.5);  // between OpenCV's pixels and ours
  EXPECT_LT((x.hnormalized() + half - *r.views[0].camera(0).project(X)).norm(), 1e-6);
  EXPECT_THAT(intri, HasSubstr("\nW_left_cam: 640\nH_left_cam: 480\n"));
  EXPECT_THAT(intri, ::testing::Not(HasSubstr("walk"))) << "moves";
}

TEST_F(RangeCameras, TumTellsTheWayOfACameraThatMoves) {
  write();
  std::istringstream in(read_bytes(folder / "walk.tum"));
  std::string comment;
  std::getline(in, comment);
  EXPECT_EQ(comment, "# timestamp tx ty tz qx qy qz qw");
  int f = 0;
  Eigen::Quaterniond q;
  Eigen::Vector3d t;
  for (double time; in >> time >> t.x() >> t.y() >> t.z() >> q.x() >> q.y() >> q.z() >> q.w(); ++f) {
    EXPECT_NEAR(time, r.frames[f].time, 1e-9);
    const Eigen::Isometry3d& pose = r.views[1].camera(f).world_from_camera;
    EXPECT_LT((t - pose.translation()).norm(), 1e-9);
    EXPECT_LT((q.toRotationMatrix() - pose.linear()).norm(), 1e-9);
  }
  EXPECT_EQ(f, 8);
}

TEST_F(RangeCameras, NamesAreMadeOfLettersAndUnlikeEachOther) {
  r.views[2].camera_estimated = true;
  r.views[0].name = "a/\u00fc 1.mp4";
  r.views[1].name = "../walk.mp4";
  r.views[2].name = "a/__ 1.mov";
  write();
  EXPECT_TRUE(std::filesystem::exists(folder / "___walk.tum"));
  EXPECT_THAT(read_bytes(folder / "intri.yml"), HasSubstr("- \"a____1\"\n   - \"a____1_2\"\n"));
}

}  // namespace
}  // namespace ahap
