#pragma once

#include "reconstruction/reconstruction.h"

namespace ahap {

// No exporter writes a number that is not finite: these throw a sentence that names the first one.
void require_finite(const PointCloud& points);
void require_finite(const PersonInFrame& person);
void require_finite(const Person& person);  // in all its frames
void require_finite(const Reconstruction& reconstruction, int frame);
void require_finite(const Reconstruction& reconstruction);  // all frames

}  // namespace ahap
