#include <gmock/gmock.h>

#include <assimp/material.h>
#include <assimp/postprocess.h>
#include <assimp/scene.h>
#include <assimp/Importer.hpp>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "reconstruction/export/exporters.h"
#include "reconstruction/palette.h"
#include "tests/fixtures/sample_reconstruction.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using nlohmann::json;
using testing::empty_reconstruction;
using ::testing::HasSubstr;
using testing::points_of;
using testing::read_bytes;
using testing::sample_reconstruction;
using testing::sentence_of;
using testing::TemporaryFolder;

// The two chunks of a GLB file, taken apart by the specification's section 4.4 and checked against it.
struct Glb {
  json scene;
  std::string binary;
};

Glb read_glb(const std::filesystem::path& file) {
  const std::string bytes = read_bytes(file);
  const auto word = [&](std::size_t at) {
    std::uint32_t value;
    std::memcpy(&value, bytes.data() + at, 4);
    return value;
  };
  EXPECT_EQ(bytes.substr(0, 4), "glTF");
  EXPECT_EQ(word(4), 2);
  EXPECT_EQ(word(8), bytes.size());
  EXPECT_EQ(word(12) % 4, 0);
  EXPECT_EQ(bytes.substr(16, 4), "JSON");
  Glb glb{json::parse(bytes.substr(20, word(12))), {}};
  const std::size_t second = 20 + word(12);
  if (second < bytes.size()) {
    EXPECT_EQ(word(second) % 4, 0);
    EXPECT_EQ(bytes.substr(second + 4, 4), std::string("BIN\0", 4));
    glb.binary = bytes.substr(second + 8);
    EXPECT_EQ(glb.binary.size(), word(second));
  }
  return glb;
}

const json& node(const Glb& glb, std::string_view name) {
  for (const json& node : glb.scene.at("nodes")) {
    if (node.at("name") == name) return node;
  }
  throw std::runtime_error("no node " + std::string(name));
}

class SampleGlb : public ::testing::Test {
 protected:
  void SetUp() override {
    write_glb(r, 0, folder / "scene.glb");
    glb = read_glb(folder / "scene.glb");
    scene = importer.ReadFile((folder / "scene.glb").string(), aiProcess_ValidateDataStructure);
    ASSERT_TRUE(scene) << importer.GetErrorString();
  }
  // World matrix of a node as assimp composes it.
  Eigen::Matrix4d world_from(const std::string& name) const {
    Eigen::Matrix4d world = Eigen::Matrix4d::Identity();
    for (const aiNode* at = scene->mRootNode->FindNode(name.c_str()); at; at = at->mParent) {
      Eigen::Matrix4d parent_from_node;
      for (int i = 0; i < 4; ++i) {
        for (int j = 0; j < 4; ++j) parent_from_node(i, j) = at->mTransformation[i][j];
      }
      world = parent_from_node * world;
    }
    return world;
  }
  const aiMesh& mesh_of(const std::string& name) const {
    return *scene->mMeshes[scene->mRootNode->FindNode(name.c_str())->mMeshes[0]];
  }

  const TemporaryFolder folder;
  const Reconstruction r = sample_reconstruction();
  Glb glb;
  Assimp::Importer importer;
  const aiScene* scene = nullptr;
};

TEST_F(SampleGlb, NodesAreNamedAfterWhatTheyShow) {
  std::vector<std::string> names;
  for (const json& node : glb.scene.at("nodes")) names.push_back(node.at("name"));
  EXPECT_THAT(names,
              ::testing::ElementsAre("points", "person_01", "person_02", "camera_zero.jpg", "camera_one.jpg",
                                     "camera_two.jpg", "camera_three.jpg", "frustums"));
  for (const std::string& name : names) EXPECT_TRUE(scene->mRootNode->FindNode(name.c_str())) << name;
}

