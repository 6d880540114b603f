#include "reconstruction/capture/stderr_silencer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <mutex>

namespace ahap {
namespace {

std::mutex mutex;
int living = 0;
int terminal = -1;  // the real stderr while it is muted

}  // namespace

QuietStderr::QuietStderr() {
  const std::lock_guard lock(mutex);
  if (living++ > 0) return;
  std::fflush(stderr);
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  terminal = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (nowhere >= 0 && terminal >= 0) dup2(nowhere, STDERR_FILENO);
  if (nowhere >= 0) close(nowhere);
}

QuietStderr::~QuietStderr() {
  const std::lock_guard lock(mutex);
  if (--living > 0 || terminal < 0) return;
  std::fflush(stderr);
  dup2(terminal, STDERR_FILENO);
  close(terminal);
  terminal = -1;
}

}  // namespace ahap
