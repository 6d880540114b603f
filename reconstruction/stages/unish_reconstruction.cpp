#include "reconstruction/stages/unish_reconstruction.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>

#include "reconstruction/body/moved_world.h"
#include "reconstruction/median.h"
#include "reconstruction/models/published_weights.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/stages/clip_place.h"
#include "reconstruction/stages/clip_run.h"
#include "reconstruction/stages/single_camera.h"
#include "reconstruction/stages/unish_clip.h"
#include "reconstruction/stages/unish_people.h"

namespace ahap {
namespace {

constexpr std::size_t kChunkFrames = 30;  // as the official program has them
// Of a chunk's time: until the person is found in its frames, and until there are cameras and depth.
constexpr double kReadShare = 0.1, kSceneShare = 0.7;
constexpr const char* kClipStage = "cameras and people";

void require_numbers(const UnishOutput& seen, const std::vector<ClipFrame>& chunk) {
  for (const torch::Tensor& result : {seen.world_from_camera, seen.trans, seen.rotations, seen.betas})
    if (!torch::isfinite(result).all().item<bool>())
      throw std::runtime_error("UniSH's result of the frames " + std::to_string(chunk.front().number) +
                               " to " + std::to_string(chunk.back().number) +
                               " holds what are no numbers; its weights may be damaged.");
}

class UnishRun {
 public:
  UnishRun(const FrameSequence& sequence, std::shared_ptr<const UnishModel> model, const Options& options,
           const Progress& progress)
      : sequence_(sequence),
        model_(std::move(model)),
        network_(model_->network),
        options_(options),
        progress_(progress),
        threshold_(options.detection_threshold >= 0 ? options.detection_threshold
                                                    : model_->detection_threshold),
        person_(*model_->people, threshold_),
        place_(options.max_points) {}

  std::shared_ptr<const Reconstruction> run();

 private:
  void follow();
  void read_frame(std::size_t index);
  void take_chunk();
  std::size_t expected_frames() const;
  void take_frame(const UnishOutput& seen, std::int64_t s);
  void take_points(const UnishOutput& seen, std::int64_t s, const PersonRegion& somebody);
  bool finish_requested() const {
    return !cameras_.empty() && options_.range.finish_requested && options_.range.finish_requested();
  }
  Progress stoppable() const {
    return until_finish(progress_, [this] { return finish_requested(); });
  }
  Progress within_chunk(std::size_t end) const;

  Eigen::Matrix3d intrinsics(double focal_length) const;
  Reconstruction assembled() const;
  void add_messages();

  const FrameSequence& sequence_;
  std::shared_ptr<const UnishModel> model_;
  Unish network_;
  const Options& options_;
  const Progress& progress_;
  const double threshold_;
  Reconstruction result_;  // frames and messages; the rest follows

