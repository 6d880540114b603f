#include "app/program_options.h"

#include "reconstruction/capture/feature_matching.h"

namespace ahap {

Options program_options() {
  Options options;
  options.match_features = [](std::span<const Image* const> pictures, const Progress& progress) {
    return match_features(pictures, {}, progress);
  };
  return options;
}

}  // namespace ahap
