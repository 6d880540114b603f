#include "reconstruction/evaluation/reconstruction_file.h"

#include <map>

#include "reconstruction/formats/json_file.h"

namespace ahap {
namespace {

using Json = JsonReader::Json;

std::string entry(const char* list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

ReconstructedView read_view(const JsonReader& in, const Json& json, const std::string& where) {
  ReconstructedView view;
  view.name = in.text(json, where, "name");
  view.camera_estimated = in.flag(json, where, "camera_estimated");
  Camera& camera = view.cameras.emplace_back();
  camera.K = in.matrix(json, where, "K", 3, 3);
  if (view.camera_estimated) camera.world_from_camera.matrix() = in.pose(json, where, "world_from_camera");
  return view;
}

// Joints in pixels or in metres, row by row; there may be none.
Eigen::MatrixXd read_joints(const JsonReader& in, const Json& json, const std::string& where,
                            const char* name, int columns) {
  if (in.array(json, where, name).empty()) return {};
  return in.matrix(json, where, name, kSmplJoints, columns);
}

Detection read_detection(const JsonReader& in, const Json& json, const std::string& where) {
  Detection detection;
  detection.person_id = int(in.integer(json, where, "person_id", -1, 1'000'000));
  const Eigen::MatrixXd box = in.matrix(json, where, "box", 1, 4);
  detection.box = {box(0), box(1), box(2), box(3)};
  const Eigen::MatrixXd joints = read_joints(in, json, where, "joints2d", 2);
  for (Eigen::Index i = 0; i < joints.rows(); ++i) detection.joints2d.push_back(joints.row(i).transpose());
  return detection;
}

Person read_person(const JsonReader& in, const Json& json, const std::string& where) {
  Person person;
  person.id = int(in.integer(json, where, "id", 0, 1'000'000));
  person.height = in.number(json, where, "height", 0, 100);
  BodyInFrame& body = person.bodies.emplace_back();
  const Eigen::MatrixXd joints = read_joints(in, json, where, "joints", 3);
  for (Eigen::Index i = 0; i < joints.rows(); ++i)
    body.joints.push_back(joints.row(i).transpose().cast<float>());
  return person;
}

}  // namespace

Reconstruction read_reconstruction_file(const std::filesystem::path& file) {
  const JsonReader in(file, "result");
  Reconstruction result;
  ReconstructedFrame& frame = result.frames.emplace_back();
  std::map<std::string, int> index;
  const Json& views = in.array(in.root(), "", "views");
  for (std::size_t i = 0; i < views.size(); ++i) {
    result.views.push_back(read_view(in, views[i], entry("views", i)));
    if (!index.emplace(result.views.back().name, int(i)).second)
      in.fail(entry("views", i) + ".name", "another name than those before it");
  }
  const Json& detections = in.array(in.root(), "", "detections");
  for (std::size_t i = 0; i < detections.size(); ++i) {
    const std::string where = entry("detections", i);
    const auto view = index.find(in.text(detections[i], where, "view"));
    if (view == index.end()) in.fail(where + ".view", "the name of one of the views");
    frame.detections.push_back(read_detection(in, detections[i], where));
    frame.detections.back().view = view->second;
  }
  const Json& people = in.array(in.root(), "", "people");
  for (std::size_t i = 0; i < people.size(); ++i)
    result.people.push_back(read_person(in, people[i], entry("people", i)));
  return result;
}

}  // namespace ahap
