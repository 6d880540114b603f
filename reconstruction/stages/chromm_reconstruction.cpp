#include "reconstruction/stages/chromm_reconstruction.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>

#include "reconstruction/motion/one_frame.h"
#include "reconstruction/stages/chromm_chunk.h"
#include "reconstruction/stages/chromm_result.h"
#include "reconstruction/stages/clip_run.h"
#include "reconstruction/stages/display_image.h"

namespace ahap {
namespace {

constexpr std::size_t kPicturesOfPlace = 60;  // whose points make the place
constexpr int kJoiningStride = 7;             // pixels between points that join chunks
constexpr double kReadingShare = 0.1;         // of a chunk's time, until its frames are read
constexpr const char* kChrommStage = "cameras and people";

void require_common_begin(const std::vector<std::optional<double>>& offsets) {
  if (std::none_of(offsets.begin(), offsets.end(), [](const auto& offset) { return offset && *offset != 0; }))
    return;
  throw std::runtime_error(
      "CHROMM takes cameras that began together, and --offsets says that these did not: cut the videos to a "
      "common beginning, or use the model photo.");
}

// In some chunk's world, of all pictures of some instants.
std::vector<Eigen::Vector3d> joining_points(const ChunkEstimate& chunk, std::size_t first, std::size_t end) {
  std::vector<Eigen::Vector3d> points;
  const std::size_t views = chunk.focal.size();
  for (std::size_t picture = first * views; picture < end * views; ++picture) {
    const auto some = sampled_points(chunk, picture, kJoiningStride);
    points.insert(points.end(), some.begin(), some.end());
  }
  return points;
}

class ChrommRun {
 public:
  ChrommRun(const FrameSequence& sequence, std::shared_ptr<const ChrommModel> model, const Options& options,
            const Progress& progress)
      : sequence_(sequence),
        model_(std::move(model)),
        options_(options),
        progress_(progress),
        threshold_(options.detection_threshold >= 0 ? options.detection_threshold
                                                    : model_->detection_threshold) {
    require_common_begin(options.range.offsets);
    seen_.cameras_stand_still = options.range.cameras_move == CamerasMove::no;
  }

  std::shared_ptr<const Reconstruction> run() {
    const auto begun = std::chrono::steady_clock::now();
    follow();
    if (seen_.numbers.empty())
      throw std::runtime_error("None of the frames has pictures of all cameras that can be used.");
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begun;
    begun_.timings = {{kChrommStage, elapsed.count()}};
    add_messages();
    return std::make_shared<Reconstruction>(chromm_result(seen_, *model_, begun_));
  }

 private:
  void follow();
  void read_instant(std::size_t index);
  bool usable(const std::vector<View>& views);
  void take_chunk();
  void join(const ChunkEstimate& chunk);
  void take_instant(const ChunkEstimate& chunk, std::size_t t);
  void publish();
  void add_messages();
  bool finish_requested() const {
    return !seen_.numbers.empty() && options_.range.finish_requested && options_.range.finish_requested();
  }
  Progress stoppable() const {
    return until_finish(progress_, [this] { return finish_requested(); });
  }
  Progress within_chunk() const;

  const FrameSequence& sequence_;
  std::shared_ptr<const ChrommModel> model_;
  const Options& options_;
  const Progress& progress_;
  const double threshold_;
  Reconstruction begun_;  // messages and time

