#include <gmock/gmock.h>

#include <assimp/postprocess.h>
#include <assimp/scene.h>
#include <assimp/Importer.hpp>
#include <cstring>
#include <limits>
#include <sstream>

#include "reconstruction/export/exporters.h"
#include "reconstruction/palette.h"
#include "tests/fixtures/sample_reconstruction.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::HasSubstr;
using testing::in_its_frame;
using testing::points_of;
using testing::read_bytes;
using testing::sample_reconstruction;
using testing::sentence_of;
using testing::TemporaryFolder;

// A PLY file's header lines and what follows them.
struct Ply {
  std::vector<std::string> header;
  std::string body;
};

Ply read_ply(const std::filesystem::path& file) {
  const std::string bytes = read_bytes(file);
  const std::string end = "end_header\n";
  const std::size_t at = bytes.find(end);
  Ply ply{{}, bytes.substr(at + end.size())};
  std::istringstream lines(bytes.substr(0, at));
  for (std::string line; std::getline(lines, line);) ply.header.push_back(line);
  return ply;
}

TEST(PointsPly, HasTheHeaderThatPointCloudProgramsExpect) {
  const TemporaryFolder folder;
  const Reconstruction r = sample_reconstruction();
  write_points_ply(points_of(r), folder / "points.ply");
  EXPECT_THAT(read_ply(folder / "points.ply").header,
              ::testing::ElementsAre("ply", "format binary_little_endian 1.0", "comment metres, Y up",
                                     "element vertex " + std::to_string(points_of(r).size()),
                                     "property float x", "property float y", "property float z",
                                     "property uchar red", "property uchar green", "property uchar blue",
                                     "property float scalar_confidence", "property float scalar_view",
                                     "property float scalar_person"));
}

TEST(PointsPly, HoldsEveryPointWithItsColourAndScalars) {
  const TemporaryFolder folder;
  const Reconstruction r = sample_reconstruction();
  write_points_ply(points_of(r), folder / "points.ply");
  const std::string body = read_ply(folder / "points.ply").body;
  constexpr std::size_t stride = 3 * 4 + 3 + 3 * 4;
  ASSERT_EQ(body.size(), points_of(r).size() * stride);
  for (std::size_t i = 0; i < points_of(r).size(); ++i) {
    float position[3], scalars[3];
    std::memcpy(position, &body[i * stride], 12);
    std::memcpy(scalars, &body[i * stride + 15], 12);
    EXPECT_EQ(Eigen::Vector3f(position), points_of(r).positions[i]);
    EXPECT_EQ(std::memcmp(&body[i * stride + 12], points_of(r).colors[i].data(), 3), 0);
    EXPECT_EQ(scalars[0], points_of(r).confidence[i]);
    EXPECT_EQ(scalars[1], points_of(r).view[i]);
    EXPECT_EQ(scalars[2], points_of(r).person[i]);
  }
}

TEST(PointsPly, AssimpReadsPositionsAndColours) {
  const TemporaryFolder folder;
  const Reconstruction r = sample_reconstruction();
  write_points_ply(points_of(r), folder / "points.ply");
  Assimp::Importer importer;
  const aiScene* scene = importer.ReadFile((folder / "points.ply").string(), 0);
  ASSERT_TRUE(scene) << importer.GetErrorString();
  const aiMesh& mesh = *scene->mMeshes[0];
  ASSERT_EQ(mesh.mNumVertices, points_of(r).size());
  ASSERT_TRUE(mesh.HasVertexColors(0));
  for (std::size_t i = 0; i < points_of(r).size(); ++i) {
    EXPECT_EQ(mesh.mVertices[i].y, points_of(r).positions[i].y());
    EXPECT_NEAR(mesh.mColors[0][i].r, points_of(r).colors[i][0] / 255.0, 1e-6);
    EXPECT_NEAR(mesh.mColors[0][i].b, points_of(r).colors[i][2] / 255.0, 1e-6);
  }
}

TEST(PointsPly, AnEmptyCloudIsAValidFile) {
  const TemporaryFolder folder;
  write_points_ply(PointCloud(), folder / "points.ply");
  const Ply ply = read_ply(folder / "points.ply");
  EXPECT_THAT(ply.header, ::testing::Contains("element vertex 0"));
  EXPECT_TRUE(ply.body.empty());
}

TEST(PointsPly, APointThatIsNotANumberIsRefusedAndNamed) {
  const TemporaryFolder folder;
  Reconstruction r = sample_reconstruction();
  points_of(r).positions[17].z() = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(sentence_of([&] { write_points_ply(points_of(r), folder / "points.ply"); }),
              HasSubstr("position of point 17"));
  EXPECT_EQ(folder.count(), 0);
}

TEST(PersonPly, AssimpReadsTheBodyInTheIdentityColour) {
  const TemporaryFolder folder;
  for (const Person& person : sample_reconstruction().people) {
    write_person_ply(in_its_frame(person), folder / "01.ply");
    Assimp::Importer importer;
    const aiScene* scene = importer.ReadFile((folder / "01.ply").string(), 0);
    ASSERT_TRUE(scene) << importer.GetErrorString();
    const aiMesh& mesh = *scene->mMeshes[0];
    ASSERT_EQ(mesh.mNumVertices, person.bodies[0].mesh.positions.size());
    ASSERT_EQ(mesh.mNumFaces, person.bodies[0].mesh.triangles.size());
    ASSERT_TRUE(mesh.HasVertexColors(0) && mesh.HasNormals());
    const Eigen::Vector3f center = testing::kSampleBodies[person.id - 1].center.cast<float>();
    for (std::size_t i = 0; i < mesh.mNumVertices; ++i) {
      const aiVector3D &p = mesh.mVertices[i], &n = mesh.mNormals[i];
      EXPECT_EQ(Eigen::Vector3f(p.x, p.y, p.z), person.bodies[0].mesh.positions[i]);
      EXPECT_NEAR(n.Length(), 1, 1e-5);
      EXPECT_GT(Eigen::Vector3f(n.x, n.y, n.z).dot(person.bodies[0].mesh.positions[i] - center), 0)
          << "points inwards";
      for (int c = 0; c < 3; ++c)
        EXPECT_NEAR(mesh.mColors[0][i][c], person_color(person.id)[c] / 255.0, 1e-6);
    }
    for (std::size_t f = 0; f < mesh.mNumFaces; ++f) {
      for (int c = 0; c < 3; ++c)
        EXPECT_EQ(int(mesh.mFaces[f].mIndices[c]), person.bodies[0].mesh.triangles[f][c]);
    }
  }
}

TEST(PersonPly, AFullDiskIsReported) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  const Person person = sample_reconstruction().people[0];
  EXPECT_THAT(sentence_of([&] { write_person_ply(in_its_frame(person), "/dev/full"); }),
              HasSubstr("cannot write /dev/full: No space left on device"));
}

}  // namespace
}  // namespace ahap
