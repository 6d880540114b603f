#pragma once

#include <chrono>
#include <ostream>
#include <string>

#include "app/time_left.h"
#include "reconstruction/progress.h"

namespace ahap {

// Progress and remarks on stderr: one bar that stays on its line where a person watches, else a line per
// stage.
class TerminalProgress {
 public:
  enum class Detail { quiet, normal, verbose };

  TerminalProgress(std::ostream& stream, bool is_terminal, Detail detail);
  ~TerminalProgress() { clear(); }
  // On the process's stderr.
  explicit TerminalProgress(Detail detail);

  // What the following stages belong to, "frame 12" for instance; may be empty.
  void begin(const std::string& what) { what_ = what; }
  void report(const std::string& stage, double fraction);
  // A line of text; not shown when quiet.
  void say(const std::string& line);
  // Takes the bar away.
  void clear();

  bool verbose() const { return detail_ == Detail::verbose; }
  // Reports here and stops on Ctrl-C.
  Progress progress();

 private:
  using Clock = std::chrono::steady_clock;

  std::ostream& stream_;
  bool is_terminal_;
  Detail detail_;
  std::string what_, stage_;
  Clock::time_point drawn_;
  TimeLeft time_left_;
  bool bar_shown_ = false;
};

}  // namespace ahap