TEST_F(SampleGlb, PointsKeepTheirPlacesAndHaveLinearColours) {
  const aiMesh& mesh = mesh_of("points");
  EXPECT_EQ(mesh.mPrimitiveTypes, aiPrimitiveType_POINT);
  ASSERT_EQ(mesh.mNumVertices, points_of(r).size());
  ASSERT_TRUE(mesh.HasVertexColors(0));
  for (std::size_t i = 0; i < points_of(r).size(); ++i) {
    const aiVector3D& p = mesh.mVertices[i];
    EXPECT_EQ(Eigen::Vector3f(p.x, p.y, p.z), points_of(r).positions[i]);
    for (int c = 0; c < 3; ++c) {
      const double srgb = points_of(r).colors[i][c] / 255.0;
      EXPECT_NEAR(mesh.mColors[0][i][c], srgb < 0.04 ? srgb / 12.92 : std::pow((srgb + 0.055) / 1.055, 2.4),
                  0.51 / 65535);
    }
    EXPECT_EQ(mesh.mColors[0][i].a, 1);
  }
}

TEST_F(SampleGlb, BodiesAreClosedMeshesInTheIdentityColour) {
  for (const Person& person : r.people) {
    const std::string name = "person_0" + std::to_string(person.id);
    const aiMesh& mesh = mesh_of(name);
    ASSERT_EQ(mesh.mNumVertices, person.bodies[0].mesh.positions.size());
    ASSERT_EQ(mesh.mNumFaces, person.bodies[0].mesh.triangles.size());
    ASSERT_TRUE(mesh.HasNormals());
    for (std::size_t i = 0; i < mesh.mNumVertices; ++i) {
      const aiVector3D& p = mesh.mVertices[i];
      EXPECT_EQ(Eigen::Vector3f(p.x, p.y, p.z), person.bodies[0].mesh.positions[i]);
      EXPECT_NEAR(mesh.mNormals[i].Length(), 1, 1e-6);
    }
    for (std::size_t f = 0; f < mesh.mNumFaces; ++f) {
      for (int c = 0; c < 3; ++c)
        EXPECT_EQ(int(mesh.mFaces[f].mIndices[c]), person.bodies[0].mesh.triangles[f][c]);
    }
    const aiMaterial& material = *scene->mMaterials[mesh.mMaterialIndex];
    aiColor4D color;
    ASSERT_EQ(material.Get(AI_MATKEY_BASE_COLOR, color), AI_SUCCESS);
    for (int c = 0; c < 3; ++c) {
      const double srgb = person_color(person.id)[c] / 255.0;
      EXPECT_NEAR(color[c], srgb < 0.04 ? srgb / 12.92 : std::pow((srgb + 0.055) / 1.055, 2.4), 1e-6) << name;
    }
  }
}

TEST_F(SampleGlb, ACameraNodeSeesAPointInTheSamePixelAsItsView) {
  for (const ReconstructedView& view : r.views) {
    if (!view.camera_estimated) continue;
    const json& extras = node(glb, "camera_" + view.name).at("extras");
    EXPECT_EQ(extras.at("image"), view.name);
    EXPECT_EQ(extras.at("width"), view.cameras[0].width);
    EXPECT_EQ(extras.at("height"), view.cameras[0].height);
    Eigen::Matrix3d K;
    for (int i = 0; i < 3; ++i) {
      for (int j = 0; j < 3; ++j) K(i, j) = extras.at("K").at(i).at(j);
    }
    const Eigen::Matrix4d camera_from_world = world_from("camera_" + view.name).inverse();
    for (std::size_t i = 0; i < points_of(r).size(); i += 7) {
      const auto expected = view.cameras[0].project(points_of(r).positions[i].cast<double>());
      const Eigen::Vector4d X = camera_from_world * points_of(r).positions[i].cast<double>().homogeneous();
      EXPECT_EQ(X.z() < 0, expected.has_value());  // a glTF camera looks along -Z
      if (!expected) continue;
      const Eigen::Vector3d x = K * Eigen::Vector3d(X.x(), -X.y(), -X.z());
      EXPECT_LT((x.hnormalized() - *expected).norm(), 1e-2) << view.name;  // assimp's matrices are floats
    }
  }
}

