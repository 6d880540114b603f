#include <gmock/gmock.h>

#include <limits>
#include <map>
#include <set>
#include <sstream>

#include "reconstruction/export/exporters.h"
#include "tests/fixtures/sample_reconstruction.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::HasSubstr;
using testing::points_of;
using testing::sample_reconstruction;
using testing::sentence_of;
using testing::TemporaryFolder;

// A reader of COLMAP's text model, written from its documentation.
struct ColmapModel {
  struct Image {
    Eigen::Quaterniond camera_from_world;
    Eigen::Vector3d translation;
    std::string name;
    double width, height, fx, fy, cx, cy;
    std::vector<Eigen::Vector2d> points2d;
    std::vector<long> point_ids;

    Eigen::Vector2d project(const Eigen::Vector3d& X_world) const {
      const Eigen::Vector3d X = camera_from_world * X_world + translation;
      EXPECT_GT(X.z(), 0);
      return {fx * X.x() / X.z() + cx, fy * X.y() / X.z() + cy};
    }
  };
  struct Point {
    Eigen::Vector3d X;
    std::array<int, 3> color;
    double error;
    std::vector<std::pair<long, long>> track;
  };
  std::map<long, Image> images;
  std::map<long, Point> points;
};

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with('#')) lines.push_back(line);
  }
  return lines;
}

ColmapModel read_colmap(const std::filesystem::path& folder) {
  struct Intrinsics {
    double width, height, fx, fy, cx, cy;
  };
  std::map<long, Intrinsics> cameras;
  for (const std::string& line : lines_of(folder / "sparse/0/cameras.txt")) {
    std::istringstream in(line);
    long id;
    std::string type;
    Intrinsics c;
    EXPECT_TRUE(in >> id >> type >> c.width >> c.height >> c.fx >> c.fy >> c.cx >> c.cy) << line;
    EXPECT_EQ(type, "PINHOLE");
    cameras[id] = c;
  }
  ColmapModel model;
  const std::vector<std::string> lines = lines_of(folder / "sparse/0/images.txt");
  EXPECT_EQ(lines.size() % 2, 0);
  for (std::size_t i = 0; i + 1 < lines.size(); i += 2) {
    std::istringstream pose(lines[i]), observations(lines[i + 1]);
    long id, camera_id;
    double w, x, y, z;
    ColmapModel::Image image;
    auto& t = image.translation;
    EXPECT_TRUE(pose >> id >> w >> x >> y >> z >> t.x() >> t.y() >> t.z() >> camera_id >> image.name)
        << lines[i];
    image.camera_from_world = Eigen::Quaterniond(w, x, y, z);
    EXPECT_NEAR(image.camera_from_world.norm(), 1, 1e-12);
    const Intrinsics& c = cameras.at(camera_id);
    image.width = c.width, image.height = c.height;
    image.fx = c.fx, image.fy = c.fy, image.cx = c.cx, image.cy = c.cy;
    for (long point; observations >> x >> y >> point;) {
      image.points2d.emplace_back(x, y);
      image.point_ids.push_back(point);
    }
    model.images[id] = image;
  }
  for (const std::string& line : lines_of(folder / "sparse/0/points3D.txt")) {
    std::istringstream in(line);
    long id;
    ColmapModel::Point point;
    auto& [X, color, error, track] = point;
    EXPECT_TRUE(in >> id >> X.x() >> X.y() >> X.z() >> color[0] >> color[1] >> color[2] >> error) << line;
    for (long image, index; in >> image >> index;) track.emplace_back(image, index);
    model.points[id] = point;
  }
  return model;
}

class SampleColmap : public ::testing::Test {
 protected:
  void SetUp() override {
    write_colmap(r, 0, folder.path());
    model = read_colmap(folder.path());
  }
  // A point of the file in our world.
  static Eigen::Vector3d ours(const Eigen::Vector3d& X) { return {X.x(), -X.y(), -X.z()}; }

  const TemporaryFolder folder;
  const Reconstruction r = sample_reconstruction();
  ColmapModel model;
};

