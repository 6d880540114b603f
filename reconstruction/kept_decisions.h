#pragma once

#include "reconstruction/corrections.h"

namespace ahap {

// What outlasts a run on the same frame: who the locked detections are and whether they are left out,
// people's numbers and names, and which views are left out.

// Whether there is any of it.
bool keeps_decisions(const Reconstruction& reconstruction);
// Another run's result with what outlasts `before`. A detection is found again by its place in its picture.
// Throws as with_decisions, and where the result cannot be corrected but would have to be.
std::shared_ptr<const Reconstruction> with_kept_decisions(const Reconstruction& before,
                                                          std::shared_ptr<const Reconstruction> now,
                                                          const Progress& progress = {});

}  // namespace ahap
