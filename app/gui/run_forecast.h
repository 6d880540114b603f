#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/gui/job.h"

namespace ahap {

// What decides how long a run on one frame takes.
struct RunKind {
  std::string model, device;
  bool refine = false;
  int views = 0;

  bool operator==(const RunKind&) const = default;
};

// How long runs take on this machine, learned from those before.
class RunForecast {
 public:
  // state: the studio's folder, where it is kept; empty: as long as the program runs. What cannot be read
  // counts as nothing learned.
  explicit RunForecast(const std::filesystem::path& state);

  // From a run that has come to its end. Keeps it; throws a sentence.
  void learn(const RunKind& kind, const std::vector<Job::Stage>& stages);

  // Seconds of a whole run; nothing where none like it is known. Runs on other numbers of views count in
  // proportion.
  std::optional<double> seconds(const RunKind& kind) const;
  // Seconds until the end of a run with these stages so far, the last of which goes on.
  std::optional<double> seconds_left(const RunKind& kind, const std::vector<Job::Stage>& so_far) const;

 private:
  struct Known {
    RunKind kind;
    std::vector<Job::Stage> stages;
  };
  // In proportion to the views; null: none is known.
  std::optional<std::vector<Job::Stage>> expected(const RunKind& kind) const;
  void read();

  std::filesystem::path file_;
  std::vector<Known> known_;
};

}  // namespace ahap
