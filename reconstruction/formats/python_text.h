#pragma once

#include <string>
#include <string_view>

namespace ahap {

// How Python writes texts into pickles. All throw PickleFailure for what Python would not have written.

// UTF-8 whose characters are all below 256 -> one byte each.
std::string latin1_from_utf8(std::string_view text);
// The inside of a Python 2 string literal -> its bytes.
std::string unescape_bytes(std::string_view text);
// Python's raw-unicode-escape -> UTF-8.
std::string unescape_unicode(std::string_view text);

}  // namespace ahap
