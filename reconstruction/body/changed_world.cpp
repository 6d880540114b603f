#include "reconstruction/body/changed_world.h"

#include <map>
#include <utility>

namespace ahap {
namespace {

using Change = std::function<std::shared_ptr<const Reconstruction>(const Reconstruction&)>;

class ChangedRun : public CorrectableRun {
 public:
  ChangedRun(std::shared_ptr<const CorrectableRun> run, Change change)
      : run_(std::move(run)), change_(std::move(change)) {}

  std::shared_ptr<const Reconstruction> with_decisions(const Decisions& decisions,
                                                       const Progress& progress) const override {
    return change_(*run_->with_decisions(decisions, progress));
  }
  std::size_t bytes(std::set<const void*>& counted) const override { return run_->bytes(counted); }

 private:
  std::shared_ptr<const CorrectableRun> run_;
  Change change_;
};

}  // namespace

void change_points(std::vector<ReconstructedFrame>& frames,
                   const std::function<void(Eigen::Vector3f&)>& change) {
  std::map<const PointCloud*, std::shared_ptr<const PointCloud>> clouds;
  for (ReconstructedFrame& frame : frames) {
    auto& cloud = clouds[frame.points.get()];
    if (!cloud) {
      auto changed = std::make_shared<PointCloud>(*frame.points);
      for (Eigen::Vector3f& X : changed->positions) change(X);
      cloud = std::move(changed);
    }
    frame.points = cloud;
  }
}

std::shared_ptr<const CorrectableRun> changed_run(std::shared_ptr<const CorrectableRun> run, Change change) {
  return std::make_shared<ChangedRun>(std::move(run), std::move(change));
}

}  // namespace ahap
