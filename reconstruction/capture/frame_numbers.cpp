#include "reconstruction/capture/frame_numbers.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <set>
#include <string>

namespace ahap {
namespace {

// A name as text with a mark for each group of digits, and the groups.
struct NameParts {
  std::string text;
  std::vector<std::string> digits;
};

NameParts parts_of(const std::filesystem::path& file) {
  NameParts parts;
  bool in_digits = false;
  for (const char c : file.stem().string()) {
    const bool digit = std::isdigit(static_cast<unsigned char>(c));
    if (digit && !in_digits) {
      parts.text += '#';
      parts.digits.emplace_back();
    }
    if (digit)
      parts.digits.back() += c;
    else
      parts.text += char(std::tolower(static_cast<unsigned char>(c)));
    in_digits = digit;
  }
  return parts;
}

std::optional<std::uint64_t> number(const std::string& digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::vector<std::uint64_t>> frame_numbers(const std::vector<std::filesystem::path>& frames) {
  std::vector<NameParts> names;
  for (const auto& frame : frames) names.push_back(parts_of(frame));
  if (names.empty() || names[0].digits.empty()) return std::nullopt;
  std::set<std::size_t> changing;
  for (const NameParts& name : names) {
    if (name.text != names[0].text) return std::nullopt;
    for (std::size_t group = 0; group < name.digits.size(); ++group) {
      if (name.digits[group] != names[0].digits[group]) changing.insert(group);
    }
  }
  if (changing.size() > 1) return std::nullopt;
  const std::size_t group = changing.empty() ? names[0].digits.size() - 1 : *changing.begin();
  std::vector<std::uint64_t> numbers;
  for (const NameParts& name : names) {
    const auto value = number(name.digits[group]);
    if (!value) return std::nullopt;
    numbers.push_back(*value);
  }
  return numbers;
}

bool are_named_as_frames(const std::vector<std::filesystem::path>& pictures) {
  constexpr std::size_t kDigits = 5;  // of a number that a program has padded with zeros
  return !pictures.empty() &&
         std::all_of(pictures.begin(), pictures.end(), [&](const std::filesystem::path& picture) {
           const NameParts name = parts_of(picture);
           if (name.text == "#") return name.digits[0].size() >= kDigits && name.digits[0][0] == '0';
           return name.text.starts_with("frame") && name.text.ends_with("#");
         });
}

std::optional<std::vector<std::uint64_t>> shared_numbers(
    const std::vector<std::vector<std::uint64_t>>& cameras) {
  std::vector<std::set<std::uint64_t>> own;
  std::set<std::uint64_t> all;
  for (const auto& camera : cameras) {
    own.emplace_back(camera.begin(), camera.end());
    all.insert(camera.begin(), camera.end());
  }
  const auto belong_together = [](const auto& a, const auto& b) {
    const auto shared = std::count_if(a.begin(), a.end(), [&](auto number) { return b.contains(number); });
    return 2 * std::size_t(shared) >= std::min(a.size(), b.size());
  };
  for (const auto& camera : own) {
    const bool has_partner = std::any_of(own.begin(), own.end(), [&](const auto& other) {
      return &other != &camera && belong_together(camera, other);
    });
    if (!has_partner) return std::nullopt;
  }
  return std::vector<std::uint64_t>(all.begin(), all.end());
}

}  // namespace ahap
