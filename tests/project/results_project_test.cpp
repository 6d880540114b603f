#include "reconstruction/project/results_project.h"

#include <gmock/gmock.h>

#include "reconstruction/export/exporters.h"
#include "reconstruction/export/range_exporters.h"
#include "tests/project/same_result.h"
#include "tests/project/sample_project.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr ExportSelection kReadable = {.obj = false, .glb = false, .colmap = false, .npz = false};

TEST(ResultsProject, of_a_frame_has_what_was_exported) {
  const TemporaryFolder place;
  Reconstruction sample = sample_reconstruction();
  sample.people[0].name = "Ann";
  sample.frames[0].number = 7;
  sample.frames[0].runner_up = {.person_ids = {1, 2, 0, 1, 2, 1, 2, 1, 0}, .margin = 1.5};
  write_all(sample, 0, place.path(), kReadable);
  ASSERT_TRUE(is_results_folder(place.path()));
  const Project project = read_results_project(place.path());
  EXPECT_EQ(project.name, place.path().filename().string());
  EXPECT_EQ(project.frame, 7);
  EXPECT_EQ(project.capture.cameras.size(), 5u);

  Reconstruction expected = sample;
  expected.frames[0].pictures.clear();
  expected.views[4].cameras[0].world_from_camera.setIdentity();  // it has none
  for (Person& person : expected.people) person.bodies[0].mesh = {};
  Reconstruction read = *project.result;
  for (std::size_t p = 0; p < 2; ++p) {
    const TriangleMesh& mesh = read.people[p].bodies[0].mesh;
    EXPECT_EQ(mesh.positions, sample.people[p].bodies[0].mesh.positions);
    EXPECT_EQ(mesh.triangles, sample.people[p].bodies[0].mesh.triangles);
    EXPECT_EQ(mesh.normals.size(), mesh.positions.size());
    read.people[p].bodies[0].mesh = {};
  }
  expect_same(read, expected);
}

TEST(ResultsProject, of_a_range_has_every_pose_and_the_cameras_that_move) {
  const TemporaryFolder place;
  const Reconstruction sample = sample_range();
  ExportSelection selection = kReadable;
  selection.bvh = selection.trc = selection.c3d = selection.csv = selection.cameras = false;
  write_range(sample, place.path(), selection, {});
  const Project project = read_results_project(place.path());
  Reconstruction expected = sample;
  expected.views[2].cameras[0].world_from_camera.setIdentity();
  Reconstruction read = *project.result;
  read.body_model = expected.body_model = nullptr;
  expect_same(read, expected);
}

TEST(ResultsProject, without_points_and_meshes_opens_all_the_same) {
  const TemporaryFolder place;
  ExportSelection selection = kReadable;
  selection.ply = false;
  write_all(sample_reconstruction(), 0, place.path(), selection);
  const Project project = read_results_project(place.path());
  EXPECT_EQ(project.result->frames[0].points->size(), 0u);
  EXPECT_EQ(project.result->people.size(), 2u);
}

TEST(ResultsProject, that_is_damaged_names_the_file) {
  const TemporaryFolder place;
  write_all(sample_reconstruction(), 0, place.path(), kReadable);
  const std::string json = read_bytes(place / "reconstruction.json"),
                    points = read_bytes(place / "points.ply");
  const auto refusal = [&] { return sentence_of([&] { read_results_project(place.path()); }); };
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = json;
    EXPECT_NE(text.find(from), std::string::npos) << from;
    write_bytes(place / "reconstruction.json", text.replace(text.find(from), from.size(), to));
    return refusal();
  };
  EXPECT_THAT(changed("\"detections\": [0", "\"detections\": [99"),
              AllOf(HasSubstr("reconstruction.json"), HasSubstr("a detection that is not there")));
  EXPECT_THAT(changed("\"transl\": [", "\"transl\": [1e400, "), HasSubstr("too large"));
  EXPECT_THAT(changed("\"reference_view\": \"zero.jpg\"", "\"reference_view\": \"moon.jpg\""),
              HasSubstr("people[0].reference_view"));
  write_bytes(place / "reconstruction.json", json);
  write_bytes(place / "points.ply", points.substr(0, points.size() - 5));
  EXPECT_THAT(refusal(), AllOf(HasSubstr("points.ply is damaged"), HasSubstr("bytes")));
  write_bytes(place / "points.ply", "ply\nformat ascii 1.0\n");
  EXPECT_THAT(refusal(), HasSubstr("no PLY file that this program writes"));
}

}  // namespace
}  // namespace ahap
