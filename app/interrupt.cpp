#include "app/interrupt.h"

#include <semaphore.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <string_view>
#include <thread>

#include "reconstruction/formats/unfinished.h"

namespace ahap {
namespace {

std::atomic<bool> interrupt_seen = false;
std::atomic<bool> finishes = false, finish_seen = false;  // FinishOnInterrupt
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");
sem_t interrupts;
std::atomic<std::chrono::milliseconds> time_to_end{std::chrono::milliseconds(700)};

std::mutex wake_mutex;
void (*wake)() = nullptr;  // guarded by wake_mutex

void end_what_does_not_end() {
  while (sem_wait(&interrupts) != 0 && errno == EINTR) {
  }
  {
    const std::scoped_lock lock(wake_mutex);
    if (wake) wake();
  }
  std::this_thread::sleep_for(time_to_end.load());
  remove_unfinished();
  constexpr std::string_view sentence = "ahap: stopped before it was complete\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, sentence.data(), sentence.size());
  _exit(1);
}

}  // namespace

void watch_for_interrupts() {
  sem_init(&interrupts, 0, 0);
  std::thread(end_what_does_not_end).detach();
  struct sigaction action = {};
  action.sa_handler = [](int number) {
    const int before = errno;
    if (number == SIGINT && finishes.exchange(false)) {
      finish_seen = true;
      return;
    }
    std::signal(number, SIG_DFL);  // the second one finds the default action, which kills
    interrupt_seen = true;
    sem_post(&interrupts);
    errno = before;
  };
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  struct sigaction at_start = {};
  sigaction(SIGHUP, nullptr, &at_start);
  if (at_start.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);
}

bool interrupted() {
  return interrupt_seen;
}

void allow_time_to_end(std::chrono::milliseconds time) {
  time_to_end = time;
}

FinishOnInterrupt::~FinishOnInterrupt() {
  finishes = false;
}

void FinishOnInterrupt::arm() {
  if (!finish_seen) finishes = true;
}

bool FinishOnInterrupt::finish_requested() const {
  return finish_seen;
}

InterruptWake::InterruptWake(void (*function)()) {
  const std::scoped_lock lock(wake_mutex);
  wake = function;
}

InterruptWake::~InterruptWake() {
  const std::scoped_lock lock(wake_mutex);
  wake = nullptr;
}

}  // namespace ahap
