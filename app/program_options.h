#pragma once

#include "reconstruction/reconstruct.h"

namespace ahap {

// A run's options as the program starts with them: all that this build has takes part.
Options program_options();

}  // namespace ahap
