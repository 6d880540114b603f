#include "app/cli/standard_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <stdexcept>
#include <string>

namespace ahap {
namespace {

bool closed_at_start = false;

}  // namespace

void guard_standard_streams() {
  std::signal(SIGPIPE, SIG_IGN);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number is this one. Writing to a standard output that is opened for reading fails, as
    // it should.
    closed_at_start = closed_at_start || stream == STDOUT_FILENO;
    open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY);
  }
}

void require_printed() {
  errno = 0;
  std::cout.flush();
  const bool flushed = std::fflush(stdout) == 0;
  const int reason = errno;
  if (flushed && !std::ferror(stdout) && std::cout.good()) return;
  const std::string why = reason ? std::string(": ") + std::strerror(reason) : "";
  throw std::runtime_error("what was to be printed is lost: standard output " +
                           (closed_at_start ? "is closed" : "cannot be written" + why));
}

}  // namespace ahap
