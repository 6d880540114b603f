#include "app/time_left.h"

#include <algorithm>
#include <cmath>

namespace ahap {
namespace {

constexpr double kShortest = 4;         // s of a stage that tell its rate
constexpr std::size_t kFewReports = 4;  // tell nothing
constexpr double kEven = 1.5;           // times: the later half's rate and the whole stage's
constexpr double kWorthTelling = 3;     // s

double seconds_between(TimeLeft::Clock::time_point from, TimeLeft::Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

void TimeLeft::report(const std::string& stage, double fraction, Clock::time_point now) {
  if (stage != stage_ || marks_.empty() || fraction < marks_.back().fraction) {
    stage_ = stage;
    marks_.clear();
  } else if (fraction == marks_.back().fraction) {
    return;
  }
  marks_.push_back({fraction, now});
}

std::optional<double> TimeLeft::seconds(Clock::time_point now) const {
  if (marks_.size() < kFewReports) return std::nullopt;
  const Mark &first = marks_.front(), &last = marks_.back();
  const double lasted = seconds_between(first.time, last.time);
  if (lasted < kShortest) return std::nullopt;
  const auto middle = std::find_if(marks_.begin(), marks_.end() - 2, [&](const Mark& mark) {
    return seconds_between(first.time, mark.time) >= lasted / 2;
  });
  const double rate = (last.fraction - first.fraction) / lasted,
               late_rate = (last.fraction - middle->fraction) / seconds_between(middle->time, last.time);
  if (late_rate > kEven * rate || rate > kEven * late_rate) return std::nullopt;
  const double left = (1 - last.fraction) / late_rate - seconds_between(last.time, now);
  if (left < kWorthTelling) return std::nullopt;
  return left;
}

std::string duration_text(double seconds) {
  if (seconds < 55) {
    const int fives = std::max(1, int(std::lround(seconds / 5)));
    return std::to_string(seconds < 10 ? std::max(1, int(std::lround(seconds))) : 5 * fives) + " s";
  }
  const int minutes = std::max(1, int(std::lround(seconds / 60)));
  if (minutes < 60) return std::to_string(minutes) + " min";
  return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

std::string time_left_text(double seconds) {
  return duration_text(seconds) + " left";
}

}  // namespace ahap
