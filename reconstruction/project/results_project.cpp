#include "reconstruction/project/results_project.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "reconstruction/body/body_mesh.h"
#include "reconstruction/body/own_body.h"
#include "reconstruction/capture/file_kind.h"
#include "reconstruction/formats/json_file.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/project/damaged_result.h"
#include "reconstruction/project/ply.h"
#include "reconstruction/project/result_arrays.h"
#include "reconstruction/project/time_offset_json.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;
using Json = JsonReader::Json;

constexpr const char* kResultName = "reconstruction.json";
constexpr double kFar = 1e30;
constexpr int kMost = 1'000'000'000;

// One reconstruction.json, of a frame or of a range of frames (export/write_json.cpp).
class ResultReader {
 public:
  explicit ResultReader(const fs::path& file) : in_(file, "result") {}

  Reconstruction read() {
    is_range_ = in_.has(in_.root(), "frames");
    read_texts();
    is_range_ ? read_frames() : read_frame();
    each("views", in_.root(), "",
         [&](const Json& json, const std::string& where) { read_view(json, where); });
    read_detections();
    each("people", in_.root(), "",
         [&](const Json& json, const std::string& where) { read_person(json, where); });
    return std::move(result_);
  }

 private:
  template <typename Read>
  void each(const char* list, const Json& json, const std::string& where, Read read) {
    const Json& items = in_.array(json, where, list);
    for (std::size_t i = 0; i < items.size(); ++i)
      read(items[i], (where.empty() ? "" : where + ".") + list + "[" + std::to_string(i) + "]");
  }
  std::string text(const Json& json, const std::string& where, const char* name) const {
    return from_lossless_utf8(in_.text(json, where, name));
  }
  int whole(const Json& json, const std::string& where, const char* name, int low = 0) const {
    return int(in_.integer(json, where, name, low, kMost));
  }
  template <typename Vector>
  void take_rows(std::vector<Vector>& rows, const Json& json, const std::string& where,
                 const char* name) const {
    const int count = int(in_.array(json, where, name).size());
    if (count == 0) return;
    Eigen::MatrixXd numbers = in_.matrix(json, where, name, count, Vector::RowsAtCompileTime);
    if (count == 1) numbers.resize(1, Vector::RowsAtCompileTime);
    for (int i = 0; i < count; ++i)
      rows.push_back(numbers.row(i).transpose().template cast<typename Vector::Scalar>());
  }
  template <typename Numbers>
  void take_numbers(Numbers& into, const Json& json, const std::string& where, const char* name) const {
    const Eigen::MatrixXd numbers = in_.matrix(json, where, name, 1, int(into.size()));
    for (Eigen::Index i = 0; i < numbers.size(); ++i) into.data()[i] = float(numbers(i));
  }
  std::vector<int> integers(const Json& json, const std::string& where, const char* name) const {
    std::vector<int> list;
    for (const Json& number : in_.array(json, where, name)) {
      if (!number.is_number_integer() || number < -1 || number > kMost)
        in_.fail(where + "." + name, "whole numbers");
      list.push_back(number.get<int>());
    }
    return list;
  }
  int view_of(const Json& json, const std::string& where, const char* name) const {
    const auto found = views_.find(in_.text(json, where, name));
    if (found == views_.end()) in_.fail(where + "." + name, "the name of one of the views");
    return found->second;
  }

  void read_texts() {
    const Json& root = in_.root();
    result_.program_version = text(root, "", "version");
    result_.model_name = text(root, "", "model");
    result_.scale = in_.number(root, "", "scale", -kFar, kFar);
    const std::string up = in_.text(root, "", "up_source");
    result_.up_source = up == "people_and_floor"   ? UpSource::people_and_floor
                        : up == "gravity_estimate" ? UpSource::gravity_estimate
                                                   : UpSource::reference_camera;
    result_.primary_keypoint = text(root, "", "primary_keypoint");
    result_.association_method = text(in_.field(root, "", "association"), "association", "method");
    each("timings", root, "", [&](const Json& json, const std::string& where) {
      result_.timings.push_back({text(json, where, "stage"), in_.number(json, where, "seconds", 0, kFar)});
    });
    for (const Json& message : in_.array(root, "", "messages")) {
      if (!message.is_string()) in_.fail("messages", "a list of texts");
      result_.messages.push_back(message.get<std::string>());
    }
  }

  void read_frame() {
    const Json& association = in_.field(in_.root(), "", "association");
    ReconstructedFrame& frame = result_.frames.emplace_back();
    frame.number = whole(in_.root(), "", "frame");
    frame.association.person_ids = integers(association, "association", "person_ids");
    for (const Json& row : in_.array(association, "association", "weight")) {
      if (!row.is_array()) in_.fail("association.weight", "rows of numbers");
      std::vector<float>& weights = frame.association.weight.emplace_back();
      for (const Json& weight : row) {
        if (!weight.is_number()) in_.fail("association.weight", "rows of numbers");
        weights.push_back(weight.get<float>());
      }
    }
    const Json& runner_up = in_.field(association, "association", "runner_up");
    frame.runner_up.margin = in_.number(runner_up, "association.runner_up", "margin", -kFar, kFar);
    frame.runner_up.person_ids = integers(runner_up, "association.runner_up", "person_ids");
    frames_[frame.number] = 0;
  }

