#pragma once

#include <exception>
#include <string>

namespace ahap {

// What to tell a person about a failure: one line, with names of files made readable. Our own sentences
// (std::runtime_error) stay as they are; what the system and libraries throw is put into words.
std::string error_text(const std::exception& error);

}  // namespace ahap
