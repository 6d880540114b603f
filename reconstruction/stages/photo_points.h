#pragma once

#include "reconstruction/mesh.h"
#include "reconstruction/progress.h"
#include "reconstruction/stages/photo_evidence.h"

namespace ahap {

// Depth of the views with a pose, brought to the metres of bodies, floor and background matches, as one cloud
// of points.
PointCloud photo_points(const PhotoEvidence& evidence, const PhotoState& state, const Progress& progress);

// The points of the place: those of nobody.
PointCloud points_of_place(const PointCloud& points);

// The points of views that are not left out.
PointCloud points_of_views(const PointCloud& points, const std::vector<bool>& left_out);

// The points of `before`, but of what their views show of these people (ids, sorted) those of `after`.
PointCloud with_points_of_people(const PointCloud& before, const PointCloud& after,
                                 const std::vector<int>& people);

}  // namespace ahap
