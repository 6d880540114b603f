#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "app/gui/look.h"
#include "reconstruction/options.h"

namespace ahap {

// What the studio keeps in a project beside the work itself, as JSON objects (docs/formats.md).

nlohmann::ordered_json json_of(const Look& look);
// What is not in the object stays as a Look begins. `file`: for messages. Throws a sentence.
Look look_of(const nlohmann::ordered_json& json, const std::string& file);

nlohmann::ordered_json json_of(const Options& options);
// Changes what is in the object.
void set_options(Options& options, const nlohmann::ordered_json& json, const std::string& file);

}  // namespace ahap
