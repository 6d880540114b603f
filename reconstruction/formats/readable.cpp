#include "reconstruction/formats/readable.h"

#include <cstdio>

namespace ahap {
namespace {

std::string hexadecimal(const char* format, char32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, format, unsigned(value));
  return text;
}

std::string escaped(char32_t control) {
  switch (control) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
  }
  return hexadecimal(control < 0x80 ? "\\x%02x" : "\\u%04x", control);
}

}  // namespace

std::optional<char32_t> next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t start = at++;
  const unsigned char first = byte(start);
  if (first < 0x80) return first;
  const int more = first >= 0xF0 && first < 0xF5   ? 3
                   : first >= 0xE0 && first < 0xF0 ? 2
                   : first >= 0xC2 && first < 0xE0 ? 1
                                                   : 0;
  if (more == 0 || start + std::size_t(more) >= text.size()) return std::nullopt;
  char32_t value = first & (0x3F >> more);
  for (int i = 1; i <= more; ++i) {
    if ((byte(start + std::size_t(i)) & 0xC0) != 0x80) return std::nullopt;
    value = value << 6 | (byte(start + std::size_t(i)) & 0x3F);
  }
  // Longer than needed, a surrogate, or beyond Unicode.
  constexpr char32_t least[] = {0, 0x80, 0x800, 0x10000};
  if (value < least[more] || (value >= 0xD800 && value <= 0xDFFF) || value > 0x10FFFF) return std::nullopt;
  at = start + 1 + std::size_t(more);
  return value;
}

bool is_blank(char32_t c) {
  return c == ' ' || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200B) || c == 0x202F || c == 0x205F ||
         c == 0x3000 || c == 0xFEFF;
}

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

std::string readable(std::string_view text) {
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    const auto c = next_code_point(text, at);
    if (!c)
      shown += hexadecimal("\\x%02x", static_cast<unsigned char>(text[start]));
    else if (is_control(*c))
      shown += escaped(*c);
    else
      shown += text.substr(start, at - start);
  }
  return shown;
}

std::string lossless_utf8(std::string_view name) {
  bool changed = name.find("\\x") != std::string_view::npos;
  std::string text;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t start = at;
    const auto c = next_code_point(name, at);
    if (!c) {
      text += hexadecimal("\\x%02x", static_cast<unsigned char>(name[start]));
      changed = true;
    } else {
      text += *c == '\\' ? "\\\\" : name.substr(start, at - start);
    }
  }
  return changed ? text : std::string(name);
}

std::string from_lossless_utf8(std::string_view text) {
  if (text.find("\\x") == std::string_view::npos) return std::string(text);
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::string name;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool escaped = text[at] == '\\' && at + 1 < text.size();
    const bool byte = escaped && text[at + 1] == 'x' && at + 3 < text.size() && digit(text[at + 2]) >= 0 &&
                      digit(text[at + 3]) >= 0;
    name += byte ? char(16 * digit(text[at + 2]) + digit(text[at + 3])) : text[at];
    at += byte ? 3 : escaped && text[at + 1] == '\\' ? 1 : 0;
  }
  return name;
}

}  // namespace ahap
