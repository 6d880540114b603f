#include "reconstruction/formats/settings.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>

namespace ahap {

using Json = nlohmann::ordered_json;

SettingsReader::SettingsReader(const Json& json, std::string file, std::string path, MissingKeys missing)
    : json_(json), file_(std::move(file)), path_(std::move(path)), missing_(missing) {
  if (!json_.is_object()) {
    throw std::runtime_error(file_ + ": " + (path_.empty() ? "the file" : "\"" + path_ + "\"") +
                             " must be an object, { ... }.");
  }
}

const Json* SettingsReader::take(const std::string& key) {
  known_.push_back(key);
  const auto found = json_.find(key);
  if (found == json_.end() && missing_ == MissingKeys::refuse) refuse(key, "is missing");
  return found == json_.end() ? nullptr : &*found;
}

void SettingsReader::refuse(const std::string& key, const std::string& why) const {
  throw std::runtime_error(file_ + ": \"" + (path_.empty() ? key : path_ + "." + key) + "\" " + why + ".");
}

double SettingsReader::number(const Json& json, const std::string& key, double low, double high,
                              bool whole) const {
  const auto text = [](double x) {
    std::ostringstream out;
    out << x;
    return out.str();
  };
  const std::string wanted =
      std::string(whole ? "a whole number" : "a number") + " between " + text(low) + " and " + text(high);
  if (!json.is_number()) refuse(key, "must be " + wanted + ", not " + json.dump());
  const double value = json.get<double>();
  if (!(value >= low && value <= high) || (whole && value != std::floor(value))) {
    refuse(key, "must be " + wanted + ", not " + json.dump());
  }
  return value;
}

void SettingsReader::value(const std::string& key, bool& target) {
  const auto* found = take(key);
  if (!found) return;
  if (!found->is_boolean()) refuse(key, "must be true or false, not " + found->dump());
  target = found->get<bool>();
}

void SettingsReader::list(const std::string& key, std::vector<int>& target, std::size_t size, double low,
                          double high) {
  const auto* found = take(key);
  if (!found) return;
  if (!found->is_array() || found->size() != size)
    refuse(key, "must be a list of " + std::to_string(size) + " numbers");
  target.clear();
  for (const Json& entry : *found) target.push_back(int(number(entry, key, low, high, true)));
}

void SettingsReader::choice(const std::string& key, bool& target, std::pair<const char*, const char*> words) {
  const auto* found = take(key);
  if (!found || *found == "auto") return;
  if (*found != words.first && *found != words.second) {
    refuse(key, "must be \"auto\", \"" + std::string(words.first) + "\" or \"" + words.second + "\", not " +
                    found->dump());
  }
  target = *found == words.second;
}

void SettingsReader::finish() const {
  for (const auto& [key, value] : json_.items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    std::string keys;
    for (const std::string& name : known_) keys += (keys.empty() ? "" : ", ") + name;
    refuse(key, "is not a setting; there are " + keys);
  }
}

std::string first_difference(const Json& a, const Json& b) {
  if (a == b) return {};
  if (!a.is_object() || !b.is_object()) return " ";
  std::vector<std::string> keys;
  for (const auto* side : {&a, &b}) {
    for (const auto& [key, value] : side->items()) keys.push_back(key);
  }
  for (const std::string& key : keys) {
    if (!a.contains(key) || !b.contains(key)) return key;
    const std::string inner = first_difference(a[key], b[key]);
    if (!inner.empty()) return inner == " " ? key : key + "." + inner;
  }
  return {};
}

}  // namespace ahap
