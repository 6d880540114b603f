#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace ahap {

// How long a stage will go on, from the rate at which it went on so far. Unknown until it has gone on evenly
// for some seconds.
class TimeLeft {
 public:
  using Clock = std::chrono::steady_clock;

  // `fraction` 0..1 of the stage is done. Another stage, or one that goes back, begins anew.
  void report(const std::string& stage, double fraction, Clock::time_point now);
  // Seconds until the stage's end.
  std::optional<double> seconds(Clock::time_point now) const;

 private:
  struct Mark {
    double fraction = 0;
    Clock::time_point time;
  };

  std::string stage_;
  std::vector<Mark> marks_;  // of this stage
};

// "40 s", "3 min", "1 h 20 min"
std::string duration_text(double seconds);
// "40 s left", "3 min left", "1 h 20 min left"
std::string time_left_text(double seconds);

}  // namespace ahap
