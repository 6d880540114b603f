#include <algorithm>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "reconstruction/export/exporters.h"
#include "reconstruction/export/finite.h"
#include "reconstruction/export/motion.h"
#include "reconstruction/export/range_exporters.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/formats/safe_write.h"
#include "reconstruction/palette.h"

namespace ahap {
namespace {

using Json = nlohmann::ordered_json;

// The double whose shortest decimal form is the float's: 0.1f is written as 0.1.
double shortest(float value) {
  char text[32];
  const char* end = std::to_chars(text, text + sizeof(text), value).ptr;
  double number = 0;
  std::from_chars(text, end, number);
  return number;
}
double shortest(double value) {
  return value;
}

template <typename Numbers>
Json list(const Numbers& numbers) {
  Json array = Json::array();
  for (const auto number : numbers) array.push_back(shortest(number));
  return array;
}

template <typename Vectors>
Json lists(const Vectors& vectors) {
  Json array = Json::array();
  for (const auto& vector : vectors) array.push_back(list(vector));
  return array;
}

template <typename Matrix>
Json rows(const Matrix& matrix) {
  Json array = Json::array();
  for (int row = 0; row < matrix.rows(); ++row) array.push_back(list(matrix.row(row)));
  return array;
}

std::string hex(const Color& color) {
  char text[8];
  std::snprintf(text, sizeof(text), "#%02x%02x%02x", color[0], color[1], color[2]);
  return text;
}

std::string text(UpSource source) {
  switch (source) {
    case UpSource::people_and_floor:
      return "people_and_floor";
    case UpSource::gravity_estimate:
      return "gravity_estimate";
    case UpSource::reference_camera:
      return "reference_camera";
  }
  throw std::logic_error("unknown source of up");
}

Json conventions() {
  return {
      {"world", "metres, right-handed, Y up, floor at y = 0"},
      {"camera", "axes x right, y down, z forward; X_world = world_from_camera X_camera; matrices as rows"},
      {"pixels",
       "of the original image after any EXIF rotation; the centre of the top-left pixel is (0.5, 0.5); "
       "pixel ~ K X_camera"},
      {"smpl",
       "vertices = SMPL(betas, pose) + transl; pose holds 24 axis-angle rotations in radians relative to the "
       "parent joint, the first one in the world"},
      {"joint_names", kSmplJointNames}};
}

Json json(const ReconstructedView& view, const Camera& camera) {
  Json json = {
      {"name", lossless_utf8(view.name)},
      {"path", lossless_utf8(view.path)},
      {"width", camera.width},
      {"height", camera.height},
      {"camera_estimated", view.camera_estimated},
      {"K", rows(camera.K)},
      {"world_from_camera", view.camera_estimated ? rows(camera.world_from_camera.matrix()) : Json()}};
  if (view.left_out) json["left_out"] = true;
  return json;
}

Json json(const PersonInFrame& in_frame, const Reconstruction& reconstruction) {
  const auto& [person, body] = in_frame;
  Json json = {{"id", person.id},
               {"color", hex(person_color(person.id))},
               {"height", person.height},
               {"reference_view", lossless_utf8(reconstruction.views.at(body.reference_view).name)},
               {"triangulated", body.triangulated},
               {"triangulation_residual", body.triangulation_residual}};
  if (!person.name.empty()) json["name"] = person.name;
  if (body.smplx) {
    json["body"] = "SMPL-X";
    json["betas"] = list(person.smplx_betas);
    json["expression"] = list(body.smplx->expression);
    json["transl"] = list(body.smplx->transl);
    json["pose"] = lists(body.smplx->pose);
  } else {
    json["betas"] = list(person.betas);
    json["transl"] = list(body.transl);
    json["pose"] = lists(body.pose);
  }
  json["joints"] = lists(body.joints);
  json["detections"] = body.detections;
  return json;
}

Json json(const CameraOffset& offset, double frame_rate) {
  const bool known = offset.source != CameraOffset::Source::none;
  const auto if_known = [&](double value) { return known ? Json(value) : Json(); };
  return {{"source", source_name(offset.source)},
          {"seconds", if_known(offset.seconds)},
          {"frames", if_known(offset.seconds * frame_rate)},
          {"drift", if_known(offset.drift)},
          {"sigma", if_known(offset.sigma)}};
}

// A view of a range: a camera that moves has one for every frame.
Json view_of_range(const ReconstructedView& view, const Reconstruction& reconstruction) {
  Json described = json(view, view.camera(0));
  described["time_offset"] = json(view.time_offset, frame_rate(reconstruction));
  if (view.cameras.size() == 1) return described;
  described.erase("K");
  described.erase("world_from_camera");
  Json cameras = Json::array();
  for (std::size_t f = 0; f < view.cameras.size(); ++f) {
    const Json camera = json(view, view.cameras[f]);
    cameras.push_back({{"frame", reconstruction.frames.at(f).number},
                       {"width", camera["width"]},
                       {"height", camera["height"]},
                       {"K", camera["K"]},
                       {"world_from_camera", camera["world_from_camera"]}});
  }
  described["cameras"] = cameras;
  return described;
}

// First and last number of every run of frames without a body between two with one.
Json gaps(const Person& person, const Reconstruction& reconstruction) {
  Json gaps = Json::array();
  const auto number = [&](int frame) { return reconstruction.frames.at(frame).number; };
  for (std::size_t b = 1; b < person.bodies.size(); ++b) {
    const int before = person.bodies[b - 1].frame, after = person.bodies[b].frame;
    if (after > before + 1) gaps.push_back({number(before + 1), number(after - 1)});
  }
  return gaps;
}

Json body_of_range(const BodyInFrame& body, const Reconstruction& reconstruction) {
  Json json = {{"frame", reconstruction.frames.at(body.frame).number},
               {"filled", body.detections.empty()},
               {"reference_view", lossless_utf8(reconstruction.views.at(body.reference_view).name)},
               {"triangulated", body.triangulated},
               {"triangulation_residual", body.triangulation_residual},
               {"position_sigma", body.position_sigma},
               {"foot_contact", body.foot_contact},
               {"transl", list(body.transl)},
               {"pose", lists(body.pose)},
               {"joints", lists(body.joints)},
               {"detections", body.detections}};
  if (body.smplx) {
    json["smplx"] = {{"transl", list(body.smplx->transl)},
                     {"pose", lists(body.smplx->pose)},
                     {"expression", list(body.smplx->expression)}};
  }
  return json;
}

Json json(const Detection& detection, const Reconstruction& reconstruction) {
  const auto& [x0, y0, x1, y1] = detection.box;
  Json json = {{"view", lossless_utf8(reconstruction.views.at(detection.view).name)},
               {"person_id", detection.person_id},
               {"score", detection.score},
               {"box", {x0, y0, x1, y1}},
               {"keypoint", list(detection.keypoint)},
               {"keypoint_depth", detection.keypoint_depth},
               {"joints2d", lists(detection.joints2d)}};
  if (detection.left_out) json["left_out"] = true;
  return json;
}

Json detections_of(const ReconstructedFrame& frame, const Reconstruction& reconstruction) {
  Json detections = Json::array();
  for (const Detection& detection : frame.detections) detections.push_back(json(detection, reconstruction));
  return detections;
}

Json timings_of(const Reconstruction& reconstruction) {
  Json timings = Json::array();
  for (const auto& [stage, seconds] : reconstruction.timings)
    timings.push_back({{"stage", stage}, {"seconds", seconds}});
  return timings;
}

Json messages_of(const Reconstruction& reconstruction) {
  Json messages = Json::array();
  for (const std::string& sentence : reconstruction.messages) messages.push_back(readable(sentence));
  return messages;
}

Json json(const Reconstruction& reconstruction, int frame) {
  const ReconstructedFrame& seen = reconstruction.frames.at(frame);
  Json views = Json::array(), people = Json::array();
  for (const auto& view : reconstruction.views) views.push_back(json(view, view.camera(frame)));
  for (const auto& person : people_in(reconstruction, frame)) people.push_back(json(person, reconstruction));
  return {{"program", "AHAP Studio"},
          {"version", reconstruction.program_version},
          {"model", reconstruction.model_name},
          {"conventions", conventions()},
          {"frame", seen.number},
          {"scale", reconstruction.scale},
          {"up_source", text(reconstruction.up_source)},
          {"primary_keypoint", reconstruction.primary_keypoint},
          {"views", views},
          {"people", people},
          {"detections", detections_of(seen, reconstruction)},
          {"association",
           {{"method", reconstruction.association_method},
            {"person_ids", seen.association.person_ids},
            {"weight", lists(seen.association.weight)},
            {"runner_up", {{"margin", seen.runner_up.margin}, {"person_ids", seen.runner_up.person_ids}}}}},
          {"timings", timings_of(reconstruction)},
          {"messages", messages_of(reconstruction)}};
}

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Indented, with a list of plain values (a row of a matrix, a joint) on one line.
void print(const Json& value, std::ostream& out, const std::string& indent = "\n") {
  const bool one_line = value.empty() || !value.is_structured() ||
                        (value.is_array() && std::none_of(value.begin(), value.end(), [](const Json& item) {
                           return item.is_structured();
                         }));
  if (one_line) {
    out << dump(value);
    return;
  }
  const char* separator = "";
  out << (value.is_object() ? "{" : "[");
  for (const auto& item : value.items()) {
    out << separator << indent << "  ";
    if (value.is_object()) out << dump(item.key()) << ": ";
    print(item.value(), out, indent + "  ");
    separator = ",";
  }
  out << indent << (value.is_object() ? "}" : "]");
}

// An object that is written member by member, so that the whole of it is never in memory.
class ObjectWriter {
 public:
  ObjectWriter(std::ostream& out, std::string indent) : out_(out), indent_(std::move(indent)) { out_ << "{"; }
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;
  void member(const std::string& key, const Json& value) {
    begin(key);
    print(value, out_, indent_ + "  ");
  }
  // A list with an item for each of these, which write(item) writes.
  template <typename Items, typename Write>
  void list(const std::string& key, const Items& items, Write write) {
    begin(key);
    out_ << "[";
    const char* separator = "";
    for (const auto& item : items) {
      out_ << separator << indent_ << "    ";
      write(item);
      separator = ",";
    }
    out_ << indent_ << "  ]";
  }
  void close() { out_ << indent_ << "}"; }

