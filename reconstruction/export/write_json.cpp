#include <algorithm>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "reconstruction/export/exporters.h"
#include "reconstruction/export/finite.h"
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
  return {{"name", lossless_utf8(view.name)},
          {"path", lossless_utf8(view.path)},
          {"width", camera.width},
          {"height", camera.height},
          {"camera_estimated", view.camera_estimated},
          {"K", rows(camera.K)},
          {"world_from_camera", view.camera_estimated ? rows(camera.world_from_camera.matrix()) : Json()}};
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

Json json(const Detection& detection, const Reconstruction& reconstruction) {
  const auto& [x0, y0, x1, y1] = detection.box;
  return {{"view", lossless_utf8(reconstruction.views.at(detection.view).name)},
          {"person_id", detection.person_id},
          {"score", detection.score},
          {"box", {x0, y0, x1, y1}},
          {"keypoint", list(detection.keypoint)},
          {"keypoint_depth", detection.keypoint_depth},
          {"joints2d", lists(detection.joints2d)}};
}

Json json(const Reconstruction& reconstruction, int frame) {
  const ReconstructedFrame& seen = reconstruction.frames.at(frame);
  Json views = Json::array(), people = Json::array(), detections = Json::array(), timings = Json::array(),
       messages = Json::array();
  for (const std::string& sentence : reconstruction.messages) messages.push_back(readable(sentence));
  for (const auto& view : reconstruction.views) views.push_back(json(view, view.camera(frame)));
  for (const auto& person : people_in(reconstruction, frame)) people.push_back(json(person, reconstruction));
  for (const auto& detection : seen.detections) detections.push_back(json(detection, reconstruction));
  for (const auto& [stage, seconds] : reconstruction.timings)
    timings.push_back({{"stage", stage}, {"seconds", seconds}});
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
          {"detections", detections},
          {"association",
           {{"method", reconstruction.association_method},
            {"person_ids", seen.association.person_ids},
            {"weight", lists(seen.association.weight)},
            {"runner_up", {{"margin", seen.runner_up.margin}, {"person_ids", seen.runner_up.person_ids}}}}},
          {"timings", timings},
          {"messages", messages}};
}

// Indented, with a list of plain values (a row of a matrix, a joint) on one line.
void print(const Json& value, std::ostream& out, const std::string& indent = "\n") {
  const bool one_line = value.empty() || !value.is_structured() ||
                        (value.is_array() && std::none_of(value.begin(), value.end(), [](const Json& item) {
                           return item.is_structured();
                         }));
  const auto dump = [](const Json& plain) {
    return plain.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
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

}  // namespace

void write_json(const Reconstruction& reconstruction, int frame, const std::filesystem::path& file) {
  require_finite(reconstruction, frame);
  const Json document = json(reconstruction, frame);
  safe_write(file, [&](std::ostream& out) {
    print(document, out);
    out << "\n";
  });
}

}  // namespace ahap
