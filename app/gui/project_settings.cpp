#include "app/gui/project_settings.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "reconstruction/formats/readable.h"
#include "reconstruction/formats/settings.h"

namespace ahap {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kFar = 1e6;  // metres

template <typename Visitor>
void list_view(Visitor& visitor, ViewState& s) {
  visitor.value("points", s.points);
  visitor.value("point_size", s.point_size, 0, 1000);
  visitor.value("min_confidence", s.min_confidence, 0, 1);
  visitor.value("hide_backs", s.hide_backs);
  visitor.value("person_points", s.person_points);
  visitor.value("cameras", s.cameras);
  visitor.value("camera_size", s.camera_size, 0, 1000);
  visitor.value("picture_opacity", s.picture_opacity, 0, 1);
  visitor.value("bodies", s.bodies);
  visitor.value("identity_colors", s.identity_colors);
  visitor.value("body_opacity", s.body_opacity, 0, 1);
  visitor.value("skeletons", s.skeletons);
  visitor.value("trails", s.trails);
  visitor.value("trail_seconds", s.trail_seconds, 0, 1000);
  visitor.value("trail_pelvis", s.trail_pelvis);
  visitor.value("trail_wrists", s.trail_wrists);
  visitor.value("trail_ankles", s.trail_ankles);
  visitor.value("ghosts", s.ghosts);
  visitor.value("ghost_seconds", s.ghost_seconds, 0, 1000);
  visitor.value("grid", s.grid);
  visitor.value("depth_shading", s.depth_shading, 0, 1);
  visitor.value("look_through", s.look_through, -1, 10'000);
  visitor.value("backdrop_opacity", s.backdrop_opacity, 0, 1);
  visitor.value("points_through", s.points_through);
  visitor.value("body_opacity_through", s.body_opacity_through, 0, 1);
  visitor.value("skeletons_through", s.skeletons_through);
  visitor.value("photo_joints", s.photo_joints);
  visitor.value("strip_joints", s.strip_joints);
  visitor.value("selected_person", s.selected.person, 0, 1'000'000);
}

template <typename Visitor>
void list_turntable(Visitor& visitor, OrbitCamera::Turntable& t) {
  visitor.value("x", t.pivot.x(), -kFar, kFar);
  visitor.value("y", t.pivot.y(), -kFar, kFar);
  visitor.value("z", t.pivot.z(), -kFar, kFar);
  visitor.value("yaw", t.yaw, -kFar, kFar);
  visitor.value("pitch", t.pitch, -1.6, 1.6);
  visitor.value("distance", t.distance, 0.01, kFar);
}

template <typename Choice, std::size_t size>
using Words = std::array<std::pair<Choice, const char*>, size>;

constexpr Words<PointColors, 4> kPointColors = {{{PointColors::picture, "picture"},
                                                 {PointColors::person, "person"},
                                                 {PointColors::view, "view"},
                                                 {PointColors::confidence, "confidence"}}};
constexpr Words<AssociationMethod, 4> kAssociations = {{{AssociationMethod::automatic, "automatic"},
                                                        {AssociationMethod::learned, "learned"},
                                                        {AssociationMethod::queries, "queries"},
                                                        {AssociationMethod::geometric, "geometric"}}};
constexpr Words<Device, 3> kDevices = {
    {{Device::automatic, "automatic"}, {Device::cpu, "cpu"}, {Device::cuda, "cuda"}}};

template <typename Choice, std::size_t size>
const char* word(Choice choice, const Words<Choice, size>& words) {
  return std::find_if(words.begin(), words.end(), [&](const auto& pair) { return pair.first == choice; })
      ->second;
}

// Another word leaves the choice as it is.
template <typename Choice, std::size_t size>
void take_word(Choice& choice, const Words<Choice, size>& words, const Json& json, const char* key) {
  const auto found = std::find_if(words.begin(), words.end(), [&](const auto& pair) {
    return json.contains(key) && json[key] == pair.second;
  });
  if (found != words.end()) choice = found->first;
}

template <typename Visitor>
void list_options(Visitor& visitor, Options& options) {
  visitor.value("refine", options.refine);
  visitor.value("detection_threshold", options.detection_threshold, -1, 1);
  visitor.value("max_points", options.max_points, 0, 1e9);
}

}  // namespace

Json json_of(const Look& look) {
  Look copy = look;
  SettingsWriter writer;
  list_view(writer, copy.state);
  writer.json["point_colors"] = word(look.state.point_colors, kPointColors);
  writer.json["hidden_people"] = look.state.hidden_people;
  writer.section("from", [&](auto& inner) { list_turntable(inner, copy.turntable); });
  return writer.json;
}

Look look_of(const Json& json, const std::string& file) {
  Look look;
  SettingsReader reader(json, file, "view");
  list_view(reader, look.state);
  take_word(look.state.point_colors, kPointColors, json, "point_colors");
  for (const Json& id : json.value("hidden_people", Json::array()))
    if (id.is_number_integer()) look.state.hidden_people.insert(id.get<int>());
  reader.section("from", [&](auto& inner) { list_turntable(inner, look.turntable); });
  return look;
}

Json json_of(const Options& options) {
  Options copy = options;
  SettingsWriter writer;
  list_options(writer, copy);
  writer.json["association"] = word(options.association, kAssociations);
  writer.json["device"] = word(options.load.device, kDevices);
  writer.json["model"] = lossless_utf8(options.load.model);
  return writer.json;
}

void set_options(Options& options, const Json& json, const std::string& file) {
  SettingsReader reader(json, file, "options");
  list_options(reader, options);
  take_word(options.association, kAssociations, json, "association");
  take_word(options.load.device, kDevices, json, "device");
  if (json.contains("model") && json["model"].is_string())
    options.load.model = from_lossless_utf8(json["model"].get<std::string>());
}

}  // namespace ahap
