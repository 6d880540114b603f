#pragma once

#include "reconstruction/body/body_model.h"

namespace ahap {

enum class BodyDetail {
  full,  // 5 to 8 thousand vertices: what ships and what people see
  low,  // about a thousand vertices, same skeleton, shape space and skinning: for rendering training captures
        // fast
};

// The project's own body in SMPL's format: 24 joints with SMPL's names, order and tree, 10 betas.
// Deterministic.
BodyModel procedural_body(BodyDetail detail = BodyDetail::full);

}  // namespace ahap
