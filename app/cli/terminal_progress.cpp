#include "app/cli/terminal_progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "app/interrupt.h"
#include "reconstruction/formats/readable.h"

namespace ahap {

TerminalProgress::TerminalProgress(std::ostream& stream, bool is_terminal, Detail detail)
    : stream_(stream), is_terminal_(is_terminal), detail_(detail) {}

TerminalProgress::TerminalProgress(Detail detail)
    : TerminalProgress(std::cerr, isatty(STDERR_FILENO) != 0, detail) {}

void TerminalProgress::report(const std::string& stage, double fraction) {
  if (detail_ == Detail::quiet) return;
  const bool new_stage = stage != stage_;
  stage_ = stage;
  const std::string title = what_.empty() ? stage : what_ + ": " + stage;
  if (!is_terminal_) {
    if (new_stage) stream_ << title << std::endl;
    return;
  }
  const Clock::time_point now = Clock::now();
  time_left_.report(title, fraction, now);
  if (!new_stage && fraction < 1 && now - drawn_ < std::chrono::milliseconds(50)) return;
  drawn_ = now;
  constexpr int width = 30;
  fraction = std::clamp(fraction, 0.0, 1.0);
  const int filled = int(std::lround(fraction * width));
  // \r to the start of the line, ESC[K clears what an earlier, longer title has left.
  stream_ << "\r\033[K[" << std::string(filled, '#') << std::string(width - filled, '.') << "] "
          << std::lround(100 * fraction) << " %  " << title;
  if (const auto left = time_left_.seconds(now)) stream_ << ", " << time_left_text(*left);
  stream_ << std::flush;
  bar_shown_ = true;
}

void TerminalProgress::say(const std::string& line) {
  if (detail_ == Detail::quiet) return;
  clear();
  stream_ << readable(line) << std::endl;
}

void TerminalProgress::clear() {
  if (bar_shown_) stream_ << "\r\033[K" << std::flush;
  bar_shown_ = false;
}

Progress TerminalProgress::progress() {
  Progress progress;
  progress.report = [this](const std::string& stage, double fraction) { report(stage, fraction); };
  progress.stop_requested = [] { return interrupted(); };
  return progress;
}

}  // namespace ahap
