#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace ahap {

// A value of a TOML file: a text, a list, or anything else (number, date, true) as it is written.
struct TomlValue {
  struct Plain {
    std::string text;
  };
  std::variant<Plain, std::string, std::vector<TomlValue>> value;
};
struct TomlTable {
  std::string name;  // as between its brackets: "cam_0", "cameras.0"; empty for what precedes the first one
  std::map<std::string, TomlValue> values;
};

// The part of TOML 1.0 that calibrations are written in: tables with keys, texts, numbers, lists over several
// lines, comments. Refused, with a sentence that names file and line: inline tables, arrays of tables,
// texts of several lines.
std::vector<TomlTable> read_toml(const std::filesystem::path& file);

}  // namespace ahap
