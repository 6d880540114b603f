#include <gmock/gmock.h>

#include <assimp/postprocess.h>
#include <assimp/scene.h>
#include <assimp/Importer.hpp>
#include <nlohmann/json.hpp>

#include "reconstruction/export/range_exporters.h"
#include "tests/fixtures/sample_range.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using testing::read_bytes;
using testing::sample_range;
using testing::smpl_parameters;
using testing::TemporaryFolder;

// The value of the last key that is not later than `time`; that of the node where there are no keys.
template <typename Key, typename Value>
Value value_at(const Key* keys, unsigned count, double time, Value value) {
  for (unsigned i = 0; i < count; ++i)
    if (i == 0 || keys[i].mTime <= time + 1e-3) value = keys[i].mValue;
  return value;
}

Eigen::Matrix4d matrix(const aiMatrix4x4& from) {
  Eigen::Matrix4d to;
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) to(i, j) = from[i][j];
  return to;
}

class RangeGlb : public ::testing::Test {
 protected:
  void write() {
    deviation = write_range_glb(r, folder / "scene.glb");
    const std::string bytes = read_bytes(folder / "scene.glb");
    gltf = json::parse(bytes.substr(20, *reinterpret_cast<const std::uint32_t*>(bytes.data() + 12)));
    scene = importer.ReadFile((folder / "scene.glb").string(), aiProcess_ValidateDataStructure);
    ASSERT_TRUE(scene) << importer.GetErrorString();
  }

  // From a node to the world as assimp reads the animation, at the time of a frame.
  Eigen::Matrix4d world_from(const std::string& name, int frame) const {
    const double time = (r.frames[frame].time - r.frames[0].time) * scene->mAnimations[0]->mTicksPerSecond;
    Eigen::Matrix4d world = Eigen::Matrix4d::Identity();
    for (const aiNode* at = scene->mRootNode->FindNode(name.c_str()); at; at = at->mParent)
      world = local(*at, time) * world;
    return world;
  }
  Eigen::Matrix4d local(const aiNode& node, double time) const {
    const aiAnimation& animation = *scene->mAnimations[0];
    for (unsigned c = 0; c < animation.mNumChannels; ++c) {
      const aiNodeAnim& channel = *animation.mChannels[c];
      if (channel.mNodeName != node.mName) continue;
      aiVector3D scale, place;
      aiQuaternion turn;
      node.mTransformation.Decompose(scale, turn, place);
      return matrix(aiMatrix4x4(value_at(channel.mScalingKeys, channel.mNumScalingKeys, time, scale),
                                value_at(channel.mRotationKeys, channel.mNumRotationKeys, time, turn),
                                value_at(channel.mPositionKeys, channel.mNumPositionKeys, time, place)));
    }
    return matrix(node.mTransformation);
  }
  // The vertices of a skinned mesh in the world.
  std::vector<Eigen::Vector3d> skinned(const aiMesh& mesh, int frame) const {
    std::vector<Eigen::Vector3d> vertices(mesh.mNumVertices, Eigen::Vector3d::Zero());
    for (unsigned b = 0; b < mesh.mNumBones; ++b) {
      const aiBone& bone = *mesh.mBones[b];
      const Eigen::Matrix4d world_from_rest =
          world_from(bone.mName.C_Str(), frame) * matrix(bone.mOffsetMatrix);
      for (unsigned w = 0; w < bone.mNumWeights; ++w) {
        const aiVector3D& v = mesh.mVertices[bone.mWeights[w].mVertexId];
        vertices[bone.mWeights[w].mVertexId] +=
            bone.mWeights[w].mWeight * (world_from_rest * Eigen::Vector4d(v.x, v.y, v.z, 1)).head<3>();
      }
    }
    return vertices;
  }
  const aiMesh& mesh_of(const std::string& name) const {
    return *scene->mMeshes[scene->mRootNode->FindNode(name.c_str())->mMeshes[0]];
  }

  const TemporaryFolder folder;
  Reconstruction r = sample_range();
  json gltf;
  Assimp::Importer importer;
  const aiScene* scene = nullptr;
  SkinningDeviation deviation;
};

TEST_F(RangeGlb, JointsMoveAsTheBodyModelSays) {
  write();
  ASSERT_EQ(scene->mNumAnimations, 1);
  for (const Person& person : r.people) {
    const std::string name = "person_0" + std::to_string(person.id);
    for (const BodyInFrame& body : person.bodies) {
      const auto expected = posed_joints(*r.body_model, smpl_parameters(person, body));
      for (int j = 0; j < kSmplJoints; ++j) {
        const Eigen::Matrix4d joint = world_from(name + "_" + std::string(kSmplJointNames[j]), body.frame);
        EXPECT_LT((joint.topRightCorner<3, 1>() - expected[j].cast<double>()).norm(), 1e-4)
            << kSmplJointNames[j] << " in frame " << body.frame;
      }
    }
  }
}

