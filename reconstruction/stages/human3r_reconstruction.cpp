#include "reconstruction/stages/human3r_reconstruction.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>

#include "reconstruction/body/moved_world.h"
#include "reconstruction/branches/human3r/frame_geometry.h"
#include "reconstruction/geometry/ground.h"
#include "reconstruction/median.h"
#include "reconstruction/models/published_weights.h"
#include "reconstruction/motion/one_frame.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/stages/display_image.h"
#include "reconstruction/stages/human3r_people.h"
#include "reconstruction/stages/known_views.h"

namespace ahap {
namespace {

constexpr std::size_t kFramesOfState = 100;  // after so many the state is forgotten: the official demo
constexpr std::size_t kKeyframes = 60;       // whose points make the place
constexpr std::size_t kGroundBodies = 200;   // that tell gravity and floor
constexpr float kNobodysPixel = 0.5f;        // of the mask, below
// What is known so far is published at most so often, and takes at most this share of the time.
constexpr auto kShortestPublishInterval = std::chrono::seconds(1);
constexpr int kPublishShare = 20;

constexpr const char* kStage = "cameras and people";

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Eigen::Isometry3d isometry_of(const torch::Tensor& matrix) {
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear() =
      Eigen::Quaterniond(matrix3(matrix.slice(0, 0, 3).slice(1, 0, 3))).normalized().toRotationMatrix();
  pose.translation() = vector3(matrix.slice(0, 0, 3).select(1, 3));
  return pose;
}

class Human3rRun {
 public:
  Human3rRun(const FrameSequence& sequence, std::shared_ptr<const Human3rModel> model, const Options& options,
             const Progress& progress)
      : sequence_(sequence),
        model_(std::move(model)),
        network_(model_->network),
        options_(options),
        progress_(progress),
        state_(network_->start()) {}

  std::shared_ptr<const Reconstruction> run() {
    const Clock::time_point begun = Clock::now();
    follow();
    if (cameras_.empty()) throw std::runtime_error("None of the frames has a picture that can be used.");
    result_.timings = {{kStage, seconds_since(begun)}};
    add_messages();
    return std::make_shared<Reconstruction>(assembled());
  }

 private:
  void follow();
  bool take_frame(std::size_t index);
  const View* usable_view(const std::vector<View>& views);
  bool finish_requested() const {
    return !cameras_.empty() && options_.range.finish_requested && options_.range.finish_requested();
  }
  Progress within_frame() const;
  Human3rFrame look(const torch::Tensor& picture);
  void take(const View& view, const torch::Tensor& picture, const Human3rFrame& seen);
  void take_people(const std::vector<VideoPerson>& people);
  void take_points(const torch::Tensor& picture, const Human3rFrame& seen);
  void publish();

