#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reconstruction/evaluation/photo_scores.h"

namespace ahap {

// Reconstructions from a few of an item's pictures, all choices of so many of them.
struct PhotoSubsets {
  int size = 0;  // pictures
  std::vector<PhotoItemScores> scores;
};

struct PhotoReport {
  std::vector<PhotoItemScores> items;
  std::vector<std::string> missing;  // items without a result
  std::vector<PhotoSubsets> subsets;
};

// Over all choices of `size` pictures.
struct SubsetSummary {
  int count = 0;
  double ae_mean = 0,
         ae_median = 0;  // degrees, of the subsets' mean angles; a subset without two poses counts as 180
  Score rra10;           // mean of the subsets'
  int swapped = 0;       // subsets in which one identity stands for two people
};
SubsetSummary summarise(const PhotoSubsets& subsets);

// Cameras and people of every item, then the means, as the benchmark's score.py prints them; below them what
// it does not know: joints of the bodies, cameras wrong by more than 10 degrees, subsets.
std::string photo_report_text(const PhotoReport& report);

// `items`, by name: `kind` ("multiview" or "pictures"), `cameras` (null where fewer than two are measured)
// and `people` under score.py's keys; `missing`; `subsets`: `size`, `count`, `AE_mean`, `AE_median`,
// `RRA@10`, `swapped`.
void write_photo_report_json(const PhotoReport& report, const std::filesystem::path& file);

}  // namespace ahap
