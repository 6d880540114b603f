#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace ahap {

// What is wrong with JSON text, without the library's own words around it: "it is no JSON from byte 12 on",
// "key 'name' not found", "type must be string, but is number".
inline std::string json_problem(const nlohmann::json::exception& error) {
  if (const auto* syntax = dynamic_cast<const nlohmann::json::parse_error*>(&error))
    return "it is no JSON from byte " + std::to_string(syntax->byte) + " on";
  const std::string text = error.what();
  const std::size_t end = text.find("] ");
  return end == std::string::npos ? "a value is missing or of another type" : text.substr(end + 2);
}

}  // namespace ahap
