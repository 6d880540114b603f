#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reconstruction/evaluation/ground_truth.h"
#include "reconstruction/geometry/similarity.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// A sum over a number of cases: its value is the mean, and sums over captures pool their cases.
struct Score {
  double sum = 0;
  double count = 0;

  std::optional<double> value() const { return count > 0 ? std::optional(sum / count) : std::nullopt; }
  void add(double x) { sum += x, count += 1; }
  Score& operator+=(const Score& other) {
    sum += other.sum;
    count += other.count;
    return *this;
  }
};

using Joints = std::vector<Eigen::Vector3d>;         // of one person, metres
using CameraPoses = std::vector<Eigen::Isometry3d>;  // world_from_camera

// Each metric takes what was predicted and what is true, equally long and in the same order. Distances are in
// metres, angles in radians. A metric that has no answer (no people, no unique alignment) counts nothing.

// --- people ---
// Mean distance of joints as they are.
Score mpjpe(std::span<const Joints> predicted, std::span<const Joints> truth);
// W-MPJPE: after the one SE(3) that aligns the predicted cameras to the true ones.
Score w_mpjpe(std::span<const Joints> predicted, std::span<const Joints> truth,
              const CameraPoses& predicted_cameras, const CameraPoses& true_cameras);
// GA-MPJPE: after one Sim(3) over all people of the scene.
Score ga_mpjpe(std::span<const Joints> predicted, std::span<const Joints> truth);
// PA-MPJPE: after one Sim(3) per person.
Score pa_mpjpe(std::span<const Joints> predicted, std::span<const Joints> truth);

// --- cameras ---
// TE (SE3) and s-TE (Sim3): mean distance of camera centres after aligning the trajectories.
Score translation_error(const CameraPoses& predicted, const CameraPoses& truth, AlignmentGroup group);
// Angle between predicted and true relative rotation, for every pair of cameras.
std::vector<double> relative_rotation_errors(const CameraPoses& predicted, const CameraPoses& truth);
// AE: mean of these angles.
Score angle_error(const CameraPoses& predicted, const CameraPoses& truth);
// RRA@t: share of pairs whose relative rotation is wrong by less than t radians.
Score relative_rotation_accuracy(const CameraPoses& predicted, const CameraPoses& truth, double threshold);
// CCA@t (SE3) and s-CCA@t (Sim3): share of camera centres nearer to the truth than `share` of the scene's
// scale, which is the largest distance of a true camera centre from their mean.
Score camera_center_accuracy(const CameraPoses& predicted, const CameraPoses& truth, AlignmentGroup group,
                             double share);
// Angle between predicted and true up direction, each seen from its camera.
Score up_error(const CameraPoses& predicted, const CameraPoses& truth);

// --- identities ---
// Pairs of detections of different views: is it one person? Ids of the same length as views; detections whose
// true id is negative (false alarms) are left out; a predicted id of 0 or less is nobody, and one with
// nobody.
struct AssociationScores {
  Score precision, recall, accuracy;
};
AssociationScores association_scores(std::span<const int> view, std::span<const int> predicted_id,
                                     std::span<const int> true_id);

// --- detections ---
struct DetectionScores {
  Score precision, recall, f1;
};
DetectionScores detection_scores(int true_positives, int false_positives, int false_negatives);

// --- depth ---
// AbsRel: mean of |predicted - true| / true; delta: share with max(predicted/true, true/predicted) < 1.25.
// Pairs with a true depth of 0 (nothing there) or a predicted one that is not positive and finite are left
// out.
struct DepthScores {
  Score abs_rel, delta;
};
DepthScores depth_scores(std::span<const float> predicted, std::span<const float> truth);

// Everything of one capture.
struct CaptureScores {
  Score precision, recall, f1;                                            // detections
  Score association_precision, association_recall, association_accuracy;  // of pairs of true detections
  Score people_found;                                                     // true people who have a body
  Score mpjpe, w_mpjpe, ga_mpjpe, pa_mpjpe;  // metres; mpjpe: as it stands in the world
  Score te, s_te;                            // metres
  Score ae;                                  // radians
  Score rra5, rra10, rra15;                  // of all pairs; a camera without a pose fails
  Score cca10, s_cca10;                      // of all cameras; likewise
  Score cameras_estimated;                   // share
  Score up;                                  // radians
  Score focal;                               // |log(f / true f)|
  Score depth_abs_rel, depth_delta;          // of the cloud's points in their own views

  // Of videos (motion_metrics.h, identity_metrics.h).
  Score segment_w_mpjpe, segment_wa_mpjpe;  // metres
  Score rte;                                // share of the distance travelled
  Score jitter, true_jitter;                // m/s^3
  Score jitter_ratio;                       // predicted / true
  Score skating;                            // m/s
  Score id_precision, id_recall, idf1, mota;
  Score id_switches, box_misses, box_false_alarms;  // per capture
};

struct MatchingRules {
  double min_visible = 150.0 / (224 * 224);  // a person counts as visible from this share of the picture on
                                             // (its key point inside the picture)
  double max_distance =
      0.25;  // of a detection's key point from the true one, as a share of the person's extent in the picture
};

// Who is who: the true person (index) behind each detection, -1 for a false alarm; per view one-to-one, a key
// point on a true person's visible pixels or near that person's key point counts as that person.
std::vector<int> match_detections(const Reconstruction& reconstruction, int frame, const GroundTruth& truth,
                                  const MatchingRules& rules = {});

// Scores one frame, an index into Reconstruction::frames. Views are matched by name; throws
// std::runtime_error when no name agrees.
CaptureScores score(const Reconstruction& reconstruction, int frame, const GroundTruth& truth,
                    const MatchingRules& rules = {});

// How to show a member of CaptureScores.
struct ScoreColumn {
  std::string name;  // "W-MPJPE"
  std::string key;   // JSON pointer in a report: "/people/w_mpjpe"
  std::string unit;  // "m", "deg", "" for shares
  Score CaptureScores::*member;
  double factor;  // from the member's unit to `unit`
  bool higher_is_better;
};
const std::vector<ScoreColumn>& score_columns();

// One line of a table over captures, in the column's unit.
struct ScoreSummary {
  ScoreColumn column;
  double mean = 0;           // over all cases of all captures
  double low = 0, high = 0;  // 95 % interval of it, by drawing captures with replacement
  double median = 0;         // of the captures' own values
  int captures = 0;          // that have a value
};
// Columns without any value are left out. The same captures give the same intervals.
std::vector<ScoreSummary> summarise(std::span<const CaptureScores> captures, int draws = 1000);

}  // namespace ahap
