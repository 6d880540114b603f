#include "app/gui/shown_frame.h"

#include <algorithm>
#include <filesystem>

#include "reconstruction/motion/one_frame.h"

namespace ahap {

std::shared_ptr<const Reconstruction> shown_frame(const std::shared_ptr<const Reconstruction>& result,
                                                  int frame) {
  if (result->frames.size() == 1) return result;
  return std::make_shared<const Reconstruction>(one_frame(*result, frame));
}

std::shared_ptr<const Reconstruction> shown_place(const Reconstruction& result, int number) {
  auto place = std::make_shared<Reconstruction>();
  for (const ReconstructedView& view : result.views) {
    place->views.push_back({.name = view.name,
                            .path = view.path,
                            .cameras = {view.cameras.front()},
                            .camera_estimated = view.camera_estimated && view.cameras.size() == 1});
  }
  ReconstructedFrame& frame = place->frames.emplace_back();
  frame.number = number;
  frame.points = result.frames.front().points;
  place->scale = result.scale;
  place->up_source = result.up_source;
  place->partial = result.partial;
  place->timings = result.timings;
  place->messages = result.messages;
  place->program_version = result.program_version;
  place->model_name = result.model_name;
  return place;
}

int frame_step(const Reconstruction& result) {
  return result.frames.size() > 1 ? result.frames[1].number - result.frames[0].number : 1;
}

std::vector<int> cameras_of_views(const Capture& capture, const Reconstruction& result) {
  std::vector<int> cameras;
  for (std::size_t v = 0; v < result.views.size(); ++v) {
    const auto holds_it = [file = std::filesystem::path(result.views[v].path)](const CaptureCamera& camera) {
      return std::find(camera.paths.begin(), camera.paths.end(), file) != camera.paths.end();
    };
    const auto found = std::find_if(capture.cameras.begin(), capture.cameras.end(), holds_it);
    cameras.push_back(found == capture.cameras.end() ? int(v) : int(found - capture.cameras.begin()));
  }
  return cameras;
}

}  // namespace ahap