TEST_F(SampleGlb, ACameraWithItsPrincipalPointInTheMiddleNeedsNoExtras) {
  const ReconstructedView& view = r.views[1];
  const json& node = ::ahap::node(glb, "camera_one.jpg");
  const json& perspective = glb.scene.at("cameras").at(node.at("camera").get<int>()).at("perspective");
  const Eigen::Quaterniond q(node.at("rotation")[3], node.at("rotation")[0], node.at("rotation")[1],
                             node.at("rotation")[2]);
  const Eigen::Vector3d t(node.at("translation")[0], node.at("translation")[1], node.at("translation")[2]);
  EXPECT_NEAR(q.norm(), 1, 1e-12);
  const double tan_half = std::tan(perspective.at("yfov").get<double>() / 2);
  const double aspect = perspective.at("aspectRatio");
  EXPECT_NEAR(aspect, 480.0 / 640.0, 1e-12);
  for (const Eigen::Vector3f& position : points_of(r).positions) {
    const auto expected = view.cameras[0].project(position.cast<double>());
    const Eigen::Vector3d X = q.inverse() * (position.cast<double>() - t);
    if (!expected) continue;
    const double ndc_x = X.x() / (-X.z() * tan_half * aspect), ndc_y = X.y() / (-X.z() * tan_half);
    EXPECT_NEAR((ndc_x + 1) / 2 * view.cameras[0].width, expected->x(), 1e-6);
    EXPECT_NEAR((1 - ndc_y) / 2 * view.cameras[0].height, expected->y(), 1e-6);
  }
}

TEST_F(SampleGlb, AssimpFindsTheCamerasOfTheEstimatedViews) {
  ASSERT_EQ(scene->mNumCameras, 4);
  const Eigen::Vector3d forward =
      world_from("camera_zero.jpg").topLeftCorner<3, 3>() * Eigen::Vector3d(0, 0, -1);
  const Eigen::Vector3d towards = (Eigen::Vector3d(0, 0.8, 0) - r.views[0].cameras[0].center()).normalized();
  EXPECT_LT((forward - towards).norm(), 1e-5);
  const Eigen::Vector3d up = world_from("camera_zero.jpg").topLeftCorner<3, 3>() * Eigen::Vector3d(0, 1, 0);
  EXPECT_GT(up.y(), 0.9);
}

TEST_F(SampleGlb, FrustumsAreLinesThatStartAtTheCameraCentres) {
  const aiMesh& mesh = mesh_of("frustums");
  EXPECT_EQ(mesh.mPrimitiveTypes, aiPrimitiveType_LINE);
  ASSERT_EQ(mesh.mNumVertices, 4 * 5);
  EXPECT_EQ(mesh.mNumFaces, 4 * 8);
  for (int v = 0; v < 4; ++v) {
    const aiVector3D& p = mesh.mVertices[5 * v];
    EXPECT_LT((Eigen::Vector3d(p.x, p.y, p.z) - r.views[v].cameras[0].center()).norm(), 1e-6);
  }
}

TEST_F(SampleGlb, AccessorsFitTheirBufferAndStateTheBounds) {
  EXPECT_EQ(glb.scene.at("asset").at("version"), "2.0");
  const std::map<std::string, std::size_t> components = {{"SCALAR", 1}, {"VEC3", 3}, {"VEC4", 4}};
  const std::map<int, std::size_t> bytes = {{5123, 2}, {5125, 4}, {5126, 4}};
  for (const json& accessor : glb.scene.at("accessors")) {
    const json& view = glb.scene.at("bufferViews").at(accessor.at("bufferView").get<int>());
    const std::size_t length = accessor.at("count").get<std::size_t>() * components.at(accessor.at("type")) *
                               bytes.at(accessor.at("componentType"));
    EXPECT_EQ(view.at("byteLength"), length);
    EXPECT_EQ(view.value("byteOffset", 0) % 4, 0);
    EXPECT_LE(view.value("byteOffset", std::size_t(0)) + length, glb.binary.size());
  }
  for (const json& mesh : glb.scene.at("meshes")) {
    const json& accessor =
        glb.scene.at("accessors").at(mesh.at("primitives")[0].at("attributes").at("POSITION").get<int>());
    const auto offset =
        glb.scene.at("bufferViews").at(accessor.at("bufferView").get<int>()).value("byteOffset", 0);
    const Eigen::Map<const Eigen::Matrix<float, 3, Eigen::Dynamic>> positions(
        reinterpret_cast<const float*>(glb.binary.data() + offset), 3, accessor.at("count").get<int>());
    for (int axis = 0; axis < 3; ++axis) {
      EXPECT_EQ(accessor.at("min")[axis].get<float>(), positions.row(axis).minCoeff());
      EXPECT_EQ(accessor.at("max")[axis].get<float>(), positions.row(axis).maxCoeff());
    }
  }
}