 private:
  void begin(const std::string& key) {
    out_ << separator_ << indent_ << "  " << dump(key) << ": ";
    separator_ = ",";
  }

  std::ostream& out_;
  std::string indent_;
  const char* separator_ = "";
};

void write_person_of_range(const Person& person, const Reconstruction& reconstruction, std::ostream& out) {
  ObjectWriter object(out, "\n    ");
  object.member("id", person.id);
  object.member("color", hex(person_color(person.id)));
  object.member("height", person.height);
  if (!person.name.empty()) object.member("name", person.name);
  object.member("gender", person.gender);
  object.member("betas", list(person.betas));
  if (!person.smplx_betas.empty()) object.member("smplx_betas", list(person.smplx_betas));
  object.member("gaps", gaps(person, reconstruction));
  object.list("bodies", person.bodies,
              [&](const BodyInFrame& body) { out << dump(body_of_range(body, reconstruction)); });
  object.close();
}

}  // namespace

void write_json(const Reconstruction& reconstruction, int frame, const std::filesystem::path& file) {
  require_finite(reconstruction, frame);
  const Json document = json(reconstruction, frame);
  safe_write(file, [&](std::ostream& out) {
    print(document, out);
    out << "\n";
  });
}

void write_range_json(const Reconstruction& reconstruction, const std::filesystem::path& file) {
  require_finite(reconstruction);
  for (const Person& person : reconstruction.people) require_motion(reconstruction, person);
  Json views = Json::array();
  for (const ReconstructedView& view : reconstruction.views)
    views.push_back(view_of_range(view, reconstruction));
  safe_write(file, [&](std::ostream& out) {
    ObjectWriter object(out, "\n");
    object.member("program", "AHAP Studio");
    object.member("version", reconstruction.program_version);
    object.member("model", reconstruction.model_name);
    object.member("conventions", conventions());
    object.member("frame_rate", frame_rate(reconstruction));
    object.member("scale", reconstruction.scale);
    object.member("up_source", text(reconstruction.up_source));
    object.member("primary_keypoint", reconstruction.primary_keypoint);
    object.member("views", views);
    object.list("people", reconstruction.people,
                [&](const Person& person) { write_person_of_range(person, reconstruction, out); });
    object.list("frames", reconstruction.frames, [&](const ReconstructedFrame& frame) {
      out << dump({{"frame", frame.number},
                   {"time", frame.time},
                   {"detections", detections_of(frame, reconstruction)}});
    });
    object.member("association", {{"method", reconstruction.association_method}});
    object.member("timings", timings_of(reconstruction));
    object.member("messages", messages_of(reconstruction));
    object.close();
    out << "\n";
  });
}

}  // namespace ahap
