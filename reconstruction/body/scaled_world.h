#pragma once

#include <array>
#include <memory>

#include "reconstruction/body/body_model.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// The betas whose standing body comes nearest to this one's, multiplied by `factor` (least squares over the
// vertices).
std::array<float, kSmplBetas> scaled_betas(const BodyModel& body, const std::array<float, kSmplBetas>& betas,
                                           double factor);

// The same result in a world that is multiplied by `factor` about its origin: everything in metres, of
// cameras, points and bodies. The floor stays where it is, and pictures show what they showed. SMPL's
// parameters know no size, so betas become scaled_betas(), with the pelvis in its place: that needs the body,
// which a range holds and which may be the program's own (own_body.h). Parameters of another body keep their
// size, and a message says so; its joints and mesh are multiplied nevertheless. Later corrections of the
// result are multiplied, too. Takes up to a second. Throws std::invalid_argument for factors that are not
// positive.
std::shared_ptr<const Reconstruction> scaled(const Reconstruction& reconstruction, double factor);

// By how much all cameras of `after` are those of `before`, multiplied; nothing where they are others.
std::optional<double> scale_between(const Reconstruction& before, const Reconstruction& after);

}  // namespace ahap
