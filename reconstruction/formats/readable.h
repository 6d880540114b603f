#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ahap {

// The code point that starts at `at`, which moves behind it; nothing, and one byte further, where there is no
// UTF-8.
std::optional<char32_t> next_code_point(std::string_view text, std::size_t& at);

// What separates words or lines somewhere in Unicode, and what a terminal obeys instead of showing it:
// control characters, marks that turn the direction of writing.
bool is_blank(char32_t c);
bool is_control(char32_t c);

// Text with names of files in it, for one line on a terminal or in a window: control characters and bytes
// that are no UTF-8 are shown as "\n", "\x1b", "\u202e", "\xff".
std::string readable(std::string_view text);

// A file's name for JSON, which is UTF-8. A name that is UTF-8 and has no "\x" in it stays as it is. In any
// other one, a byte that is no UTF-8 becomes "\xff" and a backslash two, so that it can be had back.
std::string lossless_utf8(std::string_view name);
// The name that lossless_utf8 was given.
std::string from_lossless_utf8(std::string_view text);

}  // namespace ahap
