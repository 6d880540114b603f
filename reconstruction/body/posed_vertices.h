#pragma once

#include <Eigen/Core>
#include <array>

#include "reconstruction/body/body_model.h"
#include "reconstruction/smpl_parameters.h"

namespace ahap {

using Vertices = Eigen::Matrix<float, Eigen::Dynamic, 3, Eigen::RowMajor>;

// The vertices (V, 3) of a body with these parameters, in the parameters' frame, metres: shape and pose
// blends, forward kinematics, linear blend skinning (Loper et al. 2015, eqs. 2-10), as the differentiable
// layer of body/smpl.h computes them. Betas that the body does not have are ignored.
Vertices posed_vertices(const BodyModel& body, const SmplParameters& parameters);

// The 24 joints alone, in the same frame.
std::array<Eigen::Vector3f, kSmplJoints> posed_joints(const BodyModel& body,
                                                      const SmplParameters& parameters);

}  // namespace ahap