  OnePerson person_;
  ClipRate rate_;
  std::vector<ClipFrame> chunk_;  // read and not yet seen by the network, but for the first of a later chunk
  std::size_t frames_read_ = 0, frames_done_ = 0;   // of the sequence: in all, for the chunks before
  std::size_t frames_taken_ = 0, passed_over_ = 0;  // at the network's rate, and between them
  Eigen::Isometry3d world_from_chunk_ = Eigen::Isometry3d::Identity();
  SingleCamera camera_{"UniSH"};
  ClipSize size_;
  std::vector<Eigen::Isometry3d> cameras_;  // of each frame, in the first one's
  std::vector<double> focal_lengths_;       // of each frame, network's pixels; 0 where none fits
  ClipPerson bodies_;
  ClipPlace place_;
  PacedPublisher publisher_;
};

std::shared_ptr<const Reconstruction> UnishRun::run() {
  const auto begun = std::chrono::steady_clock::now();
  follow();
  if (!camera_.found()) throw std::runtime_error("None of the frames has a picture that can be used.");
  if (cameras_.empty()) throw std::runtime_error(kUnishTakesClips);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begun;
  result_.timings = {{kClipStage, elapsed.count()}};
  add_messages();
  return std::make_shared<Reconstruction>(assembled());
}

void UnishRun::follow() {
  const std::size_t count = sequence_.numbers.size();
  try {
    for (std::size_t i = 0; i < count; ++i) {
      step(within_chunk(i), kClipStage, 1);
      read_frame(i);
      if (chunk_.size() == kChunkFrames) take_chunk();
    }
    if (chunk_.size() > 1) take_chunk();
  } catch (const Cancelled&) {
    if (!finish_requested()) throw;
    result_.messages.push_back(stopped_after(frames_done_, count, result_.frames.back().number));
  }
}

void UnishRun::read_frame(std::size_t index) {
  const std::vector<View> views = sequence_.read(sequence_.numbers[index], stoppable());
  frames_read_ = index + 1;
  const View* view = camera_.usable_view(views);
  if (!view) return;
  size_ = clip_size(camera_.width(), camera_.height());
  if (!rate_.takes(view->time)) {
    ++passed_over_;
    return;
  }
  ClipFrame& frame = chunk_.emplace_back();
  ++frames_taken_;
  frame.number = view->frame;
  frame.time = view->time;
  frame.picture = clip_picture(view->image, size_);
  person_.find(*view, frame);
}

// The progress of a chunk that ends before `end` in the sequence, from what reading and the network report.
Progress UnishRun::within_chunk(std::size_t end) const {
  Progress progress = stoppable();
  if (!progress_.report) return progress;
  progress.report = [this, end](const std::string& stage, double fraction) {
    const bool reads = stage == kClipStage, looks_at_people = stage == kPersonStage;
    const double from = reads             ? 0
                        : looks_at_people ? kSceneShare
                                          : kReadShare,
                 to = reads             ? kReadShare
                      : looks_at_people ? 1
                                        : kSceneShare;
    const double done = from + (to - from) * fraction;
    progress_.report(kClipStage, (double(frames_done_) + done * double(end - frames_done_)) /
                                     double(sequence_.numbers.size()));
  };
  return progress;
}

void UnishRun::take_chunk() {
  std::vector<torch::Tensor> images, crops, boxes;
  for (const ClipFrame& frame : chunk_) {
    const PersonSquare square = square_of(frame, size_, camera_.width(), camera_.height());
    images.push_back(frame.picture);
    crops.push_back(person_crop(frame.picture, square));
    boxes.push_back(square.numbers(size_));
  }
  UnishOptions options;
  options.bf16 = model_->bf16;
  const UnishOutput seen = network_->forward({.images = torch::stack(images).to(model_->device),
                                              .crops = torch::stack(crops),
                                              .boxes = torch::stack(boxes)},
                                             options, within_chunk(frames_read_));
  require_numbers(seen, chunk_);
  for (std::int64_t s = cameras_.empty() ? 0 : 1; s < std::int64_t(chunk_.size()); ++s) take_frame(seen, s);
  frames_done_ = frames_read_;
  world_from_chunk_ = cameras_.back();
  chunk_ = {chunk_.back()};
  publisher_.publish(progress_, [this] { return assembled(); });
}

// Of the result, at the rate so far.
std::size_t UnishRun::expected_frames() const {
  return std::size_t(
      std::ceil(double(sequence_.numbers.size()) * double(frames_taken_) / double(frames_read_)));
}

void UnishRun::take_frame(const UnishOutput& seen, std::int64_t s) {
  const std::size_t index = cameras_.size();
  const ClipFrame& read = chunk_[std::size_t(s)];
  cameras_.push_back(world_from_chunk_ * isometry3(seen.world_from_camera[s]));
  const double focal_length = seen.K[s][0][0].item<double>();
  focal_lengths_.push_back(std::isfinite(focal_length) && focal_length > 0 ? focal_length : 0);
  ReconstructedFrame& frame = result_.frames.emplace_back();
  frame.number = read.number;
  frame.time = read.time;
  PersonRegion somebody;
  if (read.box) {
    const auto joints = camera_joints(*model_, seen, s);
    somebody = PersonRegion(box_in_picture(*read.box, size_, camera_.width(), camera_.height()), joints);
    bodies_.add(int(index), seen, s, cameras_.back(), joints[0]);
    Detection& detection = frame.detections.emplace_back();
    detection.person_id = 1;
    detection.score = read.score;
    detection.box = *read.box;
    frame.association = {.person_ids = {1}, .weight = {{1}}};
  }
  if (focal_lengths_.back() > 0 && ClipPlace::takes(index, expected_frames())) take_points(seen, s, somebody);
}

// The place alone: the person has a body in every frame.
void UnishRun::take_points(const UnishOutput& seen, std::int64_t s, const PersonRegion& somebody) {
  const torch::Tensor& picture = chunk_[std::size_t(s)].picture;
  place_.add({.points = seen.points[s],
              .confidence = seen.conf[s].sigmoid(),
              .colors = (picture.permute({1, 2, 0}) * 255).round().to(torch::kByte),
              .counts = seen.mask[s]},
             expected_frames(), cameras_.back(),
             [&](const Eigen::Vector2d& pixel, double depth) { return somebody.holds(pixel, depth); });
}

// Of the original picture.
Eigen::Matrix3d UnishRun::intrinsics(double focal_length) const {
  Eigen::Matrix3d K;
  K << focal_length, 0, size_.width / 2.0, 0, focal_length, size_.height / 2.0, 0, 0, 1;
  K.row(0) *= double(camera_.width()) / size_.width;
  K.row(1) *= double(camera_.height()) / size_.height;
  return K;
}

// The result of the chunks so far.
Reconstruction UnishRun::assembled() const {
  Reconstruction result = result_;
  result.program_version = AHAP_VERSION;
  result.model_name = model_->name;
  result.association_method = "tracking";
  result.body_model = model_->body_model;
  std::vector<double> known;
  std::copy_if(focal_lengths_.begin(), focal_lengths_.end(), std::back_inserter(known),
               [](double focal_length) { return focal_length > 0; });
  const double usual = known.empty() ? std::max(size_.width, size_.height) : median(known);
  ReconstructedView view = camera_.view();
  for (std::size_t f = 0; f < cameras_.size(); ++f) {
    const double focal_length = focal_lengths_[f] > 0 ? focal_lengths_[f] : usual;
    view.cameras.push_back({.K = intrinsics(focal_length),
                            .width = camera_.width(),
                            .height = camera_.height(),
                            .world_from_camera = cameras_[f]});
  }
  if (!bodies_.empty()) result.people = {bodies_.person(*model_)};
  for (const Person& person : result.people)
    for (const BodyInFrame& body : person.bodies)
      project_joints(view.cameras[std::size_t(body.frame)], body,
                     result.frames[std::size_t(body.frame)].detections[0]);
  result.views = {std::move(view)};
  const auto points = std::make_shared<PointCloud>(place_.points());
  for (ReconstructedFrame& frame : result.frames) frame.points = points;
  const WorldFrame world = world_of_clip(result.people, place_.points(), {cameras_.front()});
  result.up_source = world.up_source;
  move_world(result, world.world_from_old);
  if (!world.floor_found)
    result.messages.push_back("No floor was found; it is assumed 1.6 m below the reference camera.");
  return result;
}

void UnishRun::add_messages() {
  std::vector<std::string>& messages = result_.messages;
  for (std::string& message : camera_.messages()) messages.push_back(std::move(message));
  if (passed_over_ > 0)
    messages.push_back("UniSH takes six frames a second: " + std::to_string(frames_taken_) + " of " +
                       std::to_string(frames_taken_ + passed_over_) + ".");
  if (bodies_.empty()) {
    messages.push_back(
        "Nobody was found; the result holds the camera's way and the scene alone, in a unit that is a "
        "guess.");
    return;
  }
  messages.push_back(
      "One moving camera and one person, the surest of the first frame that shows somebody: positions are "
      "not "
      "triangulated; lengths are metres as the network has learned them.");
  if (model_->has_shape) return;
  const PublishedWeights& smpl = *recommended_file("body");
  messages.push_back("The body has the mean shape. With " + smpl.file_name + " (" + smpl.page +
                     ") beside the weights it has the shape that the network finds.");
}

}  // namespace

std::shared_ptr<const Reconstruction> reconstruct_unish_range(const FrameSequence& frames,
                                                              std::shared_ptr<const UnishModel> model,
                                                              const Options& options,
                                                              const Progress& progress) {
  const torch::NoGradGuard no_grad;
  return UnishRun(frames, std::move(model), options, progress).run();
}

}  // namespace ahap
