#include <gmock/gmock.h>

#include <assimp/material.h>
#include <assimp/postprocess.h>
#include <assimp/scene.h>
#include <assimp/Importer.hpp>
#include <clocale>
#include <limits>
#include <locale>

#include "reconstruction/export/exporters.h"
#include "reconstruction/palette.h"
#include "tests/fixtures/sample_reconstruction.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::HasSubstr;
using testing::in_its_frame;
using testing::read_bytes;
using testing::sample_reconstruction;
using testing::sentence_of;
using testing::TemporaryFolder;

TEST(PersonObj, AssimpReadsTheBodyWithItsNameAndMaterial) {
  const TemporaryFolder folder;
  const Person person = sample_reconstruction().people[1];
  write_person_obj(in_its_frame(person), folder / "02.obj");
  Assimp::Importer importer;
  const aiScene* scene = importer.ReadFile((folder / "02.obj").string(), aiProcess_JoinIdenticalVertices);
  ASSERT_TRUE(scene) << importer.GetErrorString();
  ASSERT_EQ(scene->mNumMeshes, 1);
  const aiMesh& mesh = *scene->mMeshes[0];
  EXPECT_STREQ(mesh.mName.C_Str(), "person_02");
  EXPECT_EQ(mesh.mNumVertices, person.bodies[0].mesh.positions.size());
  ASSERT_EQ(mesh.mNumFaces, person.bodies[0].mesh.triangles.size());
  for (std::size_t f = 0; f < mesh.mNumFaces; ++f) {
    for (int c = 0; c < 3; ++c) {
      const aiVector3D& p = mesh.mVertices[mesh.mFaces[f].mIndices[c]];
      EXPECT_LT((Eigen::Vector3f(p.x, p.y, p.z) -
                 person.bodies[0].mesh.positions[person.bodies[0].mesh.triangles[f][c]])
                    .norm(),
                2e-6);
    }
  }
  const aiMaterial& material = *scene->mMaterials[mesh.mMaterialIndex];
  aiColor3D diffuse;
  ASSERT_EQ(material.Get(AI_MATKEY_COLOR_DIFFUSE, diffuse), AI_SUCCESS);
  EXPECT_STREQ(const_cast<aiMaterial&>(material).GetName().C_Str(), "person_02");
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(diffuse[c], person_color(2)[c] / 255.0, 1e-5);
}

TEST(PersonObj, NamesItsMaterialFileAndGroup) {
  const TemporaryFolder folder;
  write_person_obj(in_its_frame(sample_reconstruction().people[0]), folder / "01.obj");
  const std::string text = read_bytes(folder / "01.obj");
  EXPECT_THAT(text, HasSubstr("\nmtllib 01.mtl\n"));
  EXPECT_THAT(text, HasSubstr("\ng person_01\nusemtl person_01\nf "));
  EXPECT_THAT(read_bytes(folder / "01.mtl"),
              ::testing::StartsWith("newmtl person_01\nKd 0.901961 0.623529 0\n"));
}

// A window library may set a locale with decimal commas.
struct DecimalComma : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  std::string do_grouping() const override { return "\3"; }
  char do_thousands_sep() const override { return '.'; }
};

TEST(PersonObj, IsTheSameInEveryCountry) {
  const TemporaryFolder folder;
  const Person person = sample_reconstruction().people[0];
  write_person_obj(in_its_frame(person), folder / "a.obj");
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new DecimalComma));
  write_person_obj(in_its_frame(person), folder / "b.obj");
  std::locale::global(before);
  std::string a = read_bytes(folder / "a.obj"), b = read_bytes(folder / "b.obj");
  EXPECT_EQ(a.replace(a.find("a.mtl"), 5, ""), b.replace(b.find("b.mtl"), 5, ""));
}

TEST(PersonObj, ABodyThatIsNotANumberIsRefusedAndNamed) {
  const TemporaryFolder folder;
  Person person = sample_reconstruction().people[1];
  person.bodies[0].mesh.positions[3].x() = std::numeric_limits<float>::infinity();
  EXPECT_THAT(sentence_of([&] { write_person_obj(in_its_frame(person), folder / "02.obj"); }),
              HasSubstr("mesh of person_02"));
  EXPECT_EQ(folder.count(), 0);
}

}  // namespace
}  // namespace ahap
