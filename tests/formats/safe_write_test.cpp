#include "reconstruction/formats/safe_write.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>

#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::HasSubstr;
using testing::read_bytes;
using testing::sentence_of;
using testing::TemporaryFolder;
using testing::write_bytes;

TEST(SafeWrite, WritesTheBytesAndLeavesNothingElse) {
  const TemporaryFolder folder;
  safe_write(folder / "a.bin", [](std::ostream& out) { out << "line\n" << '\0' << '\r'; });
  EXPECT_EQ(read_bytes(folder / "a.bin"), std::string("line\n\0\r", 7));
  EXPECT_EQ(folder.count(), 1);
}

TEST(SafeWrite, ReplacesAnOlderFile) {
  const TemporaryFolder folder;
  write_bytes(folder / "a", "a longer, older content");
  safe_write(folder / "a", [](std::ostream& out) { out << "new"; });
  EXPECT_EQ(read_bytes(folder / "a"), "new");
}

TEST(SafeWrite, TheOlderFileStandsUntilTheNewOneIsComplete) {
  const TemporaryFolder folder;
  write_bytes(folder / "a", "old");
  safe_write(folder / "a", [&](std::ostream& out) {
    out << "new" << std::flush;
    EXPECT_EQ(read_bytes(folder / "a"), "old");
  });
}

TEST(SafeWrite, AWriterThatFailsLeavesTheOlderFileAndItsOwnMessage) {
  const TemporaryFolder folder;
  write_bytes(folder / "a", "old");
  const std::string sentence = sentence_of([&] {
    safe_write(folder / "a", [](std::ostream& out) {
      out << "half";
      throw std::runtime_error("a person has no joints");
    });
  });
  EXPECT_EQ(sentence, "a person has no joints");
  EXPECT_EQ(read_bytes(folder / "a"), "old");
  EXPECT_EQ(folder.count(), 1);
}

TEST(SafeWrite, AFullDeviceIsReported) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  const std::string sentence =
      sentence_of([] { safe_write("/dev/full", [](std::ostream& out) { out << "one byte is enough"; }); });
  EXPECT_THAT(sentence, HasSubstr("cannot write /dev/full: No space left on device"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
}

// A limit on the size of files fails in the middle of a large write as a full disk does.
TEST(SafeWrite, AWriteThatStopsInTheMiddleLeavesNothingBehind) {
  const TemporaryFolder folder;
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{1 << 20, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &limit);
  const std::string sentence = sentence_of([&] {
    safe_write(folder / "large", [](std::ostream& out) {
      for (int i = 0; i < 4096; ++i) out << std::string(1024, 'x');
    });
  });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(sentence, HasSubstr("cannot write " + (folder / "large").string() + ": File too large"));
  EXPECT_EQ(folder.count(), 0);
}

TEST(SafeWrite, AMissingFolderIsNamed) {
  const TemporaryFolder folder;
  const std::string sentence = sentence_of([&] { safe_write(folder / "no/a", [](std::ostream&) {}); });
  EXPECT_THAT(sentence, HasSubstr("the folder " + (folder / "no").string() + " does not exist"));
}

TEST(SafeWrite, AFolderInTheWayIsNamed) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "a");
  const std::string sentence = sentence_of([&] { safe_write(folder / "a", [](std::ostream&) {}); });
  EXPECT_THAT(sentence, HasSubstr((folder / "a").string() + ": there is a folder of that name"));
}

TEST(SafeWrite, AFolderThatRefusesNewFilesIsReported) {
  const std::filesystem::path file = "/proc/ahap-test";
  const std::string sentence = sentence_of([&] { safe_write(file, [](std::ostream& out) { out << "x"; }); });
  EXPECT_THAT(sentence, HasSubstr("cannot write /proc/ahap-test: "));
}

TEST(SafeWrite, ALinkStaysALinkAndItsTargetIsReplaced) {
  const TemporaryFolder folder;
  write_bytes(folder / "target", "old");
  std::filesystem::create_symlink("target", folder / "link");
  safe_write(folder / "link", [](std::ostream& out) { out << "new"; });
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(read_bytes(folder / "target"), "new");
}

}  // namespace
}  // namespace ahap
