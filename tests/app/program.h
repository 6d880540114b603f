#pragma once

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "tests/values/temporary_folder.h"

namespace ahap::testing {

// The built `ahap` as a person starts it.
class Program {
 public:
  explicit Program(const std::vector<std::string>& arguments, rlim_t largest_file = RLIM_INFINITY) {
    std::vector<std::string> words = {AHAP_PROGRAM};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const std::string out = (streams_ / "out").string(), err = (streams_ / "err").string();
    process_ = fork();
    if (process_ == 0) {
      if (!std::freopen("/dev/null", "r", stdin) || !std::freopen(out.c_str(), "w", stdout) ||
          !std::freopen(err.c_str(), "w", stderr)) {
        _exit(127);
      }
      if (largest_file != RLIM_INFINITY) {  // writing beyond it fails as on a full disk
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit = {largest_file, largest_file};
        setrlimit(RLIMIT_FSIZE, &limit);
      }
      execv(argv[0], argv.data());
      _exit(127);
    }
  }
  ~Program() {
    if (process_ > 0) {
      kill(process_, SIGKILL);
      waitpid(process_, nullptr, 0);
    }
  }

  // Waits until stderr holds this text; false when the program ended without it.
  bool wait_for(const std::string& text) {
    while (err().find(text) == std::string::npos) {
      siginfo_t ended = {};
      waitid(P_PID, id_t(process_), &ended, WEXITED | WNOHANG | WNOWAIT);
      if (ended.si_pid != 0) return err().find(text) != std::string::npos;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
  }
  void interrupt() { kill(process_, SIGINT); }

  // Waits for the end. The exit status, or minus the signal that ended it.
  int status() {
    int status = 0;
    waitpid(process_, &status, 0);
    process_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  std::string out() const { return read_bytes(streams_ / "out"); }
  std::string err() const { return read_bytes(streams_ / "err"); }

 private:
  TemporaryFolder streams_;
  pid_t process_ = -1;
};

}  // namespace ahap::testing
