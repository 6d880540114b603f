#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ahap {

// The first executable file of this name in the folders of $PATH; nothing when there is none.
std::optional<std::filesystem::path> find_program(const std::string& name);

// Another program at work. It gets a process group of its own, so that it and all that it starts can be ended
// together, and Ctrl-C in a terminal reaches this program only. Its standard input is empty.
class ChildProcess {
 public:
  struct Command {
    std::filesystem::path program;
    std::vector<std::string> arguments;
    std::filesystem::path working_folder;
    std::filesystem::path output;  // the file that takes what it says, both streams
  };
  // Throws a sentence when no process can be started.
  explicit ChildProcess(const Command& command);
  // Ends the whole group: asks first, and insists after a quarter of a second.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // The exit status once it has ended, 128 + N when signal N ended it. Does not wait.
  std::optional<int> exit_status();

 private:
  bool has_ended() const;

  pid_t process_ = -1;
  std::optional<int> status_;
};

}  // namespace ahap
