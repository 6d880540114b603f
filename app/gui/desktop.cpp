#include "app/gui/desktop.h"

#include <spawn.h>
#include <sys/wait.h>

#include <stdexcept>
#include <string>
#include <thread>

extern char** environ;

namespace ahap {

void open_on_desktop(const std::filesystem::path& path) {
  std::string program = "xdg-open", place = path.string();
  char* arguments[] = {program.data(), place.data(), nullptr};
  pid_t child = 0;
  if (posix_spawnp(&child, program.c_str(), nullptr, nullptr, arguments, environ) != 0)
    throw std::runtime_error("No program opens " + place + ": xdg-open is not installed.");
  std::thread([child] {
    int status = 0;
    waitpid(child, &status, 0);
  }).detach();
}

}  // namespace ahap
