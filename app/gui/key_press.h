#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ahap {

// A key and what was held with it; on a slow screen that may have been let go when the frame comes.
struct KeyPress {
  int key = 0;        // GLFW_KEY_...: of a letter the one that is printed on the key, of others their place
  int modifiers = 0;  // GLFW_MOD_...: Shift, Control, Alt

  bool operator==(const KeyPress&) const = default;
};

// "Ctrl+Shift+Z", "F5", "Left", "[".
std::string text_of(const KeyPress& press);
// The reverse, whatever the case; nothing where the text names no key.
std::optional<KeyPress> key_press_of(std::string_view text);

}  // namespace ahap