  Camera camera_of(int frame, double focal_length) const;
  WorldFrame find_world() const;
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
  std::optional<View> first_;  // without its picture
  int width_ = 0, height_ = 0;
  FramePlacement placement_;
  std::vector<Eigen::Isometry3d> cameras_;  // of each frame
  std::vector<double> focal_lengths_;       // of frames that tell, network's pixels
  PointCloud points_;
  std::vector<std::array<double, kSmplBetas>> shape_sums_;  // of each person's bodies
  std::int64_t people_left_out_ = 0;
  std::size_t of_other_size_ = 0;
  bool known_ = false;  // a calibration knows the camera
  Clock::time_point next_publish_ = Clock::now();
};

void Human3rRun::follow() {
  const std::size_t count = sequence_.numbers.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (!finish_requested()) step(progress_, kStage, double(i) / double(count));
    if (!finish_requested() && take_frame(i)) {
      publish();
      continue;
    }
    if (!finish_requested()) continue;
    result_.messages.push_back("Stopped after " + std::to_string(i) + " of " + std::to_string(count) +
                               " frames: the result ends with frame " +
                               std::to_string(result_.frames.back().number) + ".");
    return;
  }
}

// Whether the frame counts: it has a picture, and nobody asked for the end meanwhile.
bool Human3rRun::take_frame(std::size_t index) {
  try {
    const std::vector<View> views = sequence_.read(sequence_.numbers[index], within_frame());
    const View* view = usable_view(views);
    if (!view) return false;
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

const View* Human3rRun::usable_view(const std::vector<View>& views) {
  if (views.empty()) return nullptr;
  const View& view = views.front();
  if (views.size() > 1 || (first_ && view.camera != first_->camera)) {
    throw std::runtime_error("Human3R takes one camera that moves, and there are " +
                             std::string(views.size() > 2 ? "more than two" : "two") + ": " +
                             views.front().name + " and " +
                             (views.size() > 1 ? views[1].name : first_->name) +
                             "; give it one video, or the photos of one camera as a folder.");
  }
  if (!first_) {
    width_ = view.image.width;
    height_ = view.image.height;
    placement_ = frame_placement(width_, height_);
    first_.emplace();
    first_->name = view.name;
    first_->path = view.path;
    first_->camera = view.camera;
  }
  known_ = known_ || view.known.has_value();
  if (view.image.width == width_ && view.image.height == height_) return &view;
  ++of_other_size_;
  return nullptr;
}

Progress Human3rRun::within_frame() const {
  return {
      .report = {},
      .stop_requested =
          [this] { return (progress_.stop_requested && progress_.stop_requested()) || finish_requested(); },
      .publish = {}};
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
  cameras_.push_back(isometry_of(world_.place(seen.world_from_camera)));
  if (const double focal_length = focal_of_points(seen.points); focal_length > 0)
    focal_lengths_.push_back(focal_length);
  ReconstructedFrame& frame = result_.frames.emplace_back();
  frame.number = view.frame;
  frame.time = view.time;
  people_left_out_ += seen.detected.left_out;
  take_people(people_of(seen, *model_, placement_, cameras_.back()));
  const std::size_t stride = (sequence_.numbers.size() + kKeyframes - 1) / kKeyframes;
  if (index % stride == 0) take_points(picture, seen);
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
  const std::size_t keyframes = std::min(kKeyframes, sequence_.numbers.size());
  const double most = std::max(1.0, double(options_.max_points) / double(keyframes));
  const int stride =
      std::max(1, int(std::ceil(std::sqrt(double(placement_.width) * placement_.height / most))));
  const auto sampled = [&](const torch::Tensor& map) {
    return map.cpu()
        .slice(0, stride / 2, c10::nullopt, stride)
        .slice(1, stride / 2, c10::nullopt, stride)
        .contiguous();
  };
  const auto points = sampled(seen.points), confidence = sampled(seen.confidence), mask = sampled(seen.mask);
  const auto colors = sampled(((picture[0].permute({1, 2, 0}) + 1) * 127.5).round().to(torch::kByte));
  const auto point = points.accessor<float, 3>();
  const auto sure = confidence.accessor<float, 2>(), somebody = mask.accessor<float, 2>();
  const auto color = colors.accessor<std::uint8_t, 3>();
  for (std::int64_t y = 0; y < points.size(0); ++y) {
    for (std::int64_t x = 0; x < points.size(1); ++x) {
      const Eigen::Vector3d X(point[y][x][0], point[y][x][1], point[y][x][2]);
      if (somebody[y][x] >= kNobodysPixel || !X.allFinite() || X.z() <= 0) continue;
      if (points_.size() >= std::size_t(std::max(0, options_.max_points))) return;
      points_.positions.push_back((cameras_.back() * X).cast<float>());
      points_.colors.push_back({color[y][x][0], color[y][x][1], color[y][x][2]});
      points_.confidence.push_back(1 - 1 / std::max(sure[y][x], 1.f));
      points_.view.push_back(0);
      points_.person.push_back(0);
    }
  }
}

void Human3rRun::publish() {
  const auto begun = Clock::now();
  if (!progress_.publish || begun < next_publish_) return;
  auto partial = std::make_shared<Reconstruction>(assembled());
  partial->partial = true;
  progress_.publish(std::move(partial));
  next_publish_ = Clock::now() +
                  std::max<Clock::duration>(kShortestPublishInterval, kPublishShare * (Clock::now() - begun));
}

Camera Human3rRun::camera_of(int frame, double focal_length) const {
  Camera camera;
  camera.width = width_;
  camera.height = height_;
  camera.K = placement_.intrinsics(focal_length);
  camera.world_from_camera = cameras_[std::size_t(frame)];
  return camera;
}

WorldFrame Human3rRun::find_world() const {
  SceneForGround ground;
  ground.world_from_camera = {cameras_.front()};
  std::size_t bodies = 0;
  for (const Person& person : result_.people) bodies += person.bodies.size();
  const std::size_t stride = bodies / kGroundBodies + 1;
  std::size_t count = 0;
  for (const Person& person : result_.people) {
    for (const BodyInFrame& body : person.bodies) {
      if (count++ % stride != 0) continue;
      auto& joints = ground.bodies.emplace_back();
      for (const Eigen::Vector3f& X : body.joints) joints.push_back(X.cast<double>());
    }
  }
  ground.points = points_.positions;
  return world_frame(ground);
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
  ReconstructedView view{.name = first_->name, .path = first_->path, .cameras = {}};
  for (int f = 0; f < int(cameras_.size()); ++f) view.cameras.push_back(camera_of(f, focal_length));
  for (Person& person : result.people) {
    for (const BodyInFrame& body : person.bodies)
      project_body(view.cameras[std::size_t(body.frame)], body,
                   result.frames[std::size_t(body.frame)].detections[std::size_t(body.detections.front())]);
  }
  result.views = {std::move(view)};
  const auto points = std::make_shared<PointCloud>(points_);
  for (ReconstructedFrame& frame : result.frames) frame.points = points;
  const WorldFrame world = find_world();
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
  if (of_other_size_ > 0)
    messages.push_back("Pictures of another size than the first one (" + std::to_string(width_) + " x " +
                       std::to_string(height_) + " pixels) are left out: " + std::to_string(of_other_size_) +
                       ".");
  if (people_left_out_ > 0)
    messages.push_back("More than " + std::to_string(kMostPeople) + " people were found in a frame; " +
                       std::to_string(people_left_out_) + " with the lowest scores are left out.");
  if (known_) messages.push_back("Human3R finds the camera by itself: its calibration is not used.");
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
