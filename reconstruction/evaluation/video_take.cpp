#include "reconstruction/evaluation/video_take.h"

#include <set>
#include <stdexcept>

#include "reconstruction/formats/json_file.h"

namespace ahap {
namespace {

using Json = JsonReader::Json;

GroundTruth::View read_view(const JsonReader& in, const Json& json, const std::string& where) {
  GroundTruth::View view;
  view.name = in.text(json, where, "name");
  view.camera.width = int(in.integer(json, where, "width", 1, 65535));
  view.camera.height = int(in.integer(json, where, "height", 1, 65535));
  view.camera.K = in.matrix(json, where, "K", 3, 3);
  if (!(view.camera.K(0, 0) > 0 && view.camera.K(1, 1) > 0))
    in.fail(where + ".K", "a matrix with focal lengths above 0");
  view.camera.world_from_camera.matrix() = in.pose(json, where, "world_from_camera");
  return view;
}

}  // namespace

bool is_video_take(const std::filesystem::path& folder) {
  std::error_code ignored;
  if (!std::filesystem::exists(folder / "truth.json", ignored)) return false;
  try {
    const JsonReader in(folder / "truth.json", "truth of the videos");
    return in.has(in.root(), "views");
  } catch (const std::runtime_error&) {  // damaged: whoever reads it tells
    return false;
  }
}

GroundTruth read_video_take(const std::filesystem::path& folder) {
  const JsonReader in(folder / "truth.json", "truth of the videos");
  in.number(in.root(), "", "fps", 0.1, 10000);
  in.integer(in.root(), "", "frames", 1, 100'000'000);
  GroundTruth truth;
  truth.only_cameras = true;
  const Json& views = in.array(in.root(), "", "views");
  std::set<std::string> names;
  for (std::size_t i = 0; i < views.size(); ++i) {
    const std::string where = "views[" + std::to_string(i) + "]";
    truth.views.push_back(read_view(in, views[i], where));
    if (!names.insert(truth.views.back().name).second)
      in.fail(where + ".name", "another name than those before it");
  }
  if (truth.views.empty()) in.fail("views", "a list of at least one view");
  return truth;
}

}  // namespace ahap
