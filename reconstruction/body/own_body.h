#pragma once

#include <memory>
#include <string>

#include "reconstruction/body/body_model.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// The body of this name that the program makes itself (procedural_body.h), made once; null: there is none.
// May be called from any thread.
std::shared_ptr<const BodyModel> own_body(const std::string& name);

// The program's own body, if the joints of all people are its; null: they are those of another body.
std::shared_ptr<const BodyModel> own_body_of(const Reconstruction& result);

}  // namespace ahap
