#include <gmock/gmock.h>

#include <algorithm>
#include <limits>

#include "reconstruction/export/exporters.h"
#include "tests/fixtures/sample_reconstruction.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::read_bytes;
using testing::sample_reconstruction;
using testing::sentence_of;
using testing::TemporaryFolder;
using testing::write_bytes;

std::vector<std::string> files_under(const std::filesystem::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(std::filesystem::relative(entry.path(), folder).string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST(WriteAll, LaysOutEveryFormat) {
  const TemporaryFolder folder;
  write_all(sample_reconstruction(), 0, folder / "new/result");
  EXPECT_THAT(
      files_under(folder / "new/result"),
      ElementsAre("colmap/sparse/0/cameras.txt", "colmap/sparse/0/images.txt", "colmap/sparse/0/points3D.txt",
                  "people/01.mtl", "people/01.obj", "people/01.ply", "people/02.mtl", "people/02.obj",
                  "people/02.ply", "points.ply", "reconstruction.json", "scene.glb", "smpl/01.npz",
                  "smpl/01_smplh.npz", "smpl/02.npz", "smpl/02_smplh.npz"));
}

TEST(WriteAll, WholeBodiesHaveAFolderOfTheirOwn) {
  const TemporaryFolder folder;
  Reconstruction reconstruction = sample_reconstruction();
  for (Person& person : reconstruction.people) {
    person.bodies[0].smplx.emplace();
    person.smplx_betas.assign(10, 0);
  }
  write_all(reconstruction, 0, folder.path(),
            {.ply = false, .obj = false, .glb = false, .colmap = false, .npz = true, .json = false});
  EXPECT_THAT(files_under(folder.path()), ElementsAre("smplx/01.npz", "smplx/02.npz"));
}

TEST(WriteAll, WritesOnlyWhatIsSelected) {
  const TemporaryFolder folder;
  write_all(sample_reconstruction(), 0, folder.path(),
            {.ply = false, .obj = false, .glb = true, .colmap = false, .npz = false, .json = true});
  EXPECT_THAT(files_under(folder.path()), ElementsAre("reconstruction.json", "scene.glb"));
}

TEST(WriteAll, TheSameReconstructionGivesTheSameBytes) {
  const TemporaryFolder folder;
  write_all(sample_reconstruction(), 0, folder / "a");
  write_all(sample_reconstruction(), 0, folder / "b");
  for (const std::string& file : files_under(folder / "a")) {
    EXPECT_EQ(read_bytes(folder / "a" / file), read_bytes(folder / "b" / file)) << file;
  }
}

TEST(WriteAll, ASceneWithoutPeopleHasNoEmptyFolders) {
  const TemporaryFolder folder;
  Reconstruction r = sample_reconstruction();
  r.people.clear();
  write_all(r, 0, folder.path());
  EXPECT_FALSE(std::filesystem::exists(folder / "people"));
  EXPECT_FALSE(std::filesystem::exists(folder / "smpl"));
}

TEST(WriteAll, OtherFilesInTheFolderStay) {
  const TemporaryFolder folder;
  write_bytes(folder / "notes.txt", "mine");
  write_all(sample_reconstruction(), 0, folder.path());
  EXPECT_EQ(read_bytes(folder / "notes.txt"), "mine");
}

TEST(WriteAll, AFileInTheWayOfTheFolderIsNamed) {
  const TemporaryFolder folder;
  write_bytes(folder / "result", "a file");
  EXPECT_THAT(sentence_of([&] { write_all(sample_reconstruction(), 0, folder / "result"); }),
              HasSubstr("cannot create the folder " + (folder / "result").string()));
  EXPECT_EQ(read_bytes(folder / "result"), "a file");
}

TEST(WriteAll, AFolderThatCannotBeMadeIsNamed) {
  EXPECT_THAT(sentence_of([] { write_all(sample_reconstruction(), 0, "/proc/ahap-test"); }),
              HasSubstr("cannot create the folder /proc/ahap-test: "));
}

TEST(WriteAll, ANumberThatIsNotFiniteStopsItBeforeTheFirstFile) {
  const TemporaryFolder folder;
  Reconstruction r = sample_reconstruction();
  r.people[1].bodies[0].joints[2].x() = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(sentence_of([&] { write_all(r, 0, folder / "result"); }), HasSubstr("joints of person_02"));
  EXPECT_FALSE(std::filesystem::exists(folder / "result"));
}

}  // namespace
}  // namespace ahap