TEST_F(SampleColmap, HoldsTheViewsThatHaveACamera) {
  std::vector<std::string> names;
  for (const auto& [id, image] : model.images) names.push_back(image.name);
  EXPECT_THAT(names, ::testing::ElementsAre("zero.jpg", "one.jpg", "two.jpg", "three.jpg"));
  EXPECT_EQ(model.images.begin()->first, 1);
  EXPECT_EQ(model.images.at(2).width, 480);
  EXPECT_EQ(model.images.at(4).cx, 300.5);
  EXPECT_EQ(model.images.at(4).fy, 580);
}

TEST_F(SampleColmap, CamerasProjectAsOursDo) {
  for (const auto& [id, image] : model.images) {
    for (std::size_t i = 0; i < points_of(r).size(); i += 11) {
      const Eigen::Vector3d X = points_of(r).positions[i].cast<double>();
      const auto expected = r.views[id - 1].cameras[0].project(X);
      if (!expected) continue;
      EXPECT_LT((image.project({X.x(), -X.y(), -X.z()}) - *expected).norm(), 1e-6);
    }
  }
}

TEST_F(SampleColmap, CamerasStandAboveThePeopleWithYDown) {
  for (const auto& [id, image] : model.images) {
    const Eigen::Vector3d center = -(image.camera_from_world.inverse() * image.translation);
    EXPECT_LT((ours(center) - r.views[id - 1].cameras[0].center()).norm(), 1e-9);
    EXPECT_LT(center.y(), -1);
  }
}

TEST_F(SampleColmap, EveryPointProjectsOntoItsObservations) {
  std::size_t observations = 0;
  for (const auto& [id, point] : model.points) {
    for (const auto& [image_id, index] : point.track) {
      const ColmapModel::Image& image = model.images.at(image_id);
      EXPECT_LT((image.project(point.X) - image.points2d.at(index)).norm(), 1e-3);
      ++observations;
    }
  }
  EXPECT_GT(observations, 3 * model.points.size() / 2);
}

TEST_F(SampleColmap, TracksAndObservationsAgreeInBothDirections) {
  for (const auto& [id, point] : model.points) {
    ASSERT_FALSE(point.track.empty());
    std::set<long> images;
    for (const auto& [image_id, index] : point.track) {
      EXPECT_EQ(model.images.at(image_id).point_ids.at(index), id);
      EXPECT_TRUE(images.insert(image_id).second) << "an image is listed twice";
    }
  }
  std::size_t observations = 0, elements = 0;
  for (const auto& [id, image] : model.images) {
    for (const long point_id : image.point_ids) EXPECT_TRUE(model.points.contains(point_id));
    observations += image.point_ids.size();
  }
  for (const auto& [id, point] : model.points) elements += point.track.size();
  EXPECT_EQ(observations, elements);
}

TEST_F(SampleColmap, ObservationsLieInsideTheirPictures) {
  for (const auto& [id, image] : model.images) {
    for (const Eigen::Vector2d& x : image.points2d) {
      EXPECT_TRUE(x.x() >= 0 && x.y() >= 0 && x.x() <= image.width && x.y() <= image.height) << x.transpose();
    }
  }
}

TEST_F(SampleColmap, PointsKeepTheirColours) {
  ASSERT_EQ(model.points.size(), points_of(r).size());
  for (const auto& [id, point] : model.points) {
    EXPECT_LT((ours(point.X) - points_of(r).positions[id - 1].cast<double>()).norm(), 1e-6);
    for (int c = 0; c < 3; ++c) EXPECT_EQ(point.color[c], points_of(r).colors[id - 1][c]);
    EXPECT_TRUE(point.error >= 0 && point.error <= 1);
  }
}

