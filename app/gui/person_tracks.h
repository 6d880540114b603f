#pragma once

#include <string>
#include <vector>

#include "reconstruction/reconstruction.h"

namespace ahap {

// What a body in a frame stands on.
enum class BodySupport {
  seen,      // in several views, or in the only one that there is
  one_view,  // of several: its distance is an estimate
  filled,    // nothing shows the person, the body lies between frames that do
};

// Frames of a person that follow each other in the result and have the same support; numbers in the capture.
struct TrackSpan {
  int first = 0, last = 0;
  BodySupport support = BodySupport::seen;
  bool operator==(const TrackSpan&) const = default;
};

struct PersonTrack {
  int person_id = 0;
  std::string label;
  std::vector<TrackSpan> spans;  // by time
};

BodySupport support_of(const Reconstruction& result, const BodyInFrame& body);
// When each person is there, in the order of the people.
std::vector<PersonTrack> person_tracks(const Reconstruction& result);

}  // namespace ahap
