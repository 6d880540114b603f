#include "reconstruction/formats/input_file.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "reconstruction/formats/mapped_file.h"
#include "reconstruction/formats/npz.h"
#include "reconstruction/formats/zip.h"
#include "reconstruction/results/manifest.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

TEST(InputFile, gives_the_bytes_of_a_file_and_of_a_link_to_one) {
  const TemporaryFolder place;
  write_bytes(place / "file", std::string("a\r\n\0b", 5));
  fs::create_symlink("file", place / "link");
  for (const char* name : {"file", "link"}) {
    std::ifstream in = open_input_file(place / name);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), std::string("a\r\n\0b", 5));
  }
}

TEST(InputFile, has_failed_where_nothing_is) {
  const TemporaryFolder place;
  EXPECT_FALSE(open_input_file(place / "missing"));
}

TEST(InputFile, is_no_pipe_device_socket_or_folder) {
  const TemporaryFolder place;
  ASSERT_EQ(mkfifo((place / "pipe").c_str(), 0600), 0);
  fs::create_symlink("pipe", place / "link");
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {AF_UNIX, {}};
  (place / "socket").string().copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  const auto refusal = [](const fs::path& file) { return sentence_of([&] { open_input_file(file); }); };
  EXPECT_EQ(refusal(place / "pipe"),
            (place / "pipe").string() + ": cannot be read: it is a pipe, not a regular file");
  EXPECT_THAT(refusal(place / "link"), HasSubstr("it is a pipe"));
  EXPECT_THAT(refusal("/dev/zero"), HasSubstr("it is a device"));
  EXPECT_THAT(refusal(place / "socket"), HasSubstr("it is a socket"));
  EXPECT_THAT(refusal(place.path()), HasSubstr("it is a folder"));
  close(listener);
}

TEST(InputFile, is_asked_for_by_every_reader_of_bytes) {
  const TemporaryFolder place;
  const fs::path pipe = place / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(sentence_of([&] { MappedFile mapped(pipe); }), HasSubstr("it is a pipe"));
  EXPECT_THAT(sentence_of([&] { ZipReader zip(pipe); }), HasSubstr("it is a pipe"));
  EXPECT_THAT(sentence_of([&] { read_npy(pipe); }), HasSubstr("it is a pipe"));
  EXPECT_THAT(sentence_of([&] { mark_of(pipe); }), HasSubstr("it is a pipe"));
}

}  // namespace
}  // namespace ahap
