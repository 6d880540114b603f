#include "reconstruction/formats/zip.h"

#include <gmock/gmock.h>

#include <bit>
#include <cstring>

#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::HasSubstr;
using testing::read_bytes;
using testing::sentence_of;
using testing::TemporaryFolder;
using testing::write_bytes;

std::vector<std::uint8_t> bytes_of(const std::string& text) {
  return {text.begin(), text.end()};
}

// Writes a little-endian 32-bit number over the archive's central directory record of its only entry.
void overwrite_in_directory(const std::filesystem::path& file, std::size_t field, std::uint32_t value) {
  std::string bytes = read_bytes(file);
  std::memcpy(&bytes[bytes.find("PK\x01\x02") + field], &value, sizeof(value));
  write_bytes(file, bytes);
}
constexpr std::size_t kCompressedSizeField = 20, kSizeField = 24;

TEST(Zip, WhatIsWrittenIsReadBack) {
  const TemporaryFolder folder;
  const std::vector<std::uint8_t> zeros(100'000, 0);
  write_zip(folder / "a.zip", {{"data/zeros", zeros}, {"empty", {}}, {"text", bytes_of("hello")}});
  const ZipReader archive(folder / "a.zip");
  ASSERT_EQ(archive.entries().size(), 3);
  EXPECT_EQ(archive.entries()[0].name, "data/zeros");
  EXPECT_EQ(archive.entries()[0].size, 100'000);
  EXPECT_EQ(archive.read("data/zeros"), zeros);
  EXPECT_EQ(archive.read("text"), bytes_of("hello"));
  EXPECT_TRUE(archive.read("empty").empty());
  EXPECT_TRUE(archive.contains("text"));
  EXPECT_FALSE(archive.contains("Text"));
}

TEST(Zip, TheSameContentGivesTheSameBytes) {
  const TemporaryFolder folder;
  for (const char* name : {"a", "b"}) write_zip(folder / name, {{"x", bytes_of("content")}});
  EXPECT_EQ(read_bytes(folder / "a"), read_bytes(folder / "b"));
}

TEST(Zip, AMissingFileIsNamed) {
  EXPECT_THAT(sentence_of([] { ZipReader("/nowhere/a.zip"); }),
              HasSubstr("cannot read /nowhere/a.zip: No such file"));
}

TEST(Zip, AnEmptyFileIsNoArchive) {
  const TemporaryFolder folder;
  write_bytes(folder / "a.zip", "");
  EXPECT_THAT(sentence_of([&] { ZipReader(folder / "a.zip"); }),
              HasSubstr("a.zip is not a zip archive or is cut off"));
}

TEST(Zip, ATruncatedArchiveIsRefused) {
  const TemporaryFolder folder;
  write_zip(folder / "a.zip", {{"x", std::vector<std::uint8_t>(1000, 7)}});
  const std::string bytes = read_bytes(folder / "a.zip");
  for (std::size_t length = 1; length < bytes.size(); ++length) {
    write_bytes(folder / "a.zip", bytes.substr(0, length));
    EXPECT_THAT(sentence_of([&] { ZipReader(folder / "a.zip").read("x"); }), HasSubstr("a.zip")) << length;
  }
}

TEST(Zip, AMissingEntryIsNamed) {
  const TemporaryFolder folder;
  write_zip(folder / "a.zip", {{"x", {}}});
  EXPECT_THAT(sentence_of([&] { ZipReader(folder / "a.zip").read("y"); }), HasSubstr("cannot read y in "));
}

TEST(Zip, AChangedByteFailsTheCheckSum) {
  const TemporaryFolder folder;
  std::string content;
  for (int i = 0; i < 500; ++i) content += char('a' + i * i % 23);
  write_zip(folder / "a.zip", {{"x", bytes_of(content)}});
  std::string bytes = read_bytes(folder / "a.zip");
  bytes[60] ^= 1;
  write_bytes(folder / "a.zip", bytes);
  EXPECT_THAT(sentence_of([&] { ZipReader(folder / "a.zip").read("x"); }), HasSubstr("cannot read x in "));
}

TEST(Zip, AnEntryThatClaimsAnImpossibleSizeIsRefusedBeforeAnythingIsAllocated) {
  const TemporaryFolder folder;
  write_zip(folder / "a.zip", {{"x", bytes_of("hello")}});
  overwrite_in_directory(folder / "a.zip", kSizeField, 4'000'000'000u);
  EXPECT_THAT(sentence_of([&] { ZipReader(folder / "a.zip"); }), HasSubstr("x claims to unpack from "));
}

TEST(Zip, AnEntryLargerThanItsArchiveIsRefused) {
  const TemporaryFolder folder;
  write_zip(folder / "a.zip", {{"x", bytes_of("hello")}});
  overwrite_in_directory(folder / "a.zip", kCompressedSizeField, 4'000'000'000u);
  overwrite_in_directory(folder / "a.zip", kSizeField, 4'000'000'000u);
  EXPECT_THAT(sentence_of([&] { ZipReader(folder / "a.zip"); }), HasSubstr("the file is damaged"));
}

TEST(Zip, AnEntryThatHoldsLessOrMoreThanItClaimsIsRefused) {
  const TemporaryFolder folder;
  for (const std::uint32_t claimed : {4u, 6u}) {
    write_zip(folder / "a.zip", {{"x", bytes_of("hello")}});
    overwrite_in_directory(folder / "a.zip", kSizeField, claimed);
    EXPECT_THAT(sentence_of([&] { ZipReader(folder / "a.zip").read("x"); }), HasSubstr("a.zip")) << claimed;
  }
}

TEST(Zip, AnUnwritableTargetIsNamed) {
  EXPECT_THAT(sentence_of([] { write_zip("/nowhere/a.zip", {}); }), HasSubstr("cannot write /nowhere/a.zip"));
}

}  // namespace
}  // namespace ahap