TEST_F(RangeGlb, SkinnedVerticesAreThoseOfTheShapeWithoutCorrectivesOfThePose) {
  write();
  auto plain = *r.body_model;  // has four weights a vertex
  plain.posedirs.setZero();
  const Person& person = r.people[0];
  for (const int b : {0, 2, 4}) {
    const Vertices expected = posed_vertices(plain, smpl_parameters(person, person.bodies[b]));
    const auto vertices = skinned(mesh_of("person_01_body"), person.bodies[b].frame);
    ASSERT_EQ(vertices.size(), expected.rows());
    for (std::size_t v = 0; v < vertices.size(); v += 7)
      EXPECT_LT((vertices[v] - expected.row(v).transpose().cast<double>()).norm(), 1e-4);
  }
  SmplParameters rest;
  rest.betas = person.betas;
  const Vertices expected = posed_vertices(*r.body_model, rest);
  for (unsigned v = 0; v < expected.rows(); v += 7) {
    const aiVector3D& position = mesh_of("person_01_body").mVertices[v];
    EXPECT_LT((Eigen::Vector3f(position.x, position.y, position.z) - expected.row(v).transpose()).norm(),
              1e-5);
  }
}

TEST_F(RangeGlb, APersonWithoutABodyIsScaledToNothing) {
  write();
  std::vector<int> hidden;
  for (int f = 0; f < 8; ++f)
    if (world_from("person_01_pelvis", f).topLeftCorner<3, 3>().norm() < 1e-9) hidden.push_back(f);
  EXPECT_THAT(hidden, ElementsAre(2, 6, 7));
  EXPECT_LT((world_from("person_02_head", 1).topLeftCorner<3, 3>().norm()), 1e-9);
  const json& animation = gltf["animations"][0];
  for (const json& channel : animation["channels"]) {
    const json& sampler = animation["samplers"][int(channel["sampler"])];
    EXPECT_EQ(sampler.value("interpolation", "LINEAR"),
              channel["target"]["path"] == "scale" ? "STEP" : "LINEAR");
  }
}

TEST_F(RangeGlb, CamerasThatMoveSeeAsTheirViewDoes) {
  write();
  EXPECT_EQ(scene->mNumCameras, 2);
  const Eigen::Vector3d X(0.1, 0.7, 0.2);
  for (const int f : {0, 3, 7}) {
    const Camera& camera = r.views[1].camera(f);
    const Eigen::Vector3d seen =  // glTF's camera looks along -Z
        (world_from("camera_walk.mp4", f).inverse() * X.homogeneous()).head<3>();
    const Eigen::Vector3d x = camera.K * Eigen::Vector3d(seen.x(), -seen.y(), -seen.z());
    EXPECT_LT((x.hnormalized() - *camera.project(X)).norm(), 1e-2);
  }
  const json& camera = gltf["cameras"][1]["perspective"];
  EXPECT_NEAR(camera["yfov"], 2 * std::atan(320 / r.views[1].camera(0).K(1, 1)), 1e-9);
  EXPECT_TRUE(scene->mRootNode->FindNode("frustum_walk.mp4"));
  EXPECT_TRUE(scene->mRootNode->FindNode("frustums"));
  EXPECT_EQ(mesh_of("points").mNumVertices, 50);
}

TEST_F(RangeGlb, TwoOfOneNameStayTwo) {
  r.people[0].name = r.people[1].name = "Zo\u00eb\t\"1\"";
  write();
  EXPECT_TRUE(scene->mRootNode->FindNode("Zo\u00eb_\"1\"_pelvis"));
  EXPECT_TRUE(scene->mRootNode->FindNode("Zo\u00eb_\"1\"_02_pelvis"));
}

TEST_F(RangeGlb, TellsHowFarItsBodiesAreFromSmpl) {
  write();
  EXPECT_GT(deviation.mean, 1e-5);
  EXPECT_GT(deviation.max, deviation.mean);
  const json& told = gltf["scenes"][0]["extras"]["skinning_deviation_mm"];
  EXPECT_NEAR(told["mean"], 1000 * deviation.mean, 1e-9);
  EXPECT_NEAR(told["max"], 1000 * deviation.max, 1e-9);
  EXPECT_NEAR(gltf["scenes"][0]["extras"]["frame_rate"], 25, 1e-9);

  BodyModel plain = *r.body_model;
  plain.posedirs.setZero();
  const Person& person = r.people[0];
  double largest = 0;
  for (const BodyInFrame& body : person.bodies) {
    const SmplParameters smpl = smpl_parameters(person, body);
    largest = std::max(
        largest,
        double(
            (posed_vertices(plain, smpl) - posed_vertices(*r.body_model, smpl)).rowwise().norm().maxCoeff()));
  }
  EXPECT_NEAR(skinning_deviation(*r.body_model, person).max, largest, 1e-5);
  EXPECT_NEAR(skinning_deviation(plain, person).max, 0, 1e-5) << "of a model without correctives";
}

TEST_F(RangeGlb, OneFrameAndNobodyAreValid) {
  r.frames.resize(1);
  r.views.resize(1);
  r.people.resize(1);
  r.people[0].bodies.resize(1);
  write();
  EXPECT_LT((world_from("person_01_head", 0).topRightCorner<3, 1>() -
             r.people[0].bodies[0].joints[15].cast<double>())
                .norm(),
            1e-4);
  r.people.clear();
  write();
  EXPECT_FALSE(gltf.contains("animations"));
}

}  // namespace
}  // namespace ahap
