#pragma once

#include "reconstruction/reconstruction.h"
#include "reconstruction/stages/photo_evidence.h"

namespace ahap {

// All but timings.
Reconstruction photo_result(const PhotoEvidence& evidence, const PhotoState& state);

}  // namespace ahap
