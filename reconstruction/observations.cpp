#include "reconstruction/observations.h"

#include <algorithm>

namespace ahap {

int count_observed(const PersonObservation& person) {
  return int(std::count_if(person.points.begin(), person.points.end(),
                           [](const ObservedPoint& p) { return p.observed(); }));
}

double body_size(const PersonObservation& person) {
  return std::max(person.box.x1 - person.box.x0, person.box.y1 - person.box.y0);
}

}  // namespace ahap
