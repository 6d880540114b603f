#pragma once

#include <string>

namespace ahap {

// 1 -> "01": what the files of a person id start with.
inline std::string two_digits(int id) {
  std::string text(id < 10 ? 1 : 0, '0');
  return text.append(std::to_string(id));
}

// 1 -> "person_01": the object's name in every scene format.
inline std::string person_name(int id) {
  return "person_" + two_digits(id);
}

}  // namespace ahap
