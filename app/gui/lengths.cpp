#include "app/gui/lengths.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "app/gui/formatted.h"

namespace ahap {
namespace {

// Metres. Children to the tallest people ever measured; adults but for one in many thousands.
constexpr double kLeastHeight = 0.4, kMostHeight = 2.8, kLeastAdult = 1.3, kMostAdult = 2.2;
constexpr double kMostFactor = 100;  // beyond it, another unit was meant

}  // namespace

std::string length_text(double metres) {
  if (metres >= 0.995) return formatted("%.2f m", metres);
  return formatted(metres >= 0.0995 ? "%.0f cm" : "%.1f cm", 100 * metres);
}

double typed_length(const std::string& text) {
  std::string number;
  for (const char c : text)
    if (c != ' ') number += c == ',' ? '.' : c;
  double metres = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), metres);
  const std::string unit = number.substr(std::size_t(end - number.data()));
  if (error != std::errc() || !std::isfinite(metres) || (!unit.empty() && unit != "m" && unit != "cm"))
    throw std::runtime_error("\"" + text +
                             "\" is no length; write metres, as in 1.78, or centimetres: 178 cm.");
  if (unit == "cm") metres /= 100;
  if (metres <= 0) throw std::runtime_error("A length is larger than zero, and \"" + text + "\" is not.");
  return metres;
}

double factor_for_height(const std::string& typed, const Person& person) {
  const double height = typed_length(typed);
  if (height < kLeastHeight || height > kMostHeight)
    throw std::runtime_error("Nobody is " + length_text(height) + " tall; a height between " +
                             length_text(kLeastHeight) + " and " + length_text(kMostHeight) +
                             " is expected.");
  if (!(person.height > 0))
    throw std::runtime_error(person_label(person) + " has no height to compare with.");
  return height / person.height;
}

double factor_for_length(const std::string& typed, double now) {
  const double factor = typed_length(typed) / now;
  if (!(factor <= kMostFactor && factor >= 1 / kMostFactor))
    throw std::runtime_error("This distance is " + length_text(now) + " now; " + typed +
                             " instead would change the scale more than " + formatted("%.0f", kMostFactor) +
                             " times.");
  return factor;
}

std::string scale_doubt(const std::vector<PersonInFrame>& people) {
  const auto all = [&](const auto& heights) {
    return !people.empty() && std::all_of(people.begin(), people.end(),
                                          [&](const PersonInFrame& p) { return heights(p.person.height); });
  };
  const bool small = all([](double height) { return height < kLeastAdult; });
  const bool large = all([](double height) { return height > kMostAdult; });
  if (!small && !large) return {};
  const std::string who = people.size() > 1 ? "Everybody is " : "This person is ";
  return who + (small ? "below " + length_text(kLeastAdult) : "above " + length_text(kMostAdult)) +
         ": the scale is doubtful" + (small ? " unless these are children" : "") +
         ". Right click somebody whose height you know, or measure a known distance (M).";
}

}  // namespace ahap
