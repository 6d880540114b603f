#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "reconstruction/multiview/background_matches.h"
#include "reconstruction/progress.h"
#include "reconstruction/reconstruction.h"
#include "reconstruction/view.h"

namespace ahap {

enum class AssociationMethod { automatic, learned, geometric };
enum class CameraMethod { automatic, closed_form };  // from people: adjusted to their joints, or left as they are found
enum class DepthScale { view, scene, none };           // equation 14 for every view, for all together, or not at all
enum class Device { automatic, cpu, cuda };
enum class Precision { automatic, f32, bf16 };

// Finds the same places in several pictures (capture/feature_matching.h, where there is OpenCV).
using FeatureMatcher = std::function<BackgroundMatches(std::span<const Image* const> pictures, const Progress& progress)>;

struct Options {
  std::string model;                           // for load_models: name or folder; empty: the default
  AssociationMethod association = AssociationMethod::automatic;
  CameraMethod cameras = CameraMethod::automatic;  // where the scene branch does not relate the views
  bool straight_edges = true;                  // gravity, focal lengths and headings from them, likewise
  bool triangulate = true;                     // people's places; else from one view's depth
  bool decode_every_view = true;               // bodies decoded in all views and averaged; else in one view (the paper's way)
  DepthScale depth_scale = DepthScale::view;   // where every view's depth has a scale of its own
  bool refine = false;                         // bundle adjustment of cameras, places and poses at the end
  Device device = Device::automatic;           // for load_models
  Precision precision = Precision::automatic;  // for load_models; automatic: bf16 where the processor has it
  double detection_threshold = -1;  // 0..1; negative: the model's own
  int max_points = 1'000'000;       // of the point cloud
  FeatureMatcher match_features;    // photographs: sharpens cameras by what the pictures' backgrounds share; none: people alone
  std::filesystem::path dump_tensors;  // safetensors file for the intermediate tensors; empty: none
};

// The networks and the body, loaded once and used for many runs. Hides LibTorch from its users.
class Models;

// name_or_directory: a model name ("compact"), a directory with a model.json, or empty for the default.
// Throws with a sentence that names the file (and tensor) when something is missing or wrong.
std::shared_ptr<Models> load_models(const std::string& name_or_directory = {}, Device device = Device::automatic,
                                    Precision precision = Precision::automatic);

// The whole run on one moment: views -> scene branch -> human branch -> identity -> human head -> body -> alignment.
// Throws Cancelled when progress.stop_requested() turned true, std::runtime_error for unusable input.
std::shared_ptr<const Reconstruction> reconstruct(const std::vector<View>& views, Models& models,
                                                  const Options& options, const Progress& progress = {});

}  // namespace ahap