  void read_frames() {
    each("frames", in_.root(), "", [&](const Json& json, const std::string& where) {
      ReconstructedFrame& frame = result_.frames.emplace_back();
      frame.number = whole(json, where, "frame");
      frame.time = in_.number(json, where, "time", -kFar, kFar);
      frames_[frame.number] = int(result_.frames.size()) - 1;
    });
  }

  Camera camera(const Json& json, const std::string& where, bool estimated, const Json& of_size,
                const std::string& where_size) const {
    Camera camera;
    camera.width = whole(of_size, where_size, "width");
    camera.height = whole(of_size, where_size, "height");
    camera.K = in_.matrix(json, where, "K", 3, 3);
    if (estimated) camera.world_from_camera.matrix() = in_.pose(json, where, "world_from_camera");
    return camera;
  }

  void read_view(const Json& json, const std::string& where) {
    ReconstructedView view;
    view.name = text(json, where, "name");
    view.path = text(json, where, "path");
    view.camera_estimated = in_.flag(json, where, "camera_estimated");
    view.time_offset = time_offset_of(in_, json, where);
    view.left_out = in_.has(json, "left_out") && in_.flag(json, where, "left_out");
    if (in_.has(json, "cameras")) {
      each("cameras", json, where, [&](const Json& of_frame, const std::string& here) {
        view.cameras.push_back(camera(of_frame, here, view.camera_estimated, of_frame, here));
      });
    } else {
      view.cameras.push_back(camera(json, where, view.camera_estimated, json, where));
    }
    if (!views_.emplace(in_.text(json, where, "name"), int(result_.views.size())).second)
      in_.fail(where + ".name", "another name than those before it");
    result_.views.push_back(std::move(view));
  }

  void read_detections() {
    const auto read = [&](const Json& of_frame, const std::string& where, ReconstructedFrame& frame) {
      each("detections", of_frame, where, [&](const Json& json, const std::string& here) {
        Detection& detection = frame.detections.emplace_back();
        detection.view = view_of(json, here, "view");
        detection.person_id = whole(json, here, "person_id", -1);
        detection.score = in_.number(json, here, "score", -kFar, kFar);
        const Eigen::MatrixXd box = in_.matrix(json, here, "box", 1, 4);
        detection.box = {box(0), box(1), box(2), box(3)};
        detection.keypoint = in_.matrix(json, here, "keypoint", 1, 2).transpose();
        detection.keypoint_depth = in_.number(json, here, "keypoint_depth", -kFar, kFar);
        take_rows(detection.joints2d, json, here, "joints2d");
        detection.left_out = in_.has(json, "left_out") && in_.flag(json, here, "left_out");
      });
    };
    if (!is_range_) return read(in_.root(), "", result_.frames[0]);
    std::size_t index = 0;
    each("frames", in_.root(), "",
         [&](const Json& json, const std::string& where) { read(json, where, result_.frames[index++]); });
  }

  void read_person(const Json& json, const std::string& where) {
    Person& person = result_.people.emplace_back();
    person.id = whole(json, where, "id", 1);
    person.height = in_.number(json, where, "height", -kFar, kFar);
    if (in_.has(json, "name")) person.name = in_.text(json, where, "name");
    if (in_.has(json, "gender")) person.gender = in_.text(json, where, "gender");
    if (!is_range_) return read_single_body(person, json, where);
    take_numbers(person.betas, json, where, "betas");
    each("bodies", json, where, [&](const Json& of_frame, const std::string& here) {
      const auto frame = frames_.find(whole(of_frame, here, "frame"));
      if (frame == frames_.end()) in_.fail(here + ".frame", "the number of one of the frames");
      BodyInFrame& body = person.bodies.emplace_back();
      body.frame = frame->second;
      read_body(body, of_frame, here);
      body.position_sigma = in_.number(of_frame, here, "position_sigma", 0, kFar);
      const Json& contacts = in_.array(of_frame, here, "foot_contact");
      if (contacts.size() != 2 || !contacts[0].is_boolean() || !contacts[1].is_boolean())
        in_.fail(here + ".foot_contact", "true or false for both feet");
      body.foot_contact = {contacts[0].get<bool>(), contacts[1].get<bool>()};
      take_smpl(body, of_frame, here);
    });
  }

