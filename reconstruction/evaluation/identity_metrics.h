#pragma once

#include <span>
#include <vector>

#include "reconstruction/box.h"
#include "reconstruction/evaluation/metrics.h"

namespace ahap {

// A person in one view of one frame.
struct IdentifiedBox {
  int view = 0;
  int id = 0;
  Box box;
  bool hard = false;  // hardly visible: true boxes alone; need not be found, and finding them is no mistake
};
using IdentifiedBoxes = std::vector<IdentifiedBox>;  // of one frame

// Overlap from which a box is a true one's (MOT challenge).
constexpr double kSameBox = 0.5;

struct IdentityScores {
  // ID precision, ID recall and IDF1 (Ristani et al. 2016): shares of boxes whose identity is right under the
  // best one-to-one naming of people over all views and frames.
  Score precision, recall, f1;
  // CLEAR MOT (Bernardin and Stiefelhagen 2008), each view by itself: MOTA = 1 - (misses + false alarms +
  // switches) / true boxes. A switch: a person has another id than when this view last found it.
  int misses = 0, false_alarms = 0, switches = 0, true_boxes = 0;
  Score mota;
  // The naming: pairs of a predicted and a true id.
  std::vector<std::pair<int, int>> names;
};

// By frame, both equally long. A predicted id of 0 or less is nobody and counts as a box of a false identity.
IdentityScores identity_scores(std::span<const IdentifiedBoxes> predicted,
                               std::span<const IdentifiedBoxes> truth);

}  // namespace ahap
