#include "reconstruction/evaluation/photo_benchmark.h"

#include <set>
#include <stdexcept>

#include "reconstruction/evaluation/video_take.h"
#include "reconstruction/formats/json_file.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;
using Json = JsonReader::Json;

constexpr int kLongestSide = 65535;  // pixels

std::string entry(const std::string& list, std::size_t index) {
  return list + "[" + std::to_string(index) + "]";
}

Box read_box(const JsonReader& in, const Json& json, const std::string& where, const char* name) {
  const Eigen::MatrixXd b = in.matrix(json, where, name, 1, 4);
  return {b(0), b(1), b(2), b(3)};
}

// Identities are texts; a number is one, too.
std::string read_id(const JsonReader& in, const Json& json, const std::string& where) {
  if (in.field(json, where, "id").is_number_integer())
    return std::to_string(in.integer(json, where, "id", INT64_MIN, INT64_MAX));
  return in.text(json, where, "id");
}

LabelledPerson read_person(const JsonReader& in, const Json& json, const std::string& where) {
  LabelledPerson person;
  person.box = read_box(in, json, where, "box");
  if (in.has(json, "id")) person.id = read_id(in, json, where);
  if (in.has(json, "ignore")) person.ignored = in.flag(json, where, "ignore");
  if (in.has(json, "keypoints")) {
    const Eigen::MatrixXd joints = in.matrix(json, where, "keypoints", kCocoJoints, 3);
    person.joints.emplace();
    for (int i = 0; i < kCocoJoints; ++i)
      (*person.joints)[i] = {joints.row(i).head<2>().transpose(), joints(i, 2) > 0};
  }
  return person;
}

LabelledView read_view(const JsonReader& in, const Json& json, const std::string& where) {
  LabelledView view;
  view.name = in.text(json, where, "name");
  view.width = int(in.integer(json, where, "width", 1, kLongestSide));
  view.height = int(in.integer(json, where, "height", 1, kLongestSide));
  if (in.has(json, "world_from_camera")) {
    Camera& camera = view.camera.emplace();
    camera.width = view.width;
    camera.height = view.height;
    camera.K = in.matrix(json, where, "K", 3, 3);
    if (!(camera.K(0, 0) > 0 && camera.K(1, 1) > 0))
      in.fail(where + ".K", "a matrix with focal lengths above 0");
    camera.world_from_camera.matrix() = in.pose(json, where, "world_from_camera");
  }
  if (in.has(json, "people")) {
    view.people.emplace();
    const Json& people = in.array(json, where, "people");
    for (std::size_t i = 0; i < people.size(); ++i)
      view.people->push_back(read_person(in, people[i], entry(where + ".people", i)));
  }
  if (in.has(json, "ignore_regions")) {
    const Json& regions = in.array(json, where, "ignore_regions");
    for (std::size_t i = 0; i < regions.size(); ++i) {
      const Json region = {{"box", regions[i]}};
      view.ignored_regions.push_back(read_box(in, region, entry(where + ".ignore_regions", i), "box"));
    }
  }
  if (in.has(json, "complete")) view.everybody = in.flag(json, where, "complete");
  return view;
}

LabelledItem read_item(const JsonReader& in, const Json& json, const std::string& where, bool several_views) {
  LabelledItem item;
  item.name = in.text(json, where, "name");
  item.several_views = several_views;
  const fs::path inside = fs::path(in.text(json, where, several_views ? "path" : "file")).lexically_normal();
  if (inside.empty() || inside.is_absolute() || *inside.begin() == "..")
    in.fail(where + (several_views ? ".path" : ".file"), "a path in the folder of truth.json");
  item.path = in.file().parent_path() / inside;
  const Json& views = in.array(json, where, "views");
  std::set<std::string> names;
  for (std::size_t i = 0; i < views.size(); ++i) {
    const std::string at = entry(where + ".views", i);
    item.views.push_back(read_view(in, views[i], at));
    if (!names.insert(item.views.back().name).second)
      in.fail(at + ".name", "another name than those before it");
  }
  if (in.has(json, "people")) {
    const Json& people = in.array(json, where, "people");
    for (std::size_t i = 0; i < people.size(); ++i) {
      const std::string at = entry(where + ".people", i);
      if (in.has(people[i], "height"))
        item.heights.emplace_back(read_id(in, people[i], at), in.number(people[i], at, "height", 0.1, 3));
    }
  }
  return item;
}

}  // namespace

bool is_photo_benchmark(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / "truth.json", ignored) && !is_video_take(folder);
}

std::vector<LabelledItem> read_photo_benchmark(const fs::path& folder) {
  const JsonReader in(folder / "truth.json", "truth of the photographs");
  std::vector<LabelledItem> items;
  for (const char* group : {"multiview", "pictures"}) {
    if (!in.has(in.root(), group)) continue;
    const Json& list = in.array(in.root(), "", group);
    for (std::size_t i = 0; i < list.size(); ++i)
      items.push_back(read_item(in, list[i], entry(group, i), group == std::string("multiview")));
  }
  if (items.empty()) throw std::runtime_error(in.file().string() + " lists no photographs");
  return items;
}

}  // namespace ahap
