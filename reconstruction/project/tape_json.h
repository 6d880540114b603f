#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "reconstruction/formats/json_file.h"
#include "reconstruction/tape.h"

namespace ahap {

// A list of {from, to}; an end is {point: [x, y, z]}, {person, joint: "left_wrist"} or {person, vertex}.
nlohmann::ordered_json json_of(const std::vector<Tape>& tapes);

// The list "tapes" of an object at `where` in the file; none where there is no list. Throws what JsonReader
// throws.
std::vector<Tape> tapes_of(const JsonReader& in, const JsonReader::Json& json, const std::string& where);

}  // namespace ahap
