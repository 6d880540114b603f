#pragma once

#include <memory>
#include <string>

#include "reconstruction/body/body_model.h"
#include "reconstruction/formats/npz.h"

namespace ahap {

// The body of people in motion, kept by its name where this program can make it anew, else as arrays
// "body.v_template" and so on.

// Of all numbers of a body, FNV-1a.
std::uint64_t hash_of_body(const BodyModel& body);

void put_body(const BodyModel& body, Npz& arrays);
// Throws DamagedResult where an array is missing or does not fit the others.
std::shared_ptr<const BodyModel> take_body(std::string name, std::string gender, const Npz& arrays);

}  // namespace ahap
