#pragma once

#include <nlohmann/json.hpp>

#include "reconstruction/formats/json_file.h"
#include "reconstruction/formats/npz.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// A result as JSON and arrays, all of it but its `run`.
struct ResultArrays {
  nlohmann::ordered_json json;
  Npz arrays;
};

ResultArrays arrays_of_result(const Reconstruction& result);

// `where`: the place of `json` in the file, for messages. Throws DamagedResult, or what JsonReader throws.
Reconstruction result_of_arrays(const JsonReader& in, const JsonReader::Json& json, const std::string& where,
                                const Npz& arrays);

// Throws DamagedResult where an index or a size in the result does not fit the rest of it; the sentence
// says which.
void require_sound(const Reconstruction& result);

}  // namespace ahap