// Against the scene's closed form: a view shows a point when nothing stands in between.
TEST_F(SampleColmap, TracksNameTheViewsThatShowThePoint) {
  std::size_t wrongly_seen = 0, missed = 0, seen = 0, hidden = 0;
  for (const auto& [id, point] : model.points) {
    std::set<long> track;
    for (const auto& [image_id, index] : point.track) track.insert(image_id);
    EXPECT_TRUE(track.contains(points_of(r).view[id - 1] + 1)) << "the view it was made from is missing";
    for (const auto& [image_id, image] : model.images) {
      const Camera& camera = r.views[image_id - 1].cameras[0];
      const Eigen::Vector3d X = ours(point.X), offset = X - camera.center();
      const auto pixel = camera.project(X);
      if (!pixel || (pixel->array() < 0).any() || pixel->x() >= camera.width || pixel->y() >= camera.height)
        continue;
      const auto hit = testing::first_hit(camera.center(), offset.normalized());
      const bool shown = hit && hit->distance > offset.norm() - 0.01;
      (shown ? seen : hidden) += 1;
      if (shown && !track.contains(image_id)) ++missed;
      if (!shown && track.contains(image_id)) ++wrongly_seen;
    }
  }
  ASSERT_GT(hidden, 500);
  EXPECT_LT(double(wrongly_seen) / hidden, 0.15);
  EXPECT_LT(double(missed) / seen, 0.05);
}

