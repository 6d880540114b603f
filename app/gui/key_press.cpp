#include "app/gui/key_press.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace ahap {
namespace {

using Name = std::pair<int, std::string_view>;

constexpr std::array<Name, 3> kModifiers = {
    {{GLFW_MOD_CONTROL, "Ctrl"}, {GLFW_MOD_ALT, "Alt"}, {GLFW_MOD_SHIFT, "Shift"}}};

constexpr std::array<Name, 28> kNamed = {{{GLFW_KEY_SPACE, "Space"},
                                          {GLFW_KEY_LEFT, "Left"},
                                          {GLFW_KEY_RIGHT, "Right"},
                                          {GLFW_KEY_UP, "Up"},
                                          {GLFW_KEY_DOWN, "Down"},
                                          {GLFW_KEY_HOME, "Home"},
                                          {GLFW_KEY_END, "End"},
                                          {GLFW_KEY_PAGE_UP, "PageUp"},
                                          {GLFW_KEY_PAGE_DOWN, "PageDown"},
                                          {GLFW_KEY_TAB, "Tab"},
                                          {GLFW_KEY_ENTER, "Enter"},
                                          {GLFW_KEY_ESCAPE, "Esc"},
                                          {GLFW_KEY_DELETE, "Delete"},
                                          {GLFW_KEY_BACKSPACE, "Backspace"},
                                          {GLFW_KEY_INSERT, "Insert"},
                                          {GLFW_KEY_LEFT_BRACKET, "["},
                                          {GLFW_KEY_RIGHT_BRACKET, "]"},
                                          {GLFW_KEY_SLASH, "/"},
                                          {GLFW_KEY_BACKSLASH, "\\"},
                                          {GLFW_KEY_SEMICOLON, ";"},
                                          {GLFW_KEY_APOSTROPHE, "'"},
                                          {GLFW_KEY_COMMA, ","},
                                          {GLFW_KEY_PERIOD, "."},
                                          {GLFW_KEY_GRAVE_ACCENT, "`"},
                                          {GLFW_KEY_EQUAL, "="},
                                          {GLFW_KEY_MINUS, "-"},
                                          {GLFW_KEY_KP_ADD, "Keypad+"},
                                          {GLFW_KEY_KP_SUBTRACT, "Keypad-"}}};

constexpr std::string_view kKeypad = "Keypad";

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

// -1 where the text is no number from `low` to `high`.
int number(std::string_view text, int low, int high) {
  if (text.empty() || text.size() > 2) return -1;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = 10 * value + (c - '0');
  }
  return value >= low && value <= high ? value : -1;
}

// -1 where there is none of this name.
int key_named(std::string_view name) {
  for (const auto& [key, text] : kNamed)
    if (same(text, name)) return key;
  if (name.size() == 1 && std::isalnum(static_cast<unsigned char>(name[0])))
    return std::toupper(static_cast<unsigned char>(name[0]));  // GLFW's keys of letters and digits
  if (name.size() > 1 && same(name.substr(0, 1), "F")) {
    const int function = number(name.substr(1), 1, 25);
    return function < 0 ? -1 : GLFW_KEY_F1 + function - 1;
  }
  if (name.size() > kKeypad.size() && same(name.substr(0, kKeypad.size()), kKeypad)) {
    const int digit = number(name.substr(kKeypad.size()), 0, 9);
    return digit < 0 ? -1 : GLFW_KEY_KP_0 + digit;
  }
  return -1;
}

std::string name_of(int key) {
  for (const auto& [named, text] : kNamed)
    if (named == key) return std::string(text);
  if (key >= GLFW_KEY_F1 && key <= GLFW_KEY_F25)
    return std::string("F").append(std::to_string(key - GLFW_KEY_F1 + 1));
  if (key >= GLFW_KEY_KP_0 && key <= GLFW_KEY_KP_9)
    return std::string(kKeypad) + std::to_string(key - GLFW_KEY_KP_0);
  return std::string(1, char(key));
}

}  // namespace

std::string text_of(const KeyPress& press) {
  std::string text;
  for (const auto& [modifier, name] : kModifiers)
    if (press.modifiers & modifier) text += std::string(name) + "+";
  return text + name_of(press.key);
}

std::optional<KeyPress> key_press_of(std::string_view text) {
  KeyPress press;
  for (bool found = true; found;) {
    found = false;
    for (const auto& [modifier, name] : kModifiers) {
      if (text.size() <= name.size() || text[name.size()] != '+' || !same(text.substr(0, name.size()), name))
        continue;
      if (press.modifiers & modifier) return std::nullopt;
      press.modifiers |= modifier;
      text.remove_prefix(name.size() + 1);
      found = true;
    }
  }
  press.key = key_named(text);
  return press.key < 0 ? std::nullopt : std::optional(press);
}

}  // namespace ahap
