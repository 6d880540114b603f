#pragma once

#include <optional>
#include <span>
#include <vector>

#include "reconstruction/multiview/association_search.h"
#include "reconstruction/multiview/joint_association.h"

namespace ahap {

// Cameras whose poses are known before anybody is seen (ViewObservation::camera_from_world).

// By how much the known poses must be scaled so that people have their usual size: the median over pairs of
// observations that two views with known poses explain as one person. frames: people of each. Nothing where
// no pair does.
std::optional<double> scale_by_people(const std::vector<ViewObservation>& views,
                                      std::span<const std::vector<PersonObservation>> frames);

// The views' parameters as known; of the others the mean focal length.
std::vector<ViewParameters> known_parameters(const NormalizedCapture& capture);

// Who is who in the views with known poses, to start from: people join as long as that lowers the cost.
Hypothesis people_of_known_cameras(const NormalizedCapture& capture, const AssociationSearch& search,
                                   const AssociationOptions& options, const Progress& progress);

// Whether one of the placed views has a known pose.
bool has_known_world(const NormalizedCapture& capture, const Hypothesis& hypothesis);

// Moves the world to that of the known poses where the views are free to differ from them: by the similarity
// that brings their places and orientations closest, of one view its rigid motion. Poses that are kept lie
// there already.
void move_to_known_world(const NormalizedCapture& capture, Hypothesis& hypothesis);

// How far people contradict cameras that were believed.
struct Contradiction {
  double gain = 0;  // of cameras found from the people alone, log likelihood of an observed point
  double lost =
      0;  // share of the observations in views with known poses that are linked with those cameras only
  std::vector<double> rotation;  // of each view with a known pose, radians, against most of the others
};
// believed: what associate_and_calibrate found with the known poses. Cameras are sought without them only
// where something is suspicious: links are few, or cameras would rather move.
Contradiction contradiction_of(const std::vector<ViewObservation>& views,
                               const std::vector<PersonObservation>& people, const JointAssociation& believed,
                               const AssociationOptions& options, const Progress& progress = {});

}  // namespace ahap
