#pragma once

#include "reconstruction/image.h"
#include "reconstruction/observations.h"

namespace ahap {

// Colors of a person's parts between its joints: trunk, thighs, shins and head, each a histogram over L*a*b*
// (5 x 16 x 16 bins over L 0..100 and a, b -64..64, smoothed, sum 1). Parts of few pixels or of joints that
// were not observed stay empty. The picture is reduced to 960 pixels on its longer side.
Appearance appearance_of(const Image& image, const PersonObservation& person);

// Mean Bhattacharyya coefficient of the parts that both show, 0..1, trunk and thighs counting most; 0.5 when
// they share none.
double appearance_similarity(const Appearance& a, const Appearance& b);

}  // namespace ahap