TEST(Colmap, PointsThatThreeViewsShowComeFirstWhenThereAreTooMany) {
  const TemporaryFolder folder;
  Reconstruction r = sample_reconstruction();
  const PointCloud sparse = points_of(r);
  RandomGeometry random(1);
  for (int copy = 0; copy < 15; ++copy) {
    for (std::size_t i = 0; i < sparse.size(); ++i) {
      points_of(r).positions.push_back(sparse.positions[i] + random.vector(0.002).cast<float>());
      points_of(r).colors.push_back(sparse.colors[i]);
      points_of(r).confidence.push_back(sparse.confidence[i]);
      points_of(r).view.push_back(sparse.view[i]);
      points_of(r).person.push_back(sparse.person[i]);
    }
  }
  ASSERT_GT(points_of(r).size(), 60'000);
  write_colmap(r, 0, folder.path());
  const ColmapModel model = read_colmap(folder.path());
  EXPECT_EQ(model.points.size(), 50'000);
  std::size_t long_tracks = 0;
  for (const auto& [id, point] : model.points) long_tracks += point.track.size() >= 3;
  EXPECT_GT(long_tracks, 25'000);
}

TEST(Colmap, ASingleViewGivesTracksOfOne) {
  const TemporaryFolder folder;
  Reconstruction r = sample_reconstruction();
  for (std::size_t i = 1; i < r.views.size(); ++i) r.views[i].camera_estimated = false;
  write_colmap(r, 0, folder.path());
  const ColmapModel model = read_colmap(folder.path());
  EXPECT_EQ(model.images.size(), 1);
  EXPECT_GT(model.points.size(), 500);
  for (const auto& [id, point] : model.points) EXPECT_EQ(point.track.size(), 1);
}

TEST(Colmap, ViewsWithoutPointsKeepTheirEmptyLine) {
  const TemporaryFolder folder;
  Reconstruction r = sample_reconstruction();
  points_of(r) = {};
  write_colmap(r, 0, folder.path());
  EXPECT_EQ(read_colmap(folder.path()).images.size(), 4);
}

// The views of a reconstruction with these names, as the pictures that it was made from.
std::vector<View> views_named(Reconstruction& r, const std::vector<std::string>& names) {
  std::vector<View> views;
  points_of(r) = {};
  r.people.clear();
  r.frames[0].detections.clear();
  r.views.resize(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    r.views[i].name = names[i];
    r.views[i].camera_estimated = true;
    views.push_back({.name = names[i], .path = r.views[i].path, .image = r.frames[0].pictures[i]});
  }
  return views;
}

std::vector<std::string> picture_names(const ColmapModel& model) {
  std::vector<std::string> names;
  for (const auto& [id, image] : model.images) names.push_back(image.name);
  return names;
}

TEST(Colmap, PicturesHaveNamesThatNoReaderCutsInTwo) {
  const TemporaryFolder folder;
  Reconstruction r = sample_reconstruction();
  const std::string no_break_space = "\u00a0", ideographic_space = "\u3000";
  const auto views =
      views_named(r, {"left camera.jpg", "a" + no_break_space + "b" + ideographic_space + "\u5de6.png",
                      "line\nbreak\x1b[31m.jpg", "bytes\xff\xfe.jpg", "../out/.."});
  write_colmap(r, 0, folder.path(), views);
  const ColmapModel model = read_colmap(folder.path());
  EXPECT_THAT(picture_names(model),
              ::testing::ElementsAre("left_camera.jpg", "a_b_\u5de6.jpg", "line_break_[31m.jpg",
                                     "bytes__.jpg", "_/out/_.jpg"));
  for (const std::string& name : picture_names(model))
    EXPECT_TRUE(std::filesystem::is_regular_file(folder / "images" / name)) << name;
}

TEST(Colmap, FramesOfVideosArePicturesBesideTheModel) {
  const TemporaryFolder folder;
  Reconstruction r = sample_reconstruction();
  const auto views = views_named(r, {"walk.mp4", "walk.mov", "walk.jpg", "hall/walk.MTS"});
  write_colmap(r, 0, folder.path(), views);
  EXPECT_THAT(picture_names(read_colmap(folder.path())),
              ::testing::ElementsAre("walk.jpg", "walk_2.jpg", "walk_3.jpg", "hall/walk.jpg"));
  EXPECT_TRUE(testing::read_bytes(folder / "images/hall/walk.jpg").starts_with("\xFF\xD8\xFF"));
}

TEST(Colmap, PicturesThatAreUsedAsTheyAreKeepTheirBytes) {
  const TemporaryFolder folder;
  Reconstruction r = sample_reconstruction();
  auto views = views_named(r, {"photo.JPG", "without_ending", "drawing.png"});
  const std::vector<std::string> bytes = {"\xFF\xD8\xFF the first", "\xFF\xD8\xFF the second",
                                          "\x89PNG the third"};
  for (std::size_t i = 0; i < views.size(); ++i) {
    views[i].path = (folder / std::to_string(i)).string();
    views[i].as_stored = true;
    testing::write_bytes(views[i].path, bytes[i]);
  }
  write_colmap(r, 0, folder.path(), views);
  const auto names = picture_names(read_colmap(folder.path()));
  EXPECT_THAT(names, ::testing::ElementsAre("photo.JPG", "without_ending.jpg", "drawing.png"));
  for (std::size_t i = 0; i < names.size(); ++i)
    EXPECT_EQ(testing::read_bytes(folder / "images" / names[i]), bytes[i]);
}

TEST(Colmap, NamesAsLongAsFileSystemsAllowAreShortenedWhereTheirEndingGrows) {
  const TemporaryFolder folder;
  Reconstruction r = sample_reconstruction();
  const std::string longest = std::string(250, 'x') + "\u5de6";  // 253 bytes
  const auto views = views_named(r, {longest + ".m", longest + ".s"});
  write_colmap(r, 0, folder.path(), views);
  EXPECT_THAT(picture_names(read_colmap(folder.path())),
              ::testing::ElementsAre(std::string(250, 'x') + ".jpg", std::string(249, 'x') + "_2.jpg"));
}

TEST(Colmap, APictureThatIsGoneIsNamed) {
  const TemporaryFolder folder;
  Reconstruction r = sample_reconstruction();
  auto views = views_named(r, {"a.jpg", "b.jpg"});
  views.pop_back();
  EXPECT_THAT(sentence_of([&] { write_colmap(r, 0, folder.path(), views); }),
              HasSubstr(r.views[1].path + ": its picture cannot be read"));
}

TEST(Colmap, AnIntrinsicThatIsNotANumberIsRefusedAndNamed) {
  const TemporaryFolder folder;
  Reconstruction r = sample_reconstruction();
  r.views[0].cameras[0].K(0, 0) = std::numeric_limits<double>::infinity();
  EXPECT_THAT(sentence_of([&] { write_colmap(r, 0, folder.path()); }), HasSubstr("K of view zero.jpg"));
  EXPECT_EQ(folder.count(), 0);
}

}  // namespace
}  // namespace ahap
