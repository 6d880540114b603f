#include "app/program_options.h"

#include "reconstruction/capture/feature_matching.h"
#include "reconstruction/capture/optical_flow_follower.h"

namespace ahap {

Options program_options() {
  Options options;
  options.match_features = [](std::span<const Image* const> pictures, const Progress& progress) {
    return match_features(pictures, {}, progress);
  };
  options.range.follow_background = optical_flow_follower;
  return options;
}

}  // namespace ahap
