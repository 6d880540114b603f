#pragma once

#include <vector>

#include "reconstruction/body_fit/body_fit.h"
#include "reconstruction/geometry/ground.h"
#include "reconstruction/multiview/joint_association.h"
#include "reconstruction/progress.h"

namespace ahap {

struct PlacedPerson {
  std::vector<int> observations;  // those in views with a pose first
  BodyFit body;
  int reference = 0;  // observation that shows most of the person
  bool triangulated = false;
};

// Cameras and bodies in one world.
struct PlacedScene {
  std::vector<FitView> views;
  std::vector<bool> estimated;
  std::vector<double> rotation_sigma;  // radians
  std::vector<PlacedPerson> people;
  int reference_view = 0;
};

// Chooses the views that make the world (where the association found no poses, the one that shows most), fits
// everybody's body, levels the world by gravity, bodies and floor, and fits again with the feet on the floor.
// Gravity is that of `views`; where these know none, that of the bodies, unless `learned_up` (of each view, a
// network's; empty: none) contradicts it clearly: people lie and crouch. The world of known cameras stays as
// it is where it is level, with its floor at y = 0. People who are seen in no view with a pose, or whose
// points no body explains, are left out.
PlacedScene place_people(const FittedBodyModel& body, std::vector<ViewObservation> views,
                         const std::vector<UpEstimate>& learned_up, const JointAssociation& association,
                         const std::vector<PersonObservation>& seen, WorldFrame& world,
                         const Progress& progress);

// The scene with the people of another association of the same cameras, in the same world: bodies of people
// whose observations are the same stay as they are, the others are fitted.
PlacedScene replace_people(const FittedBodyModel& body, const JointAssociation& association,
                           const std::vector<PersonObservation>& seen, const PlacedScene& before,
                           const Progress& progress);

}  // namespace ahap
