#pragma once

#include <vector>

#include "reconstruction/chromm/people_in_views.h"
#include "reconstruction/models/chromm_model.h"
#include "reconstruction/networks/square_input.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// The people of square pictures as plain values, in pixels of the originals; `view` is the picture's number.
// A head lies behind the surface that the scene shows there: as CHROMM's own heads say, or without them by
// what its own body has in front of it.
std::vector<PersonInView> people_in_pictures(const ChrommPeople& found, const SceneEstimate& scene,
                                             const std::vector<SquarePlacement>& placements,
                                             const ChrommModel& model);

// Somebody's bodies in the frames of the same numbers as the instants, with 24 SMPL joints and without
// meshes. Poses are those of SMPL-X, and where the model has such a body they stay SMPL-X poses without
// transl (place_smplx_bodies gives it); shapes are the mean.
Person fused_person(const std::vector<FusedBody>& bodies, const ChrommModel& model);

// SMPL-X, of all of somebody's instants: one shape.
std::array<float, kSmplBetas> mean_betas(const std::vector<FusedBody>& bodies);

}  // namespace ahap
