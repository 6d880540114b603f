#pragma once

#include <vector>

#include "reconstruction/body/body_model.h"
#include "reconstruction/reconstruction.h"
#include "reconstruction/smpl_parameters.h"

namespace ahap {

SmplParameters smpl_of(const Person& person, const BodyInFrame& body);

std::vector<Triangle> triangles_of(const BodyModel& body);

// Without normals, in the parameters' frame, metres.
TriangleMesh mesh_of(const BodyModel& body, const SmplParameters& parameters);

}  // namespace ahap
