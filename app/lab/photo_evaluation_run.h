#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/cli/terminal_progress.h"
#include "reconstruction/evaluation/photo_report.h"
#include "reconstruction/reconstruct.h"

namespace ahap {

struct PhotoEvaluation {
  std::filesystem::path benchmark;  // evaluation/photo_benchmark.h
  std::filesystem::path
      results;  // RESULTS/ITEM/reconstruction.json of earlier runs; empty: reconstructed now
  std::vector<std::string> items;  // names; none: all
  int limit = 0;                   // only the first items; 0: all
  bool subsets = false;            // every two and three pictures with measured cameras as well
};

// The items that are asked for. Throws where a name is unknown.
std::vector<LabelledItem> chosen_items(const PhotoEvaluation& request);

// Scores earlier results.
PhotoReport score_results(const PhotoEvaluation& request);

// Reconstructs the photographs and scores what comes out.
PhotoReport evaluate_photographs(const PhotoEvaluation& request, Model& model, const Options& options,
                                 TerminalProgress& terminal);

}  // namespace ahap
