#include "reconstruction/formats/python_text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>

#include "reconstruction/formats/pickle_machine.h"

namespace ahap {
namespace {

void append_utf8(std::string& text, std::uint32_t code) {
  if (code < 0x80) {
    text += char(code);
  } else if (code < 0x800) {
    text += {char(0xC0 | code >> 6), char(0x80 | (code & 63))};
  } else if (code < 0x10000) {
    text += {char(0xE0 | code >> 12), char(0x80 | (code >> 6 & 63)), char(0x80 | (code & 63))};
  } else {
    text += {char(0xF0 | (code >> 18 & 7)), char(0x80 | (code >> 12 & 63)), char(0x80 | (code >> 6 & 63)),
             char(0x80 | (code & 63))};
  }
}

std::uint32_t hexadecimal(std::string_view text, std::size_t at, std::size_t digits) {
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(text.data() + std::min(at, text.size()),
                                            text.data() + std::min(at + digits, text.size()), code, 16);
  if (error != std::errc() || end != text.data() + at + digits) throw PickleFailure("holds a damaged string");
  return code;
}

}  // namespace

std::string latin1_from_utf8(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      bytes += char(c);
    } else if ((c == 0xC2 || c == 0xC3) && i + 1 < text.size()) {
      bytes += char((c & 3) << 6 | (text[++i] & 63));
    } else {
      throw PickleFailure("holds bytes that were not written as latin-1");
    }
  }
  return bytes;
}

std::string unescape_bytes(std::string_view text) {
  static const std::map<char, char> simple = {{'n', '\n'},  {'t', '\t'}, {'r', '\r'}, {'\\', '\\'},
                                              {'\'', '\''}, {'"', '"'},  {'a', '\a'}, {'b', '\b'},
                                              {'f', '\f'},  {'v', '\v'}};
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
      continue;
    }
    if (++i == text.size()) throw PickleFailure("holds a damaged string");
    if (const auto found = simple.find(text[i]); found != simple.end()) {
      bytes += found->second;
    } else if (text[i] == 'x') {
      bytes += char(hexadecimal(text, i + 1, 2));
      i += 2;
    } else if (text[i] >= '0' && text[i] <= '7') {
      int code = 0, digits = 0;
      for (; digits < 3 && i < text.size() && text[i] >= '0' && text[i] <= '7'; ++digits) {
        code = 8 * code + (text[i++] - '0');
      }
      --i;
      bytes += char(code);
    } else {
      bytes += {'\\', text[i]};
    }
  }
  return bytes;
}

std::string unescape_unicode(std::string_view text) {
  std::string utf8;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : 0;
    if (next == 'u' || next == 'U') {
      const std::size_t digits = next == 'u' ? 4 : 8;
      append_utf8(utf8, hexadecimal(text, i + 2, digits));
      i += 1 + digits;
    } else {
      append_utf8(utf8, static_cast<unsigned char>(text[i]));
    }
  }
  return utf8;
}

}  // namespace ahap
