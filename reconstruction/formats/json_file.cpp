#include "reconstruction/formats/json_file.h"

#include <Eigen/LU>
#include <cmath>
#include <sstream>
#include <stdexcept>

#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/parse_json.h"

namespace ahap {
namespace {

constexpr double kLargest = 1e30;  // of a matrix's elements, which become floats

std::string place(const std::string& where, const char* name) {
  return where.empty() ? name : where + "." + name;
}

std::string range(double low, double high) {
  std::ostringstream text;
  text << "from " << low << " to " << high;
  return text.str();
}

}  // namespace

JsonReader::JsonReader(std::filesystem::path file, std::string what)
    : file_(std::move(file)), what_(std::move(what)) {
  std::ifstream in = open_input_file(file_);
  if (!in) throw std::runtime_error("cannot read the " + what_ + " " + file_.string());
  parse(in);
}

JsonReader::JsonReader(std::filesystem::path file, std::string what, const std::string& text)
    : file_(std::move(file)), what_(std::move(what)) {
  parse(text);
}

template <typename Input>
void JsonReader::parse(Input&& input) {
  const auto damaged = [&](const std::string& why) {
    return std::runtime_error("the " + what_ + " " + file_.string() + " is damaged: " + why);
  };
  try {
    root_ = parse_json(std::forward<Input>(input));
  } catch (const Json::parse_error& error) {
    throw damaged("no valid JSON at byte " + std::to_string(error.byte));
  } catch (const Json::out_of_range&) {
    throw damaged("it holds a number that is too large");
  } catch (const Json::exception&) {
    throw damaged("its values are nested deeper than " + std::to_string(kDeepestJson) + " levels");
  }
}

void JsonReader::fail(const std::string& where, const std::string& expected) const {
  throw std::runtime_error("the " + what_ + " " + file_.string() + " is damaged: " + where + " should be " +
                           expected);
}

bool JsonReader::has(const Json& object, const char* name) const {
  return object.is_object() && object.contains(name) && !object[name].is_null();
}

const JsonReader::Json& JsonReader::field(const Json& object, const std::string& where,
                                          const char* name) const {
  if (!object.is_object() || !object.contains(name)) fail(place(where, name), "there");
  return object[name];
}

const JsonReader::Json& JsonReader::array(const Json& object, const std::string& where,
                                          const char* name) const {
  const Json& value = field(object, where, name);
  if (!value.is_array()) fail(place(where, name), "a list");
  return value;
}

std::int64_t JsonReader::integer(const Json& object, const std::string& where, const char* name,
                                 std::int64_t low, std::int64_t high) const {
  const Json& value = field(object, where, name);
  // A whole number that only fits without its sign is beyond every bound.
  const bool fits =
      value.is_number_integer() && (!value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX);
  if (!fits || value.get<std::int64_t>() < low || value.get<std::int64_t>() > high) {
    fail(place(where, name), "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return value.get<std::int64_t>();
}

double JsonReader::number(const Json& object, const std::string& where, const char* name, double low,
                          double high) const {
  const Json& value = field(object, where, name);
  if (!value.is_number() || !(value.get<double>() >= low && value.get<double>() <= high)) {
    fail(place(where, name), "a number " + range(low, high));
  }
  return value.get<double>();
}

bool JsonReader::flag(const Json& object, const std::string& where, const char* name) const {
  const Json& value = field(object, where, name);
  if (!value.is_boolean()) fail(place(where, name), "true or false");
  return value.get<bool>();
}

std::string JsonReader::text(const Json& object, const std::string& where, const char* name) const {
  const Json& value = field(object, where, name);
  if (!value.is_string()) fail(place(where, name), "a text");
  return value.get<std::string>();
}

Eigen::MatrixXd JsonReader::matrix(const Json& object, const std::string& where, const char* name, int rows,
                                   int columns) const {
  const Json& value = field(object, where, name);
  const auto require = [&](bool right) {
    if (right) return;
    fail(place(where, name),
         (rows > 1 ? std::to_string(rows) + " x " : "") + std::to_string(columns) + " numbers");
  };
  require(value.is_array() && int(value.size()) == (rows > 1 ? rows : columns));
  Eigen::MatrixXd m(rows, columns);
  for (int r = 0; r < rows; ++r) {
    const Json& row = rows > 1 ? value[r] : value;
    require(row.is_array() && int(row.size()) == columns);
    for (int c = 0; c < columns; ++c) {
      require(row[c].is_number() && std::abs(row[c].get<double>()) <= kLargest);
      m(r, c) = row[c].get<double>();
    }
  }
  return m;
}

Eigen::Matrix4d JsonReader::pose(const Json& object, const std::string& where, const char* name) const {
  const Eigen::Matrix4d M = matrix(object, where, name, 4, 4);
  const Eigen::Matrix3d R = M.topLeftCorner<3, 3>();
  constexpr double tolerance = 1e-4;
  if (!((R.transpose() * R - Eigen::Matrix3d::Identity()).norm() <= tolerance && R.determinant() > 0 &&
        M.row(3) == Eigen::RowVector4d(0, 0, 0, 1))) {
    fail(place(where, name), "a rotation and a translation");
  }
  return M;
}

}  // namespace ahap
