#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reconstruction/background_follower.h"

namespace ahap {

// What the observations of a run depend on, as names and values for people: ("model", "photo"), ("frames",
// "0 to 299").
using ObservationTerms = std::vector<std::pair<std::string, std::string>>;

// Whether cameras move: noticed from their backgrounds, or as somebody knows it of all of them.
enum class CamerasMove { automatic, no, yes };

// Of runs on a range of frames.
struct RangeOptions {
  CamerasMove cameras_move = CamerasMove::automatic;
  // One for each camera (capture/optical_flow_follower.h, where there is OpenCV); none: cameras are taken to
  // stand still.
  std::function<std::unique_ptr<BackgroundFollower>()> follow_background;
  // Of each camera, by which its first frame comes later than the reference's, seconds; nothing, or beyond
  // the end: it is found.
  std::vector<std::optional<double>> offsets;
  // What is observed is kept in this file while the run goes on; empty: nowhere. The run does not remove it.
  std::filesystem::path observations;
  ObservationTerms terms;  // of these observations
  bool resume = false;     // goes on from the file, where there is one
  // Asked after each observed frame: true ends observing, and the result is of the frames observed so far.
  std::function<bool()> finish_requested;
};

}  // namespace ahap
