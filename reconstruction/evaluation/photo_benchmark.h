#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "reconstruction/box.h"
#include "reconstruction/camera.h"

namespace ahap {

// Photographs of real people that were labelled by hand, some with measured cameras.

inline constexpr int kCocoJoints = 17;

struct LabelledJoint {
  Eigen::Vector2d pixel{0, 0};
  bool known = false;
};

struct LabelledPerson {
  std::string id;        // the same in all views of an item; empty: not known
  Box box;               // of the visible part
  bool ignored = false;  // hardly visible: neither a miss nor a false alarm
  std::optional<std::array<LabelledJoint, kCocoJoints>> joints;
};

struct LabelledView {
  std::string name;  // of the picture's file
  int width = 0, height = 0;
  std::optional<Camera> camera;  // measured; K without the lens's distortion, which the pictures have
  std::optional<std::vector<LabelledPerson>> people;
  std::vector<Box> ignored_regions;
  bool everybody = true;  // false: people are missing in the labels, so that nothing is a false alarm
};

// What is reconstructed at once.
struct LabelledItem {
  std::string name;
  std::filesystem::path path;  // a folder of pictures, or one picture
  bool several_views = false;  // of its group, "multiview"; else one of "pictures"
  std::vector<LabelledView> views;
  std::vector<std::pair<std::string, double>> heights;  // metres, by id; may be empty
};

// On disk: a folder with truth.json: `multiview`, a list of `name`, `path` (a folder in this one), `views`,
// and `people`
// (`id`, `height`) where heights are known; `pictures`, a list of `name`, `file`, `views`. A view: `name`,
// `width`, `height`; `K` (3 x 3 rows, the centre of the top-left pixel at (0.5, 0.5)) and `world_from_camera`
// (4 x 4 rows, metres, camera axes x right, y down, z forward) or neither; `people`: `box` (x0, y0, x1, y1),
// `id`, `ignore`, `keypoints` (17 x (x, y, v) in COCO's order, v 0 = not known); `ignore_regions`, a list of
// boxes; `complete`.
bool is_photo_benchmark(const std::filesystem::path& folder);

// Throws a sentence that names the file and what is wrong in it.
std::vector<LabelledItem> read_photo_benchmark(const std::filesystem::path& folder);

}  // namespace ahap
