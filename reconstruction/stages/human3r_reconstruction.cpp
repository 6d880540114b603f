#include "reconstruction/stages/human3r_reconstruction.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>

#include "reconstruction/body/moved_world.h"
#include "reconstruction/branches/human3r/frame_geometry.h"
#include "reconstruction/median.h"
#include "reconstruction/models/published_weights.h"
#include "reconstruction/motion/one_frame.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/stages/clip_place.h"
#include "reconstruction/stages/clip_run.h"
#include "reconstruction/stages/display_image.h"
#include "reconstruction/stages/human3r_people.h"
#include "reconstruction/stages/known_views.h"
#include "reconstruction/stages/single_camera.h"

namespace ahap {
namespace {

constexpr std::size_t kFramesOfState = 100;  // after so many the state is forgotten: the official demo
constexpr float kNobodysPixel = 0.5f;        // of the mask, below

constexpr const char* kStage = "cameras and people";

class Human3rRun {
 public:
  Human3rRun(const FrameSequence& sequence, std::shared_ptr<const Human3rModel> model, const Options& options,
             const Progress& progress)
      : sequence_(sequence),
        model_(std::move(model)),
        network_(model_->network),
        options_(options),
        progress_(progress),
        state_(network_->start()),
        place_(options.max_points) {}

  std::shared_ptr<const Reconstruction> run() {
    const auto begun = std::chrono::steady_clock::now();
    follow();
    if (cameras_.empty()) throw std::runtime_error("None of the frames has a picture that can be used.");
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begun;
    result_.timings = {{kStage, elapsed.count()}};
    add_messages();
    return std::make_shared<Reconstruction>(assembled());
  }

 private:
  void follow();
  bool take_frame(std::size_t index);
  bool finish_requested() const {
    return !cameras_.empty() && options_.range.finish_requested && options_.range.finish_requested();
  }
  Progress within_frame() const {
    return until_finish(progress_, [this] { return finish_requested(); });
  }
  Human3rFrame look(const torch::Tensor& picture);
  void take(const View& view, const torch::Tensor& picture, const Human3rFrame& seen);
  void take_people(const std::vector<VideoPerson>& people);
  void take_points(const torch::Tensor& picture, const Human3rFrame& seen);

  Camera camera_of(int frame, double focal_length) const;
  Reconstruction assembled() const;
  void add_messages();

  const FrameSequence& sequence_;
  std::shared_ptr<const Human3rModel> model_;
  Human3r network_;
  const Options& options_;
  const Progress& progress_;
  // Frames, people and their bodies in the network's world, the first camera's. View and points follow.
  Reconstruction result_;

