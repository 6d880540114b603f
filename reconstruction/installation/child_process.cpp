#include "reconstruction/installation/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace ahap {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr int kCannotStart = 127;  // as shells say it

// Between fork and exec: only what a signal handler may do, since other threads held locks when the copy was
// made.
[[noreturn]] void become(const char* program, char* const* arguments, const char* folder, int output,
                         pid_t parent) {
  setpgid(0, 0);
  // A program that is killed cannot end its children.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kCannotStart);
  signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  const int input = open("/dev/null", O_RDONLY);
  if (input < 0 || dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
      dup2(output, STDERR_FILENO) < 0 || chdir(folder) != 0)
    _exit(kCannotStart);
  execv(program, arguments);
  _exit(kCannotStart);
}

}  // namespace

std::optional<fs::path> find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const fs::path candidate = fs::path(folder.empty() ? "." : folder) / name;
    std::error_code error;
    if (fs::is_regular_file(candidate, error) && access(candidate.c_str(), X_OK) == 0)
      return fs::absolute(candidate);
  }
  return std::nullopt;
}

ChildProcess::ChildProcess(const Command& command) {
  std::vector<std::string> words = {command.program.string()};
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  const int output = open(command.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (output < 0)
    throw std::runtime_error(command.output.string() + " cannot be written: " + std::strerror(errno) + ".");
  const pid_t parent = getpid();
  process_ = fork();
  if (process_ == 0)
    become(words[0].c_str(), arguments.data(), command.working_folder.c_str(), output, parent);
  const int reason = errno;
  close(output);
  if (process_ < 0) throw std::runtime_error(words[0] + " cannot be started: " + std::strerror(reason) + ".");
  setpgid(process_, process_);  // in both processes: whoever comes first
}

bool ChildProcess::has_ended() const {
  siginfo_t ended = {};
  return waitid(P_PID, id_t(process_), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid != 0;
}

std::optional<int> ChildProcess::exit_status() {
  if (status_ || !has_ended()) return status_;
  kill(-process_, SIGKILL);  // what it left running; before its number is free for others
  int status = 0;
  waitpid(process_, &status, 0);
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return status_;
}

ChildProcess::~ChildProcess() {
  if (status_) return;
  kill(-process_, SIGTERM);
  for (int i = 0; i < 25 && !has_ended(); ++i) std::this_thread::sleep_for(10ms);
  kill(-process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

}  // namespace ahap
