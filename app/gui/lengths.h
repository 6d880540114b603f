#pragma once

#include <string>
#include <vector>

#include "reconstruction/reconstruction.h"

namespace ahap {

// "1.42 m", "38 cm", "4.2 cm"
std::string length_text(double metres);

// What somebody typed: "1.78", "1,78 m" or "178 cm", in metres. Throws a sentence for anything else.
double typed_length(const std::string& text);

// By how much the world is to be multiplied so that the person has this height, or a distance of `now` metres
// this length. Throws a sentence for what nobody can mean.
double factor_for_height(const std::string& typed, const Person& person);
double factor_for_length(const std::string& typed, double now);

// Why the scale of the world is to be doubted, one sentence: the heights are none of grown-ups. Empty: it is
// not.
std::string scale_doubt(const std::vector<PersonInFrame>& people);

}  // namespace ahap
