#pragma once

#include "reconstruction/reconstruction.h"
#include "reconstruction/stages/photo_evidence.h"

namespace ahap {

// Of a view whose camera is not known yet: what its picture needs to be drawn. focal_length: pixels, 0 where
// nothing tells.
Camera unplaced_camera(int width, int height, double focal_length);

// How well each observation in a view with a pose agrees with each person's body, 0..1. ids: of the scene's
// people.
AssociationMatrix agreement(const PlacedScene& scene, const std::vector<int>& ids,
                            const std::vector<PersonObservation>& seen);

// person: index into the scene's people, -1: none.
Detection detection_of(const PersonObservation& seen, const PlacedScene& scene, int person, int id);

// Without its mesh.
BodyInFrame body_in_frame(const PlacedPerson& placed, const std::vector<PersonObservation>& seen);

// All but timings.
Reconstruction photo_result(const PhotoEvidence& evidence, const PhotoState& state);

}  // namespace ahap