  Human3rState state_;
  ChunkedWorld world_;
  SingleCamera camera_{"Human3R"};
  FramePlacement placement_;
  std::vector<Eigen::Isometry3d> cameras_;  // of each frame
  std::vector<double> focal_lengths_;       // of frames that tell, network's pixels
  ClipPlace place_;
  std::vector<std::array<double, kSmplBetas>> shape_sums_;  // of each person's bodies
  std::int64_t people_left_out_ = 0;
  PacedPublisher publisher_;
};

void Human3rRun::follow() {
  const std::size_t count = sequence_.numbers.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (!finish_requested()) step(progress_, kStage, double(i) / double(count));
    if (!finish_requested() && take_frame(i)) {
      publisher_.publish(progress_, [this] { return assembled(); });
      continue;
    }
    if (!finish_requested()) continue;
    result_.messages.push_back(stopped_after(i, count, result_.frames.back().number));
    return;
  }
}

// Whether the frame counts: it has a picture, and nobody asked for the end meanwhile.
bool Human3rRun::take_frame(std::size_t index) {
  try {
    const std::vector<View> views = sequence_.read(sequence_.numbers[index], within_frame());
    const View* view = camera_.usable_view(views);
    if (!view) return false;
    placement_ = frame_placement(camera_.width(), camera_.height());
    const torch::Tensor picture = frame_picture(view->image, placement_).to(model_->device);
    const Human3rFrame seen = look(picture);
    take(*view, picture, seen);
    if (cameras_.size() % kFramesOfState != 0 || index + 1 == sequence_.numbers.size()) return true;
    // The last frame of a chunk is the first of the next, which begins in its camera.
    world_.next_chunk(seen.world_from_camera);
    network_->reset(state_);
    look(picture);
    return true;
  } catch (const Cancelled&) {
    if (!finish_requested()) throw;
    return false;
  }
}

Human3rFrame Human3rRun::look(const torch::Tensor& picture) {
  const double threshold =
      options_.detection_threshold >= 0 ? options_.detection_threshold : model_->detection_threshold;
  return network_->step(picture, state_,
                        {.threshold = threshold, .world_and_colors = false, .bf16 = model_->bf16},
                        within_frame());
}

void Human3rRun::take(const View& view, const torch::Tensor& picture, const Human3rFrame& seen) {
  const std::size_t index = cameras_.size();
  cameras_.push_back(isometry3(world_.place(seen.world_from_camera)));
  if (const double focal_length = focal_of_points(seen.points); focal_length > 0)
    focal_lengths_.push_back(focal_length);
  ReconstructedFrame& frame = result_.frames.emplace_back();
  frame.number = view.frame;
  frame.time = view.time;
  people_left_out_ += seen.detected.left_out;
  take_people(people_of(seen, *model_, placement_, cameras_.back()));
  if (ClipPlace::takes(index, sequence_.numbers.size())) take_points(picture, seen);
}

void Human3rRun::take_people(const std::vector<VideoPerson>& people) {
  ReconstructedFrame& frame = result_.frames.back();
  for (const VideoPerson& seen : people) {
    while (result_.people.size() <= std::size_t(seen.id)) {
      Person& person = result_.people.emplace_back();
      person.id = int(result_.people.size());
      shape_sums_.emplace_back();
    }
    Person& person = result_.people[std::size_t(seen.id)];
    BodyInFrame& body = person.bodies.emplace_back(seen.body);
    body.frame = int(result_.frames.size()) - 1;
    if (model_->smplx) body.smplx = seen.smplx;
    for (std::size_t b = 0; b < seen.betas.size(); ++b) shape_sums_[std::size_t(seen.id)][b] += seen.betas[b];
    frame.detections.push_back(seen.detection);
  }
  for (std::size_t n = 0; n < people.size(); ++n) {
    frame.association.person_ids.push_back(frame.detections[n].person_id);
    frame.association.weight.emplace_back(people.size(), 0.f)[n] = 1;
  }
}

// The place alone: people have a body in every frame.
void Human3rRun::take_points(const torch::Tensor& picture, const Human3rFrame& seen) {
  place_.add({.points = seen.points,
              .confidence = 1 - 1 / seen.confidence.clamp_min(1),
              .colors = ((picture[0].permute({1, 2, 0}) + 1) * 127.5).round().to(torch::kByte),
              .counts = seen.mask < kNobodysPixel},
             sequence_.numbers.size(), cameras_.back());
}

Camera Human3rRun::camera_of(int frame, double focal_length) const {
  Camera camera;
  camera.width = camera_.width();
  camera.height = camera_.height();
  camera.K = placement_.intrinsics(focal_length);
  camera.world_from_camera = cameras_[std::size_t(frame)];
  return camera;
}

// The result of the frames so far.
Reconstruction Human3rRun::assembled() const {
  Reconstruction result = result_;
  result.program_version = AHAP_VERSION;
  result.model_name = model_->name;
  result.association_method = "tracking";
  result.primary_keypoint = "head";
  result.body_model = model_->body_model;
  const double focal_length =
      focal_lengths_.empty() ? std::max(placement_.width, placement_.height) : median(focal_lengths_);
  ReconstructedView view = camera_.view();
  for (int f = 0; f < int(cameras_.size()); ++f) view.cameras.push_back(camera_of(f, focal_length));
  for (Person& person : result.people) {
    for (const BodyInFrame& body : person.bodies)
      project_body(view.cameras[std::size_t(body.frame)], body,
                   result.frames[std::size_t(body.frame)].detections[std::size_t(body.detections.front())]);
  }
  result.views = {std::move(view)};
  const auto points = std::make_shared<PointCloud>(place_.points());
  for (ReconstructedFrame& frame : result.frames) frame.points = points;
  const WorldFrame world = world_of_clip(result.people, place_.points(), {cameras_.front()});
  result.up_source = world.up_source;
  move_world(result, world.world_from_old);
  const double height = mean_height(*model_->body);
  for (std::size_t p = 0; p < result.people.size(); ++p) {
    Person& person = result.people[p];
    person.height = height;
    if (!model_->smplx) continue;
    std::array<float, kSmplBetas> betas{};
    for (std::size_t b = 0; b < betas.size(); ++b)
      betas[b] = float(shape_sums_[p][b] / double(person.bodies.size()));
    place_smplx_bodies(*model_->smplx, betas, /*with_meshes=*/sequence_.numbers.size() == 1, person);
  }
  if (!world.floor_found)
    result.messages.push_back("No floor was found; it is assumed 1.6 m below the reference camera.");
  return result;
}

void Human3rRun::add_messages() {
  std::vector<std::string>& messages = result_.messages;
  for (std::string& message : camera_.messages()) messages.push_back(std::move(message));
  if (people_left_out_ > 0)
    messages.push_back("More than " + std::to_string(kMostPeople) + " people were found in a frame; " +
                       std::to_string(people_left_out_) + " with the lowest scores are left out.");
  if (result_.people.empty()) {
    messages.push_back("Nobody was found; the result holds the camera's way and the scene alone.");
    return;
  }
  messages.push_back(
      "One moving camera: positions are not triangulated; lengths are metres as the network has learned "
      "them.");
  if (model_->smplx) return;
  const PublishedWeights& smplx = *recommended_file("smplx");
  messages.push_back("Bodies have the mean shape and straight hands. With " + smplx.file_name + " (" +
                     smplx.page + ") beside the weights they have SMPL-X shapes, hands and faces.");
}

}  // namespace

std::shared_ptr<const Reconstruction> reconstruct_human3r_range(const FrameSequence& frames,
                                                                std::shared_ptr<const Human3rModel> model,
                                                                const Options& options,
                                                                const Progress& progress) {
  torch::NoGradGuard no_grad;
  return Human3rRun(frames, std::move(model), options, progress).run();
}

std::shared_ptr<const Reconstruction> reconstruct_human3r_frame(const std::vector<View>& views,
                                                                std::shared_ptr<const Human3rModel> model,
                                                                const Options& options,
                                                                const Progress& progress) {
  if (views.size() > 1) {
    throw std::runtime_error(
        "Human3R takes one camera that moves, and these are " + std::to_string(views.size()) +
        " pictures of one frame; where they are one camera's, open them while Human3R is "
        "chosen.");
  }
  FrameSequence frames;
  frames.numbers = {views.front().frame};
  frames.read = [&](int, const Progress&) { return views; };
  const auto range = reconstruct_human3r_range(frames, std::move(model), options, progress);
  auto result = std::make_shared<Reconstruction>(one_frame(*range, 0));
  result->body_model.reset();
  result->frames.front().pictures = {display_image(views.front().image)};
  return result;
}

}  // namespace ahap
