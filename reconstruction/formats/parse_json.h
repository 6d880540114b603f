#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace ahap {

inline constexpr int kDeepestJson = 100;  // levels

// For JSON::parse: refuses values nested deeper than 100 levels. Copying, comparing and printing a value
// takes stack for every level, so that a file of brackets would end the program.
template <typename Json>
void require_shallow_json(int depth) {
  if (depth > kDeepestJson)
    throw Json::other_error::create(500, "nested deeper than " + std::to_string(kDeepestJson) + " levels",
                                    nullptr);
}

// JSON from outside: a stream or text. Throws nlohmann::json::exception, also for what is nested too deep.
template <typename Json = nlohmann::json, typename Input>
Json parse_json(Input&& input) {
  return Json::parse(std::forward<Input>(input), [](int depth, typename Json::parse_event_t, Json&) {
    require_shallow_json<Json>(depth);
    return true;
  });
}

}  // namespace ahap
