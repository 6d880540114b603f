#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

#include "reconstruction/photo_fit.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// What speaks for and against a detection being a person, as far as the result holds it.
struct IdentityEvidence {
  double agreement = 0;         // with the person's body, 0..1 (AssociationMatrix)
  std::optional<PhotoFit> fit;  // how far that body lies beside the detection
  // The person's detection in another view that agrees best with its body; -1: there is none.
  int other = -1;
  // Where the other view can show what the detection's key point shows: a line in its picture, original
  // pixels. Empty where one of the two cameras has no pose.
  std::vector<Eigen::Vector2d> epipolar_line;
  std::optional<double> beside_line;  // the other's key point, pixels
  // Who comes after this person, by agreement; kNobody: nobody else agrees at all.
  int next = kNobody;
  double next_agreement = 0;
};

// `frame` is an index into the reconstruction's frames.
IdentityEvidence identity_evidence(const Reconstruction& reconstruction, int frame, int detection,
                                   int person_id);

}  // namespace ahap
