#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace ahap {

// Reads the values of one JSON file. Every failure is a sentence with the file and the place in it: "the
// ground truth truth.json is damaged: views[2].K should be 3 x 3 numbers".
class JsonReader {
 public:
  using Json = nlohmann::json;

  // what: what the file is to a person ("ground truth").
  JsonReader(std::filesystem::path file, std::string what);
  // The same of text that lies somewhere in `file`.
  JsonReader(std::filesystem::path file, std::string what, const std::string& text);

  const std::filesystem::path& file() const { return file_; }
  const Json& root() const { return root_; }

  // where: the path of `object` in the file, empty at its top. A field that is null is not there for has().
  bool has(const Json& object, const char* name) const;
  const Json& field(const Json& object, const std::string& where, const char* name) const;
  const Json& array(const Json& object, const std::string& where, const char* name) const;
  std::int64_t integer(const Json& object, const std::string& where, const char* name, std::int64_t low,
                       std::int64_t high) const;
  double number(const Json& object, const std::string& where, const char* name, double low,
                double high) const;
  bool flag(const Json& object, const std::string& where, const char* name) const;
  std::string text(const Json& object, const std::string& where, const char* name) const;
  // Numbers of at most 1e30, row by row; a vector is a matrix of one row.
  Eigen::MatrixXd matrix(const Json& object, const std::string& where, const char* name, int rows,
                         int columns) const;
  // 4 x 4 rows of a rotation and a translation.
  Eigen::Matrix4d pose(const Json& object, const std::string& where, const char* name) const;

  [[noreturn]] void fail(const std::string& where, const std::string& expected) const;

 private:
  template <typename Input>
  void parse(Input&& input);

  std::filesystem::path file_;
  std::string what_;
  Json root_;
};

}  // namespace ahap
