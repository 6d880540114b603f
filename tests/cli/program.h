#pragma once

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/fixtures/temporary_folder.h"

namespace ahap::testing {

// The circumstances that a program is started in.
struct Conditions {
  rlim_t largest_file = RLIM_INFINITY;  // bytes; writing beyond it fails as on a full disk
  std::string output = {};              // the file that standard output is; "closed": it is closed
  bool unprivileged = false;            // as a user who may write nowhere but in world-writable folders
  std::vector<std::pair<std::string, std::string>> environment = {};
};

// The built `ahap`, or for a command of the laboratory `ahap-lab`, as a person starts it.
class Program {
 public:
  explicit Program(const std::vector<std::string>& arguments, const Conditions& conditions = {}) {
    static const std::set<std::string> laboratory = {"synthesize", "train", "evaluate", "study"};
    const bool lab = !arguments.empty() && laboratory.contains(arguments[0]);
    std::vector<std::string> words = {lab ? AHAP_LAB_PROGRAM : AHAP_PROGRAM};
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
      if (conditions.output == "closed") {
        close(STDOUT_FILENO);
      } else if (!conditions.output.empty() && !std::freopen(conditions.output.c_str(), "w", stdout)) {
        _exit(127);
      }
      if (conditions.largest_file != RLIM_INFINITY) {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit = {conditions.largest_file, conditions.largest_file};
        setrlimit(RLIMIT_FSIZE, &limit);
      }
      for (const auto& [name, value] : conditions.environment) setenv(name.c_str(), value.c_str(), 1);
      constexpr uid_t nobody = 65534;
      if (conditions.unprivileged && geteuid() == 0 && setuid(nobody) != 0) _exit(126);
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
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

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
  void interrupt(int signal = SIGINT) { kill(process_, signal); }

  // The seconds until the end; those given where it has not come by then.
  double seconds_to_end(double most) {
    const auto start = std::chrono::steady_clock::now();
    const auto seconds = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    for (siginfo_t ended = {}; ended.si_pid == 0 && seconds() < most;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      waitid(P_PID, id_t(process_), &ended, WEXITED | WNOHANG | WNOWAIT);
    }
    return std::min(seconds(), most);
  }

  // Waits for the end. The most memory that it held, bytes.
  std::uint64_t peak_memory() {
    std::uint64_t kibibytes = 0;
    for (siginfo_t ended = {}; ended.si_pid == 0;) {
      std::ifstream in("/proc/" + std::to_string(process_) + "/status");
      for (std::string line; std::getline(in, line);)
        if (line.starts_with("VmHWM:")) kibibytes = std::stoull(line.substr(6));
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      waitid(P_PID, id_t(process_), &ended, WEXITED | WNOHANG | WNOWAIT);
    }
    return kibibytes << 10;
  }

  // Waits for the end. The exit status, or minus the signal that ended it.
  int status() {
    if (process_ < 0) return status_;
    int status = 0;
    waitpid(process_, &status, 0);
    process_ = -1;
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return status_;
  }
  std::string out() const { return read_bytes(streams_ / "out"); }
  std::string err() const { return read_bytes(streams_ / "err"); }
  // What was said last: where a program fails, why.
  std::string last_line() const {
    std::string text = err();
    while (text.ends_with('\n')) text.pop_back();
    return text.substr(text.rfind('\n') + 1);
  }

 private:
  TemporaryFolder streams_;
  pid_t process_ = -1;
  int status_ = -1;
};

}  // namespace ahap::testing
