#pragma once

#include <filesystem>
#include <functional>
#include <span>

#include "reconstruction/image.h"
#include "reconstruction/known_camera.h"
#include "reconstruction/models/load_model.h"
#include "reconstruction/multiview/background_matches.h"
#include "reconstruction/progress.h"
#include "reconstruction/range_options.h"

namespace ahap {

// learned: person queries seeded by every detection, with what places say; queries: the paper's algorithm 1
// alone; automatic: learned where the model has AHAP heads, else geometric.
enum class AssociationMethod { automatic, learned, queries, geometric };
const char* to_string(AssociationMethod method);
enum class CameraMethod {
  automatic,
  closed_form
};  // from people: adjusted to their joints, or left as they are found
enum class DepthScale { view, scene, none };  // equation 14 for every view, for all together, or not at all

// Finds the same places in several pictures (capture/feature_matching.h, where there is OpenCV).
using FeatureMatcher =
    std::function<BackgroundMatches(std::span<const Image* const> pictures, const Progress& progress)>;

// Ways to reconstruct that studies compare; the defaults are the best ones.
struct StudyOptions {
  CameraMethod cameras = CameraMethod::automatic;  // where the scene branch does not relate the views
  bool straight_edges = true;  // gravity, focal lengths and headings from them, where it does not
  bool triangulate = true;     // people's places; else from one view's depth
  bool decode_every_view =
      true;  // bodies decoded in all views and averaged; else in one view (the paper's way)
  DepthScale depth_scale = DepthScale::view;  // where every view's depth has a scale of its own
};

struct Options {
  LoadOptions load;
  AssociationMethod association = AssociationMethod::automatic;
  bool refine = false;               // bundle adjustment of cameras, places and poses at the end
  double detection_threshold = -1;   // 0..1; negative: the model's own
  int max_points = 1'000'000;        // of the point cloud
  KnownCameraOptions known_cameras;  // photographs: what becomes of the views' known cameras
  bool shared_lens = false;          // photographs: all views have one focal length
  FeatureMatcher match_features;     // photographs: sharpens cameras by their backgrounds; none: people alone
  RangeOptions range;
  StudyOptions study;
  std::filesystem::path dump_tensors;  // safetensors file for the intermediate tensors; empty: none
};

}  // namespace ahap
