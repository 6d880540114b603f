#include <array>
#include <set>

#include "reconstruction/body/body_mesh.h"
#include "reconstruction/body/posed_vertices.h"
#include "reconstruction/export/finite.h"
#include "reconstruction/export/gltf_scene.h"
#include "reconstruction/export/motion.h"
#include "reconstruction/export/names.h"
#include "reconstruction/export/plain_skinning.h"
#include "reconstruction/export/range_exporters.h"
#include "reconstruction/export/unit_normals.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/palette.h"

namespace ahap {
namespace {

using tinygltf::Model;
using tinygltf::Node;
using tinygltf::Value;

constexpr int kFloat = TINYGLTF_COMPONENT_TYPE_FLOAT;

std::vector<double> numbers(const Eigen::Vector3f& v) {
  return {v.x(), v.y(), v.z()};
}

std::vector<double> numbers(const Eigen::Vector4f& v) {
  return {v.x(), v.y(), v.z(), v.w()};
}

Value millimetres(const SkinningDeviation& deviation) {
  return Value(Value::Object{{"mean", Value(1000 * deviation.mean)}, {"max", Value(1000 * deviation.max)}});
}

// Keys of one animation, and its channels.
class Motions {
 public:
  Motions(Model& model, const Reconstruction& range) : model_(model), seconds_(clock_of(range).seconds) {
    animation_.name = "motion";
  }

  // An accessor of the times of these frames.
  int times(const std::vector<int>& frames) {
    std::vector<float> seconds;
    for (const int f : frames) seconds.push_back(float(seconds_.at(f)));
    const int accessor = add_accessor(model_, seconds, kFloat, TINYGLTF_TYPE_SCALAR);
    model_.accessors[accessor].minValues = {seconds.front()};
    model_.accessors[accessor].maxValues = {seconds.back()};
    return accessor;
  }
  void move(int node, int times, const std::vector<Eigen::Vector3f>& translations) {
    add(node, "translation", times, add_accessor(model_, translations, kFloat, TINYGLTF_TYPE_VEC3), "LINEAR");
  }
  void turn(int node, int times, const std::vector<Eigen::Vector4f>& rotations) {
    add(node, "rotation", times, add_accessor(model_, rotations, kFloat, TINYGLTF_TYPE_VEC4), "LINEAR");
  }
  void show(int node, int times, const std::vector<Eigen::Vector3f>& scales) {
    add(node, "scale", times, add_accessor(model_, scales, kFloat, TINYGLTF_TYPE_VEC3), "STEP");
  }
  void finish() {
    if (!animation_.channels.empty()) model_.animations.push_back(animation_);
  }

 private:
  void add(int node, const char* path, int times, int values, const char* interpolation) {
    tinygltf::AnimationSampler sampler;
    sampler.input = times;
    sampler.output = values;
    sampler.interpolation = interpolation;
    animation_.samplers.push_back(sampler);
    tinygltf::AnimationChannel channel;
    channel.sampler = int(animation_.samplers.size()) - 1;
    channel.target_node = node;
    channel.target_path = path;
    animation_.channels.push_back(channel);
  }

  Model& model_;
  std::vector<double> seconds_;
  tinygltf::Animation animation_;
};

// Successive quaternions without jumps of sign, as x y z w.
class Turning {
 public:
  void add(const Eigen::Quaterniond& q) {
    last_ = nearer(q, last_);
    rotations.push_back(last_.coeffs().cast<float>().normalized());
  }
  std::vector<Eigen::Vector4f> rotations;

