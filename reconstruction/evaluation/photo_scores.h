#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reconstruction/evaluation/metrics.h"
#include "reconstruction/evaluation/photo_benchmark.h"

namespace ahap {

// Scores against labelled photographs. They follow the benchmark's own rules (score.py), whose numbers they
// equal. Angles are in degrees, lengths in metres.

struct PhotoCameraScores {
  int views = 0, estimated = 0, pairs = 0;  // with a measured camera; of these with a pose
  std::vector<double> angles;               // of the relative rotation of every pair of estimated cameras
  std::vector<double> camera_angles;        // per estimated camera: the median of those of its pairs
  Score rra5, rra10, rra15;                 // of all pairs: a pair without poses fails
  // After the one Sim(3) of the centres; with three estimated cameras or more.
  struct Centres {
    std::vector<double> errors;
    double scene_size = 0;    // largest distance of a true centre from their mean
    Score s_cca10;            // nearer than a tenth of that, of all views
    double scale = 0;         // true size / estimated size
    double metric_error = 0;  // mean after the one SE(3)
  };
  std::optional<Centres> centres;
  Score focal;  // |f / true f - 1|

  Score ae_mean() const;
  std::optional<double> ae_median() const;
};

struct PhotoPeopleScores {
  int found = 0, missed = 0, false_alarms = 0;
  Score precision, recall, f1;
  // Joints within a fifth of the person's trunk: of people found, and of all labelled ones.
  bool joints_labelled = false;
  Score pck, pck_all;
  // The same for the joints of the person's body as its camera shows them, of all labelled ones.
  Score pck_bodies;
  struct Identities {
    int true_people = 0, found_people = 0;
    Score accuracy, accuracy_found;  // observations whose identity is right under the best one-to-one naming
    Score pair_precision, pair_recall;
    bool swapped = false;  // one identity for two people in different views
  };
  std::optional<Identities> identities;  // of several views
  bool heights_known = false;
  Score height;  // |height - true height|
};

struct PhotoItemScores {
  std::string name;
  bool several_views = false;
  std::optional<PhotoCameraScores> cameras;  // with two measured cameras or more
  PhotoPeopleScores people;
};

// Scores one frame, an index into Reconstruction::frames. A detection's identity counts from 0 on; views are
// matched by name.
PhotoItemScores score_photographs(const Reconstruction& result, int frame, const LabelledItem& item);

// Every choice of `size` views with a measured camera each, of an item that has so many, as items of their
// own.
std::vector<LabelledItem> view_subsets(const LabelledItem& item, int size);

// Median of values, the mean of the two middle ones where they are even; nothing without values.
std::optional<double> median(std::vector<double> values);

}  // namespace ahap
