#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "reconstruction/capture/capture.h"
#include "reconstruction/options.h"

namespace ahap {

// By how much a camera began later than the reference, as somebody says it.
struct OffsetByHand {
  std::string camera;  // its name in the capture, with or without the extension
  double amount = 0;
  bool in_frames = false;  // of this camera; else seconds
};
// "cam2=+0.35" is seconds, "cam3=-4f" frames. Throws std::invalid_argument.
OffsetByHand parse_offset(const std::string& text);

// Seconds of each camera of the capture. Throws a sentence where there is no such camera, or several.
std::vector<std::optional<double>> offsets_of(const Capture& capture,
                                              const std::vector<OffsetByHand>& by_hand);

// Where a run keeps what it observes: beside its folder of results.
std::filesystem::path observations_file(const std::filesystem::path& output);

// What the observations of these frames depend on.
ObservationTerms observation_terms(const Capture& capture, const std::vector<int>& frames,
                                   const Options& options);

}  // namespace ahap
