#include "app/lab/evaluation_run.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <stdexcept>

#include "reconstruction/branches/known_poses.h"
#include "reconstruction/capture/calibrated_capture.h"
#include "reconstruction/capture/views.h"
#include "reconstruction/evaluation/video_scores.h"
#include "reconstruction/evaluation/video_take.h"
#include "reconstruction/models/model.h"

namespace ahap {

namespace {

namespace fs = std::filesystem;

bool has_truth(const fs::path& folder) {
  return has_ground_truth(folder) || is_video_take(folder);
}

// Of every frame of a capture, or one that holds for all of them.
std::vector<GroundTruth> read_truth(const fs::path& capture) {
  if (!has_ground_truth(capture)) return {read_video_take(capture)};
  std::vector<GroundTruth> truth;
  const int frames = ground_truth_frames(capture);
  for (int frame = 0; frame < frames; ++frame) truth.push_back(read_ground_truth(capture, frame));
  return truth;
}

}  // namespace

std::vector<std::filesystem::path> captures_in(const std::filesystem::path& folder, int limit) {
  if (!std::filesystem::is_directory(folder)) throw std::runtime_error(folder.string() + " is not a folder.");
  if (has_truth(folder)) return {folder};
  std::vector<std::filesystem::path> captures;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_directory() && has_truth(entry.path())) captures.push_back(entry.path());
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

std::vector<View> first_views(std::vector<View> views, int count) {
  if (count > 0 && int(views.size()) > count) views.resize(count);
  return views;
}

// The frames of a capture of videos; none where no run takes them together.
std::optional<FrameSequence> frames_of(const Capture& capture, const CaptureEvaluation& evaluation) {
  const int count =
      evaluation.frames > 0 ? std::min(evaluation.frames, capture.frame_count()) : capture.frame_count();
  if (!evaluation.range_run || count < 2) return std::nullopt;
  FrameSequence frames;
  frames.numbers.resize(count);
  std::iota(frames.numbers.begin(), frames.numbers.end(), 0);
  frames.read = [reader = std::make_shared<FrameReader>(capture), views = evaluation.views](
                    int number, const Progress& progress) {
    return first_views(reader->read(number, nullptr, progress), views);
  };
  return frames;
}

}  // namespace

EvaluationReport evaluate_captures(const std::vector<fs::path>& captures, Model& model,
                                   const Options& options, const CaptureEvaluation& evaluation,
                                   TerminalProgress& terminal) {
  EvaluationReport report;
  report.program_version = AHAP_VERSION;
  Progress only_stop;
  only_stop.stop_requested = terminal.progress().stop_requested;
  for (std::size_t i = 0; i < captures.size(); ++i) {
    terminal.report("captures", double(i) / double(captures.size()));
    const Capture capture = without_calibration(open_capture({captures[i]}));
    const std::vector<GroundTruth> truth = read_truth(captures[i]);
    std::optional<WithPoses> told;
    if (evaluation.pose_error >= 0) told.emplace(model, truth.front(), evaluation.pose_error, i);
    const auto frames = frames_of(capture, evaluation);
    const auto result =
        frames ? evaluation.range_run(*frames, only_stop)
               : reconstruct(first_views(decode_frame(capture, 0, nullptr, only_stop), evaluation.views),
                             model, options, only_stop);
    report.model = result->model_name;
    report.association = result->association_method;
    report.captures.push_back({captures[i].filename().string(),
                               frames ? score_video(*result, truth) : score(*result, 0, truth.front()),
                               result->timings});
  }
  terminal.clear();
  return report;
}

}  // namespace ahap
