#pragma once

#include <Eigen/Geometry>
#include <optional>
#include <string>

#include "reconstruction/reconstruction.h"

namespace ahap {

// One end of a tape measure: a place of the world, or one on a body, which moves with it.
struct TapeEnd {
  enum class Kind { point, joint, vertex };
  Kind kind = Kind::point;
  Eigen::Vector3f place{0, 0, 0};  // of a point, world frame, metres
  int person_id = kNobody;         // of a joint or vertex
  int index = 0;                   // of the SMPL joint, or of the mesh's vertex

  bool operator==(const TapeEnd&) const = default;
};

// A distance that somebody measures.
struct Tape {
  TapeEnd from, to;

  bool operator==(const Tape&) const = default;
};

// Where an end is in a frame, an index into the reconstruction's frames; nothing where its person, joint or
// vertex is not there.
std::optional<Eigen::Vector3f> place_of(const TapeEnd& end, const Reconstruction& reconstruction, int frame);
// Metres; nothing where one of the ends is not there.
std::optional<double> length_of(const Tape& tape, const Reconstruction& reconstruction, int frame);

// The same tape in a world that was moved or multiplied.
Tape moved(Tape tape, const Eigen::Affine3d& new_from_old);

// "Person 2, left wrist", "Person 2, surface" or "point".
std::string end_label(const TapeEnd& end, const Reconstruction& reconstruction);

}  // namespace ahap
