#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "reconstruction/progress.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// Times the stages of a run and reports their progress.
class StageClock {
 public:
  StageClock(const Progress& progress, std::vector<StageTiming>& timings)
      : progress_(progress), timings_(timings) {}
  void begin(const std::string& name) {
    end();
    step(progress_, name, 0);
    name_ = name;
    start_ = std::chrono::steady_clock::now();
  }
  void end() {
    if (name_.empty()) return;
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
    timings_.push_back({name_, elapsed.count()});
    step(progress_, name_, 1);
    name_.clear();
  }
  // For what is done within the present stage: reports under its name, whatever the callee calls it.
  Progress within() const {
    Progress inner = progress_;
    if (progress_.report)
      inner.report = [this, name = name_](const std::string&, double done) { progress_.report(name, done); };
    return inner;
  }

 private:
  const Progress& progress_;
  std::vector<StageTiming>& timings_;
  std::string name_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace ahap
