#pragma once

namespace ahap {

// The text of the Apache License 2.0.
const char* apache_licence();

}  // namespace ahap
