#pragma once

#include <functional>
#include <optional>

namespace ahap {

// How the times of two cameras go together: what `a` sees at its time t, `b` sees at
// t - seconds - drift * (t - when).
struct Timing {
  double seconds = 0;
  double drift = 0;
  double when = 0;                      // the time of `a` to which `seconds` belongs
  double sigma = 0;                     // seconds
  std::optional<double> drift_sigma{};  // nothing: the drift was not free

  double offset(double time_of_a) const { return seconds + drift * (time_of_a - when); }
  double time_of_b(double time_of_a) const { return time_of_a - offset(time_of_a); }
};

// The minimum of `cost`, a negative log likelihood, near `start`, and how sure it is by its curvature. The
// drift is free with `length` > 0, the seconds for which the cameras are compared. Nothing where there is no
// minimum.
std::optional<Timing> refine_timing(const std::function<double(const Timing&)>& cost, const Timing& start,
                                    double length = 0);

}  // namespace ahap
