#pragma once

#include <filesystem>

#include "reconstruction/body/body_model.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {

// An SMPL-X body (Pavlakos et al. 2019), posed by the body layer Smpl: one row of coefficients is the B betas
// followed by the E expression coefficients, the rotations are (N, 55, 3, 3) in the order of the joints, and
// the hands are flat at identity. Metres; template Y up, facing +Z. SMPL's betas have no meaning here.
struct SmplxModel {
  BodyModel body;           // shapedirs (3V, B + E)
  int num_betas = 0;        // B
  int num_expressions = 0;  // E
};

// Reads an official SMPL-X file, a numpy .npz or a .pkl, recognised by content, or what save_smplx_model
// wrote. Of its directions the first num_betas of the shape and the first num_expressions of the expression
// are kept: official files hold 300 + 100 (v1.1) or 10 + 10 (v1.0). The tree is the file's own. Anything but
// 55 joints, a joint before its parent and too few directions are refused; the message of a failure names the
// file and the array.
SmplxModel load_smplx_model(const std::filesystem::path& file, int num_betas = 10, int num_expressions = 10);

// Writes the official arrays as an .npz, beside them num_betas, where the expression directions start.
void save_smplx_model(const SmplxModel& model, const std::filesystem::path& file);

}  // namespace ahap