  ChrommObservations seen_;
  std::vector<int> camera_numbers_;
  ChunkLength length_;
  std::vector<ViewsOfInstant> chunk_;  // read and not yet looked at, but for those of the chunk before
  std::size_t seen_before_ = 0;        // of the chunk
  std::size_t frames_read_ = 0, frames_done_ = 0;  // of the sequence: in all, for the chunks before
  Similarity first_from_chunk_;
  // Of the last instants of the chunk before, in the first one's world.
  std::vector<Eigen::Vector3d> known_points_;
  std::vector<Eigen::Isometry3d> known_cameras_;
  std::size_t left_out_ = 0;  // frames without a usable picture of every camera
  bool known_ = false;        // a calibration knows a camera
};

void ChrommRun::follow() {
  const std::size_t count = sequence_.numbers.size();
  try {
    for (std::size_t i = 0; i < count; ++i) {
      step(within_chunk(), kChrommStage, 0);
      read_instant(i);
      if (length_.instants > 0 && chunk_.size() == length_.instants) take_chunk();
    }
    if (chunk_.size() > seen_before_) take_chunk();
  } catch (const Cancelled&) {
    if (!finish_requested()) throw;
    begun_.messages.push_back(stopped_after(frames_done_, count, seen_.numbers.back()));
  }
}

void ChrommRun::read_instant(std::size_t index) {
  std::vector<View> views = sequence_.read(sequence_.numbers[index], stoppable());
  frames_read_ = index + 1;
  if (usable(views))
    chunk_.push_back(std::move(views));
  else
    ++left_out_;
}

// Whether there is a picture of every camera of the first frame, of the same size.
bool ChrommRun::usable(const std::vector<View>& views) {
  if (views.empty()) return false;
  if (seen_.cameras.empty()) {
    for (const View& view : views) {
      seen_.cameras.push_back({view.name, view.path, view.image.width, view.image.height});
      camera_numbers_.push_back(view.camera);
      known_ = known_ || view.known.has_value();
    }
    length_ = chunk_length(views.size());
  }
  if (views.size() != seen_.cameras.size()) return false;
  for (std::size_t v = 0; v < views.size(); ++v) {
    const auto& camera = seen_.cameras[v];
    if (views[v].camera != camera_numbers_[v] || views[v].image.width != camera.width ||
        views[v].image.height != camera.height)
      return false;
  }
  return true;
}

// Fractions are those of the frames between the last chunk and what is read, of which the networks have so
// much.
Progress ChrommRun::within_chunk() const {
  Progress progress = stoppable();
  if (!progress_.report) return progress;
  progress.report = [this](const std::string&, double fraction) {
    const double share = kReadingShare + (1 - kReadingShare) * fraction;
    progress_.report(kChrommStage, (double(frames_done_) + share * double(frames_read_ - frames_done_)) /
                                       double(sequence_.numbers.size()));
  };
  return progress;
}

void ChrommRun::take_chunk() {
  const ChunkEstimate chunk = estimate_chunk(*model_, chunk_, seen_before_, threshold_, within_chunk());
  if (!torch::isfinite(chunk.scene.world_from_camera).all().item<bool>())
    throw std::runtime_error("Pi3X's cameras of the frames up to " +
                             std::to_string(chunk_.back().front().frame) +
                             " are no numbers; its weights may be damaged.");
  if (seen_before_ > 0) join(chunk);
  for (std::size_t v = 0; v < seen_.cameras.size(); ++v) seen_.cameras[v].focal.push_back(chunk.focal[v]);
  for (std::size_t t = seen_before_; t < chunk_.size(); ++t) take_instant(chunk, t);
  frames_done_ = frames_read_;

  const std::size_t kept = std::min(length_.overlap, chunk_.size()), first = chunk_.size() - kept;
  known_points_ = joining_points(chunk, first, chunk_.size());
  for (Eigen::Vector3d& X : known_points_) X = first_from_chunk_ * X;
  known_cameras_.clear();
  for (std::size_t f = seen_.instants.size() - kept; f < seen_.instants.size(); ++f)
    known_cameras_.insert(known_cameras_.end(), seen_.instants[f].world_from_camera.begin(),
                          seen_.instants[f].world_from_camera.end());
  chunk_.erase(chunk_.begin(), chunk_.begin() + std::ptrdiff_t(first));
  seen_before_ = kept;
  publish();
}

void ChrommRun::join(const ChunkEstimate& chunk) {
  std::vector<Eigen::Isometry3d> cameras;
  for (std::size_t t = 0; t < seen_before_; ++t)
    cameras.insert(cameras.end(), chunk.instants[t].world_from_camera.begin(),
                   chunk.instants[t].world_from_camera.end());
  if (const auto found =
          join_chunks(joining_points(chunk, 0, seen_before_), known_points_, cameras, known_cameras_))
    first_from_chunk_ = *found;
}

void ChrommRun::take_instant(const ChunkEstimate& chunk, std::size_t t) {
  const std::size_t frame = seen_.numbers.size(), views = seen_.cameras.size();
  SeenInstant instant = chunk.instants[t];
  instant.unit = first_from_chunk_.scale;
  for (Eigen::Isometry3d& camera : instant.world_from_camera) camera = first_from_chunk_ * camera;
  seen_.numbers.push_back(chunk_[t].front().frame);
  seen_.instants.push_back(std::move(instant));
  const std::size_t of_place = std::max<std::size_t>(1, kPicturesOfPlace / views),
                    stride = (sequence_.numbers.size() + of_place - 1) / of_place;
  if (frame % stride != 0) return;
  const std::size_t pictures = views * std::min(of_place, sequence_.numbers.size()),
                    most = std::size_t(std::max(0, options_.max_points));
  for (std::size_t v = 0; v < views; ++v) {
    const std::size_t begun = seen_.points.size();
    add_scene_points(chunk, t, v, chunk_[t][v].image, most / pictures, most, seen_.points);
    for (std::size_t i = begun; i < seen_.points.size(); ++i) {
      Eigen::Vector3f& X = seen_.points.positions[i];
      X = (first_from_chunk_ * Eigen::Vector3d(X.cast<double>())).cast<float>();
    }
  }
}

void ChrommRun::publish() {
  if (!progress_.publish) return;
  auto partial = std::make_shared<Reconstruction>(chromm_result(seen_, *model_, begun_));
  partial->partial = true;
  progress_.publish(std::move(partial));
}

void ChrommRun::add_messages() {
  if (left_out_ > 0)
    begun_.messages.push_back(
        "Frames without a picture of every camera of the first frame, in the same size, are left out: " +
        std::to_string(left_out_) + ".");
  if (known_) begun_.messages.push_back("CHROMM finds the cameras by itself: their calibration is not used.");
  if (seen_.numbers.size() > 1 && seen_.cameras.size() > 1)
    begun_.messages.push_back(
        "Frames of the same number are taken for the same instant: CHROMM does not bring videos together.");
}

}  // namespace

std::shared_ptr<const Reconstruction> reconstruct_chromm_range(const FrameSequence& frames,
                                                               std::shared_ptr<const ChrommModel> model,
                                                               const Options& options,
                                                               const Progress& progress) {
  const torch::NoGradGuard no_grad;
  return ChrommRun(frames, std::move(model), options, progress).run();
}

std::shared_ptr<const Reconstruction> reconstruct_chromm_frame(const std::vector<View>& views,
                                                               std::shared_ptr<const ChrommModel> model,
                                                               const Options& options,
                                                               const Progress& progress) {
  FrameSequence frames;
  frames.numbers = {views.front().frame};
  frames.read = [&](int, const Progress&) { return views; };
  const auto range = reconstruct_chromm_range(frames, std::move(model), options, progress);
  auto result = std::make_shared<Reconstruction>(one_frame(*range, 0));
  result->body_model.reset();
  for (const View& view : views) result->frames.front().pictures.push_back(display_image(view.image));
  return result;
}

}  // namespace ahap