TEST(Glb, AKnownMiddleGreyBecomesItsLinearValue) {
  const TemporaryFolder folder;
  Reconstruction r = empty_reconstruction();
  points_of(r) = {{{1, 2, 3}}, {{188, 0, 255}}, {1}, {0}, {0}};
  write_glb(r, 0, folder / "scene.glb");
  const Glb glb = read_glb(folder / "scene.glb");
  const json& accessor = glb.scene.at("accessors").at(1);
  EXPECT_TRUE(accessor.at("normalized"));
  const int offset = glb.scene.at("bufferViews").at(1).at("byteOffset");
  EXPECT_EQ(glb.binary.substr(offset, 8),
            std::string("\xBD\x80\0\0\xFF\xFF\xFF\xFF", 8));  // sRGB 188 is half the light
}

TEST(Glb, AnEmptyReconstructionIsAValidFile) {
  const TemporaryFolder folder;
  write_glb(empty_reconstruction(), 0, folder / "scene.glb");
  EXPECT_EQ(read_glb(folder / "scene.glb").scene.at("asset").at("version"), "2.0");
}

TEST(Glb, AFileNameThatIsNotUtf8IsEscaped) {
  const TemporaryFolder folder;
  Reconstruction r = sample_reconstruction();
  r.views[0].name = "caf\xE9.jpg";
  write_glb(r, 0, folder / "scene.glb");
  EXPECT_NO_THROW(node(read_glb(folder / "scene.glb"), "camera_caf\\xe9.jpg"));
}

TEST(Glb, ACameraThatIsNotANumberIsRefusedAndNamed) {
  const TemporaryFolder folder;
  Reconstruction r = sample_reconstruction();
  r.views[2].cameras[0].world_from_camera.translation().x() = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(sentence_of([&] { write_glb(r, 0, folder / "scene.glb"); }), HasSubstr("pose of view two.jpg"));
  EXPECT_EQ(folder.count(), 0);
}

// glTF wants linear colours; with 8 bits the darkest 44 of sRGB's tones would become 7.
TEST(Glb, EveryToneOfThePointsSurvives) {
  const TemporaryFolder folder;
  Reconstruction r = empty_reconstruction();
  for (int tone = 0; tone < 256; ++tone) {
    points_of(r).positions.push_back({float(tone), 0, 0});
    points_of(r).colors.push_back({std::uint8_t(tone), std::uint8_t(255 - tone), 7});
    points_of(r).confidence.push_back(1);
    points_of(r).view.push_back(0);
    points_of(r).person.push_back(0);
  }
  write_glb(r, 0, folder / "scene.glb");
  const auto [scene, binary] = read_glb(folder / "scene.glb");
  const json& accessor =
      scene["accessors"][int(scene["meshes"][0]["primitives"][0]["attributes"]["COLOR_0"])];
  EXPECT_EQ(accessor["componentType"], 5123) << "unsigned short";
  EXPECT_EQ(accessor["normalized"], true);
  const std::size_t start = scene["bufferViews"][int(accessor["bufferView"])].value("byteOffset", 0);
  for (int tone = 0; tone < 256; ++tone) {
    std::uint16_t stored[4];
    std::memcpy(stored, binary.data() + start + 8 * std::size_t(tone), sizeof stored);
    const double linear = stored[0] / 65535.0;
    const double srgb =
        255 * (linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - 0.055);
    EXPECT_NEAR(srgb, tone, 0.05);
    EXPECT_EQ(stored[3], 65535);
  }
}

TEST(Glb, AFullDiskIsReported) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  EXPECT_THAT(sentence_of([&] { write_glb(sample_reconstruction(), 0, "/dev/full"); }),
              HasSubstr("cannot write /dev/full: No space left on device"));
}

}  // namespace
}  // namespace ahap
