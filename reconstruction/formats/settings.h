#pragma once

#include <concepts>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace ahap {

// Settings as JSON. A struct lists its keys once, in a function `list_settings(visitor, settings)`:
//
//   visitor.value("steps", o.steps, 1, 1e9);            a number between two bounds
//   visitor.value("vary_aspect", o.vary_aspect);        true or false
//   visitor.range("people", o.min, o.max, 1, 12);       [low, high]
//   visitor.list("widths", o.widths, 4, 1, 1024);        so many numbers
//   visitor.choice("precision", o.bf16, {"f32", "bf16"});  one of two words, for false and true, or "auto":
//   as it is visitor.section("losses", [&](auto& inner) { ... });   an object
//
// SettingsReader takes them from JSON, SettingsWriter writes them.

// What is not in the file stays as it is, or is refused.
enum class MissingKeys { keep, refuse };

class SettingsReader {
 public:
  // file: for messages. path: where `json` lies in it ("heads.losses"), empty at its top.
  SettingsReader(const nlohmann::ordered_json& json, std::string file, std::string path = {},
                 MissingKeys missing = MissingKeys::keep);

  template <typename Number>
  requires std::is_arithmetic_v<Number>
  void value(const std::string& key, Number& target, double low, double high) {
    if (const auto* found = take(key)) target = Number(number(*found, key, low, high, std::integral<Number>));
  }
  void value(const std::string& key, bool& target);
  template <typename Number>
  void range(const std::string& key, Number& first, Number& last, double low, double high) {
    const auto* found = take(key);
    if (!found) return;
    if (!found->is_array() || found->size() != 2) refuse(key, "must be two numbers, [lowest, highest]");
    const double a = number((*found)[0], key, low, high, std::integral<Number>);
    const double b = number((*found)[1], key, low, high, std::integral<Number>);
    if (b < a) refuse(key, "has its larger number first");
    first = Number(a), last = Number(b);
  }
  void list(const std::string& key, std::vector<int>& target, std::size_t size, double low, double high);
  void choice(const std::string& key, bool& target, std::pair<const char*, const char*> words);
  template <typename List>
  void section(const std::string& key, List&& list) {
    const auto* found = take(key);
    if (!found) return;
    SettingsReader inner(*found, file_, path_.empty() ? key : path_ + "." + key, missing_);
    list(inner);
    inner.finish();
  }
  // Throws at a key that nobody asked for, naming it, the file and the keys that there are.
  void finish() const;
  // Throws the sentence "<file>: "<key>" <why>.".
  [[noreturn]] void refuse(const std::string& key, const std::string& why) const;

 private:
  const nlohmann::ordered_json* take(const std::string& key);
  double number(const nlohmann::ordered_json& json, const std::string& key, double low, double high,
                bool whole) const;

  const nlohmann::ordered_json& json_;
  std::string file_, path_;
  MissingKeys missing_;
  std::vector<std::string> known_;
};

class SettingsWriter {
 public:
  nlohmann::ordered_json json = nlohmann::ordered_json::object();

  template <typename Number>
  requires std::is_arithmetic_v<Number>
  void value(const std::string& key, Number& source, double, double) { json[key] = source; }
  void value(const std::string& key, bool& source) { json[key] = source; }
  template <typename Number>
  void range(const std::string& key, Number& first, Number& last, double, double) {
    json[key] = {first, last};
  }
  void list(const std::string& key, std::vector<int>& source, std::size_t, double, double) {
    json[key] = source;
  }
  void choice(const std::string& key, bool& source, std::pair<const char*, const char*> words) {
    json[key] = source ? words.second : words.first;
  }
  template <typename List>
  void section(const std::string& key, List&& list) {
    SettingsWriter inner;
    list(inner);
    json[key] = std::move(inner.json);
  }
};

// The path of the first value in which two JSON trees differ ("heads.losses.betas"); empty where they are
// equal.
std::string first_difference(const nlohmann::ordered_json& a, const nlohmann::ordered_json& b);

}  // namespace ahap