  void read_single_body(Person& person, const Json& json, const std::string& where) {
    BodyInFrame& body = person.bodies.emplace_back();
    read_body(body, json, where);
    if (!in_.has(json, "body")) {
      take_numbers(person.betas, json, where, "betas");
      return take_smpl(body, json, where);
    }
    person.smplx_betas.resize(
        std::clamp<std::size_t>(in_.array(json, where, "betas").size(), kSmplBetas, 11));
    take_numbers(person.smplx_betas, json, where, "betas");
    SmplxPose& pose = body.smplx.emplace();
    take_numbers(pose.expression, json, where, "expression");
    take_numbers(pose.transl, json, where, "transl");
    const Eigen::MatrixXd rows = in_.matrix(json, where, "pose", kSmplxJoints, 3);
    for (int j = 0; j < kSmplxJoints; ++j) pose.pose[std::size_t(j)] = rows.row(j).transpose().cast<float>();
    for (int j = 0; j < kSharedJoints; ++j) body.pose[std::size_t(j)] = pose.pose[std::size_t(j)];
  }

  void read_body(BodyInFrame& body, const Json& json, const std::string& where) const {
    body.reference_view = view_of(json, where, "reference_view");
    body.triangulated = in_.flag(json, where, "triangulated");
    body.triangulation_residual = in_.number(json, where, "triangulation_residual", -kFar, kFar);
    body.detections = integers(json, where, "detections");
    take_rows(body.joints, json, where, "joints");
  }

  void take_smpl(BodyInFrame& body, const Json& json, const std::string& where) const {
    take_numbers(body.transl, json, where, "transl");
    const Eigen::MatrixXd rows = in_.matrix(json, where, "pose", kSmplJoints, 3);
    for (int j = 0; j < kSmplJoints; ++j) body.pose[std::size_t(j)] = rows.row(j).transpose().cast<float>();
  }

  JsonReader in_;
  bool is_range_ = false;
  Reconstruction result_;
  std::map<std::string, int> views_;  // by name
  std::map<int, int> frames_;         // by number
};

// 1 -> "01", as the files of a person are named.
std::string file_number(int id) {
  std::string text(id < 10 ? 1 : 0, '0');
  return text.append(std::to_string(id));
}

void add_meshes(Reconstruction& result, const fs::path& folder) {
  const bool range = result.frames.size() > 1;
  const auto body_model = result.people.empty() ? nullptr : own_body_of(result);
  if (range) result.body_model = body_model;
  for (Person& person : result.people) {
    const fs::path file = folder / "people" / (file_number(person.id) + ".ply");
    BodyInFrame& body = person.bodies.front();
    if (range) continue;
    if (fs::exists(file)) {
      body.mesh = read_mesh_ply(file);
    } else if (body_model) {
      body.mesh = mesh_of(*body_model, smpl_of(person, body));
      body.mesh.normals = vertex_normals(body.mesh.positions, body.mesh.triangles);
    }
  }
}

// A camera for each view, whose file it is. Of a folder of pictures a result names one; its frames stay
// without.
Capture capture_of(const Reconstruction& result) {
  const int frames = result.frames.back().number + 1;
  Capture capture;
  for (const ReconstructedView& view : result.views) {
    const fs::path file = fs::path(view.path).is_absolute() ? fs::path(view.path) : fs::path();
    CaptureCamera& camera = capture.cameras.emplace_back();
    camera.name = view.name;
    camera.frame_count = frames;
    camera.fps = frame_rate(result);
    camera.kind = kind_of_file(file) == FileKind::video ? CameraKind::video
                  : frames == 1                         ? CameraKind::image
                                                        : CameraKind::image_sequence;
    camera.paths.resize(camera.kind == CameraKind::image_sequence ? std::size_t(frames) : 1);
    if (camera.kind != CameraKind::image_sequence || result.frames.size() == 1) camera.paths.back() = file;
  }
  return capture;
}

}  // namespace

bool is_results_folder(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_regular_file(folder / kResultName, error)) return false;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code ignored;
    const FileKind kind = at->is_regular_file(ignored) ? kind_of_file(at->path()) : FileKind::other;
    if (kind == FileKind::picture || kind == FileKind::video) return false;
  }
  return true;
}

Project read_results_project(const fs::path& folder) {
  const fs::path file = folder / kResultName;
  auto result = std::make_shared<Reconstruction>(ResultReader(file).read());
  const auto points = std::make_shared<PointCloud>();
  if (fs::exists(folder / "points.ply")) *points = read_points_ply(folder / "points.ply");
  for (ReconstructedFrame& frame : result->frames) frame.points = points;
  try {
    require_sound(*result);
  } catch (const DamagedResult& error) {
    throw std::runtime_error("the result " + file.string() + " is damaged: " + error.what());
  }
  add_meshes(*result, folder);
  Project project;
  const fs::path clean = fs::absolute(folder).lexically_normal();
  project.name = (clean.has_filename() ? clean : clean.parent_path()).filename().string();
  project.capture = capture_of(*result);
  project.frame = result->frames.front().number;
  project.result = std::move(result);
  return project;
}

}  // namespace ahap
