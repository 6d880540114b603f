#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ahap {

// What the observations of a run depend on, as names and values for people: ("model", "photo"), ("frames",
// "0 to 299").
using ObservationTerms = std::vector<std::pair<std::string, std::string>>;

// Of runs on a range of frames.
struct RangeOptions {
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