 private:
  Eigen::Quaterniond last_ = Eigen::Quaterniond::Identity();
};

// The joints as nodes below `parent`, in the pose of the first body. The nodes' indices.
std::array<int, kSmplJoints> add_joints(Model& model, int parent, const std::string& name,
                                        const Person& person,
                                        const std::array<Eigen::Vector3f, kSmplJoints>& rest) {
  std::array<int, kSmplJoints> nodes;
  const BodyInFrame& first = person.bodies.front();
  for (int j = 0; j < kSmplJoints; ++j) {
    const int above = kSmplParents[j];
    Node node;
    node.name = name + "_" + std::string(kSmplJointNames[j]);
    const Eigen::Vector3f from_parent = above < 0 ? first.transl : Eigen::Vector3f(-rest[above]);
    node.translation = numbers(Eigen::Vector3f(rest[j] + from_parent));
    node.rotation = numbers(Eigen::Vector4f(quaternion(first.pose[j]).coeffs().cast<float>()));
    nodes[j] = int(model.nodes.size());
    model.nodes.push_back(node);
    model.nodes[above < 0 ? parent : nodes[above]].children.push_back(nodes[j]);
  }
  return nodes;
}

// The body of this shape at rest, and how it hangs on the joints.
void add_body(Model& model, const std::string& name, const Person& person, const BodyModel& body,
              const std::array<int, kSmplJoints>& joints,
              const std::array<Eigen::Vector3f, kSmplJoints>& rest) {
  const TriangleMesh mesh = mesh_of(body, rest_of(person));
  tinygltf::Primitive primitive =
      surface(model, mesh.positions, unit_normals(mesh), mesh.triangles, name, person_color(person.id));
  std::vector<std::array<std::uint8_t, 4>> skin_joints;
  std::vector<std::array<float, 4>> skin_weights;
  for (const VertexSkin& vertex : plain_skin(body)) {
    skin_joints.push_back(vertex.joints);
    skin_weights.push_back(vertex.weights);
  }
  primitive.attributes["JOINTS_0"] = add_accessor(model, skin_joints, TINYGLTF_COMPONENT_TYPE_UNSIGNED_BYTE,
                                                  TINYGLTF_TYPE_VEC4, TINYGLTF_TARGET_ARRAY_BUFFER);
  primitive.attributes["WEIGHTS_0"] =
      add_accessor(model, skin_weights, kFloat, TINYGLTF_TYPE_VEC4, TINYGLTF_TARGET_ARRAY_BUFFER);

  std::vector<Eigen::Matrix4f> joint_from_rest;
  for (const Eigen::Vector3f& joint : rest) {
    Eigen::Matrix4f& matrix = joint_from_rest.emplace_back(Eigen::Matrix4f::Identity());
    matrix.topRightCorner<3, 1>() = -joint;
  }
  tinygltf::Skin skin;
  skin.name = name;
  skin.joints.assign(joints.begin(), joints.end());
  skin.skeleton = joints[0];
  skin.inverseBindMatrices = add_accessor(model, joint_from_rest, kFloat, TINYGLTF_TYPE_MAT4);
  model.skins.push_back(skin);

  Node node;
  node.name = name + "_body";
  node.mesh = add_mesh(model, node.name, primitive);
  node.skin = int(model.skins.size()) - 1;
  add_node(model, node);
}

// Scale 0 in steps where the person has no body.
void animate_visibility(Motions& motions, int pelvis, const Person& person, int num_frames) {
  std::vector<bool> there(num_frames, false);
  for (const BodyInFrame& body : person.bodies) there.at(body.frame) = true;
  std::vector<int> changes;
  std::vector<Eigen::Vector3f> scales;
  for (int f = 0; f < num_frames; ++f) {
    if (f > 0 && there[f] == there[f - 1]) continue;
    changes.push_back(f);
    scales.push_back(Eigen::Vector3f::Constant(there[f] ? 1.f : 0.f));
  }
  if (changes.size() > 1) motions.show(pelvis, motions.times(changes), scales);
}

void animate_body(Motions& motions, const std::array<int, kSmplJoints>& joints, const Person& person,
                  const Eigen::Vector3f& pelvis_at_rest) {
  std::vector<int> frames;
  std::vector<Eigen::Vector3f> pelvis;
  for (const BodyInFrame& body : person.bodies) {
    frames.push_back(body.frame);
    pelvis.push_back(pelvis_at_rest + body.transl);
  }
  const int times = motions.times(frames);
  motions.move(joints[0], times, pelvis);
  for (int j = 0; j < kSmplJoints; ++j) {
    Turning turning;
    for (const BodyInFrame& body : person.bodies) turning.add(quaternion(body.pose[j]));
    motions.turn(joints[j], times, turning.rotations);
  }
}

SkinningDeviation add_person(Model& model, Motions& motions, const std::string& name, const Person& person,
                             const Reconstruction& range) {
  const BodyModel& body = *range.body_model;
  const SkinningDeviation deviation = skinning_deviation(body, person);
  Node node;
  node.name = name;
  node.extras = Value(Value::Object{{"person_id", Value(person.id)},
                                    {"height", Value(person.height)},
                                    {"skinning_deviation_mm", millimetres(deviation)}});
  const int parent = add_node(model, node);
  const auto rest = posed_joints(body, rest_of(person));
  const auto joints = add_joints(model, parent, name, person, rest);
  add_body(model, name, person, body, joints, rest);
  animate_body(motions, joints, person, rest[0]);
  animate_visibility(motions, joints[0], person, int(range.frames.size()));
  return deviation;
}

// A camera that moves, with its own pyramid in the node's axes.
void add_moving_camera(Model& model, Motions& motions, const ReconstructedView& view) {
  const int node = add_camera(model, view.name, view.camera(0));
  Camera at_origin = view.camera(0);
  at_origin.world_from_camera.setIdentity();
  at_origin.world_from_camera.linear() = Eigen::Vector3d(1, -1, -1).asDiagonal();
  Node pyramid;
  pyramid.name = "frustum_" + model.nodes[node].name.substr(std::string("camera_").size());
  pyramid.mesh = add_mesh(model, pyramid.name, frustums(model, {at_origin}));
  model.nodes[node].children.push_back(int(model.nodes.size()));
  model.nodes.push_back(pyramid);

  std::vector<int> frames;
  std::vector<Eigen::Vector3f> centers;
  Turning turning;
  for (const Camera& camera : view.cameras) {
    frames.push_back(int(frames.size()));
    centers.push_back(camera.center().cast<float>());
    turning.add(gltf_rotation(camera));
  }
  const int times = motions.times(frames);
  motions.move(node, times, centers);
  motions.turn(node, times, turning.rotations);
}

void add_cameras(Model& model, Motions& motions, const Reconstruction& range) {
  std::vector<Camera> still;
  for (const ReconstructedView& view : range.views) {
    if (!view.camera_estimated) continue;
    if (view.cameras.size() > 1) {
      add_moving_camera(model, motions, view);
    } else {
      add_camera(model, view.name, view.camera(0));
      still.push_back(view.camera(0));
    }
  }
  if (!still.empty()) add_mesh_node(model, "frustums", frustums(model, still));
}

}  // namespace

SkinningDeviation write_range_glb(const Reconstruction& reconstruction, const std::filesystem::path& file) {
  require_finite(reconstruction);
  for (const Person& person : reconstruction.people) require_motion(reconstruction, person);
  Model model = new_gltf(reconstruction);
  Motions motions(model, reconstruction);
  add_points(model, *reconstruction.frames.at(0).points);
  SkinningDeviation all;
  double bodies = 0;
  std::set<std::string> names;
  for (const Person& person : reconstruction.people) {
    if (person.bodies.empty()) continue;
    std::string name = lossless_utf8(object_name(person));
    if (!names.insert(name).second) name += "_" + two_digits(person.id);  // two of one name
    const SkinningDeviation own = add_person(model, motions, name, person, reconstruction);
    bodies += double(person.bodies.size());
    all.mean += (own.mean - all.mean) * double(person.bodies.size()) / bodies;
    all.max = std::max(all.max, own.max);
  }
  add_cameras(model, motions, reconstruction);
  motions.finish();
  model.scenes[0].extras = Value(Value::Object{{"frame_rate", Value(frame_rate(reconstruction))},
                                               {"skinning_deviation_mm", millimetres(all)}});
  write_gltf(model, file);
  return all;
}

}  // namespace ahap
