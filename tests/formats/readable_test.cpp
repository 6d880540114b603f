#include "reconstruction/formats/readable.h"

#include <gtest/gtest.h>

namespace ahap {
namespace {

TEST(Readable, ShowsWhatATerminalWouldObey) {
  EXPECT_EQ(readable("photo.jpg: is empty"), "photo.jpg: is empty");
  EXPECT_EQ(readable("a\nb\rc\td\x1b[31me\x7f"), "a\\nb\\rc\\td\\x1b[31me\\x7f");
  EXPECT_EQ(readable("\u009b31m \u2028 gpj.\u202eexe"), "\\u009b31m \\u2028 gpj.\\u202eexe");
}

TEST(Readable, KeepsEveryAlphabet) {
  for (const char* name : {"\u00e9t\u00e9", "\u5de6 \u53f3", "\U0001F4F7", "back\\slash"})
    EXPECT_EQ(readable(name), name);
}

TEST(Readable, ShowsBytesThatAreNoUtf8) {
  EXPECT_EQ(readable("caf\xe9.jpg"), "caf\\xe9.jpg");
  EXPECT_EQ(readable("\xe5\xb7"), "\\xe5\\xb7") << "the character is cut off";
  EXPECT_EQ(readable("\xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80"),
            "\\xc0\\xaf \\xed\\xa0\\x80 \\xf4\\x90\\x80\\x80")
      << "longer than needed, a surrogate, beyond Unicode";
}

TEST(LosslessUtf8, KeepsNamesThatAreUtf8) {
  for (const char* name : {"", "photo.jpg", "\u00e9t\u00e9\n", "back\\slash"})
    EXPECT_EQ(lossless_utf8(name), name);
}

TEST(LosslessUtf8, TellsAByteFromTheTextThatStandsForIt) {
  EXPECT_EQ(lossless_utf8("caf\xe9"), "caf\\xe9");
  EXPECT_EQ(lossless_utf8("caf\\xe9"), "caf\\\\xe9");
  EXPECT_EQ(lossless_utf8("a\\b\xff"), "a\\\\b\\xff");
}

TEST(LosslessUtf8, CanBeHadBack) {
  for (const char* name : {"", "photo.jpg", "\u00e9t\u00e9\n", "back\\slash", "caf\xe9", "caf\\xe9",
                           "a\\b\xff", "\\\xff\\", "C:\\x", "\\\\x41"})
    EXPECT_EQ(from_lossless_utf8(lossless_utf8(name)), name);
}

}  // namespace
}  // namespace ahap
