#pragma once

#include "reconstruction/multiview/association_search.h"
#include "reconstruction/multiview/joint_association.h"

namespace ahap {

// A hypothesis with the background points that took part in its adjustment (their positions:
// Hypothesis::state).
struct Calibration {
  Hypothesis hypothesis;
  std::vector<BackgroundTrack> background;
};

// Everything a JointAssociation says of cameras and people: views whose orientation stays unsure lose their
// pose, the rest is adjusted without them, the world moves to the first estimated camera, people are
// triangulated. labels: every person. Fills views, people, person_of_observation and adjusted.
void describe(const std::vector<ViewObservation>& views, const NormalizedCapture& capture,
              Calibration calibration, Tracks labels, const AssociationOptions& options,
              JointAssociation& result);

// The same for the people alone: cameras are those of `h`, whose tracks took part in its adjustment. Fills
// people, person_of_observation and adjusted.
void describe_people(const NormalizedCapture& capture, const Hypothesis& h, Tracks labels,
                     const AssociationOptions& options, JointAssociation& result);

// The body as one view alone suggests it, world.
BodyPoints body_as_seen(const NormalizedPerson& person, const ViewParameters& view);

// What was adjusted for an association.
Hypothesis hypothesis_of(const NormalizedCapture& capture, const JointAssociation& association);

// Person of each observation, -1 for none; people by number of observations, then by first appearance.
std::vector<int> person_of_observations(Tracks& labels, std::size_t observations);

}  // namespace ahap
