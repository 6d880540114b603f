#include "app/lab/evaluation_run.h"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "reconstruction/branches/known_poses.h"
#include "reconstruction/capture/views.h"
#include "reconstruction/models/model.h"

namespace ahap {

std::vector<std::filesystem::path> captures_in(const std::filesystem::path& folder, int limit) {
  if (!std::filesystem::is_directory(folder)) throw std::runtime_error(folder.string() + " is not a folder.");
  if (has_ground_truth(folder)) return {folder};
  std::vector<std::filesystem::path> captures;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_directory() && has_ground_truth(entry.path())) captures.push_back(entry.path());
  }
  if (captures.empty()) {
    throw std::runtime_error(folder.string() +
                             " holds no capture with ground truth; `ahap-lab synthesize` makes them.");
  }
  std::sort(captures.begin(), captures.end(), [](const auto& a, const auto& b) {
    return natural_less(a.filename().string(), b.filename().string());
  });
  if (limit > 0 && int(captures.size()) > limit) captures.resize(limit);
  return captures;
}

namespace {

// The model with a scene branch that knows where the cameras are, but for errors. Lives no longer than
// `models`.
class WithPoses {
 public:
  WithPoses(Model& model, const GroundTruth& truth, double error, std::uint64_t seed)
      : model_(model), own_(std::move(model.scene)) {
    std::vector<Eigen::Isometry3d> poses;
    for (const auto& view : truth.views) poses.push_back(view.camera.world_from_camera);
    model.scene = std::make_unique<KnownPoses>(*own_, with_errors(poses, error, seed));
  }
  ~WithPoses() { model_.scene = std::move(own_); }
  WithPoses(const WithPoses&) = delete;

 private:
  Model& model_;
  std::unique_ptr<SceneBranch> own_;
};

}  // namespace

EvaluationReport evaluate_captures(const std::vector<std::filesystem::path>& captures, Model& model,
                                   const Options& options, int views, TerminalProgress& terminal,
                                   double pose_error) {
  EvaluationReport report;
  report.program_version = AHAP_VERSION;
  Progress only_stop;
  only_stop.stop_requested = terminal.progress().stop_requested;
  for (std::size_t i = 0; i < captures.size(); ++i) {
    terminal.report("captures", double(i) / double(captures.size()));
    auto frame = decode_frame(open_capture({captures[i]}), 0, nullptr, terminal.progress());
    if (views > 0 && int(frame.size()) > views) frame.resize(views);
    const GroundTruth truth = read_ground_truth(captures[i]);
    std::optional<WithPoses> told;
    if (pose_error >= 0) told.emplace(model, truth, pose_error, i);
    const auto result = reconstruct(frame, model, options, only_stop);
    report.model = result->model_name;
    report.association = result->association_method;
    report.captures.push_back({captures[i].filename().string(), score(*result, 0, truth), result->timings});
  }
  terminal.clear();
  return report;
}

}  // namespace ahap
