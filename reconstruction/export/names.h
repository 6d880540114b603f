#pragma once

#include <string>

#include "reconstruction/reconstruction.h"

namespace ahap {

// 1 -> "01": what the files of a person id start with.
inline std::string two_digits(int id) {
  std::string text(id < 10 ? 1 : 0, '0');
  return text.append(std::to_string(id));
}

// 1 -> "person_01".
inline std::string person_name(int id) {
  return "person_" + two_digits(id);
}

// The object's name in every scene format: as somebody named the person, without blanks, else "person_01".
inline std::string object_name(const Person& person) {
  if (person.name.empty()) return person_name(person.id);
  std::string name = person.name;
  for (char& c : name) {
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f) c = '_';
  }
  return name;
}

}  // namespace ahap
