#include "reconstruction/stages/range_reconstruction.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "reconstruction/body/moved_world.h"
#include "reconstruction/box_overlap.h"
#include "reconstruction/motion/camera_ways.h"
#include "reconstruction/motion/common_time.h"
#include "reconstruction/motion/range_offsets.h"
#include "reconstruction/motion/rig_calibration.h"
#include "reconstruction/multiview/background_matches.h"
#include "reconstruction/multiview/verticals.h"
#include "reconstruction/networks/square_input.h"
#include "reconstruction/stages/known_views.h"
#include "reconstruction/stages/photo_points.h"
#include "reconstruction/stages/photo_result.h"
#include "reconstruction/stages/range_observation.h"
#include "reconstruction/stages/stage_clock.h"
#include "reconstruction/worker_pool.h"

namespace ahap {
namespace {

constexpr int kFewestPoints = 6;        // observed: of somebody who can be given a body
constexpr double kShortestSeen = 0.2;   // s: who is seen for less, in one view, is a mistake of the networks
constexpr double kLongestStart = 0.25;  // s: after it a body starts anew instead of from the one before
constexpr double kSameBox = 0.4;        // overlap of what two looks at one picture show of one person
// Pictures with people are published at first, bodies after a while and then whenever the run has lasted
// twice as long as at the last time.
constexpr auto kPublishInterval = std::chrono::seconds(1), kFirstBodies = std::chrono::seconds(5);

class RangeRun {
 public:
  RangeRun(const FrameSequence& sequence, std::shared_ptr<const PhotoModel> model, const Options& options,
           const Progress& progress)
      : sequence_(sequence),
        model_(std::move(model)),
        options_(options),
        progress_(progress),
        stages_(progress, result_.timings) {}

  std::shared_ptr<const Reconstruction> run() {
    stages_.begin("people");
    observe();
    stages_.begin("camera motion");
    find_moving_cameras();
    result_.messages.insert(result_.messages.end(), moving_.messages.begin(), moving_.messages.end());
    seen_.background.clear();
    stages_.begin("synchronise");
    synchronise();
    stages_.begin("who is who");
    calibrate();
    stages_.begin("depth");
    look_at_keyframe();
    stages_.begin("background");
    use_background();
    stages_.begin("bodies");
    place();
    fit_bodies();
    stages_.begin("points");
    make_points();
    stages_.end();
    add_messages();
    move_world(result_, world_.given_from_world);
    return std::make_shared<Reconstruction>(std::move(result_));
  }

 private:
  // ---- what the cameras see
  void observe();
  void know_cameras();
  std::vector<ViewObservation> observed_cameras() const;
  void find_moving_cameras();
  void synchronise();

  // ---- cameras
  bool has_picture(int frame, int camera) const;
  std::vector<View> views_of(int frame, const std::vector<int>& cameras) const;
  int key_frame() const { return rig_.frames.empty() ? 0 : rig_.frames.front(); }
  void calibrate();
  void look_at_keyframe();
  void use_background();
  void place();
  Camera camera_at(int view, int frame) const;
  std::vector<FitView> views_at(int frame) const;

  // ---- bodies
  struct Track {  // one identity
    Betas betas = Betas::Zero();
    std::vector<std::pair<int, PlacedPerson>> bodies;  // by frame
  };
  std::vector<std::vector<int>> observations_by_frame(int identity) const;
  Betas shape_of(int identity) const;
  Track fit_track(int identity) const;
  void fit_bodies();
  void describe_cameras();
  void name_people();
  std::pair<PlacedScene, std::vector<int>> scene_of(int frame) const;
  void describe_frames();

  void make_points();
  void add_messages();
  void publish();
  void publish_people();
  void publish_bodies();

  const FrameSequence& sequence_;
  std::shared_ptr<const PhotoModel> model_;
  const Options& options_;
  const Progress& progress_;
  Reconstruction result_;
  StageClock stages_;

  RangeObservations seen_;
  std::vector<RangeCamera>& cameras_ = seen_.cameras;
  TrackedFrames& frames_ = seen_.frames;
  std::vector<ViewObservation> view_observations_;
  MovingCameras moving_;
  std::vector<CameraOffset> offsets_;  // of each camera; empty: not known yet
  std::vector<int> shifts_;            // of each camera, in frames of the range
  RigCalibration rig_;
  std::vector<std::string> calibration_messages_;

  std::vector<View> keyframe_;  // of every camera; a black picture where it has none
  std::vector<const Image*> pictures_;
  SceneEstimate depth_;
  std::vector<SquarePlacement> placements_;
  std::vector<UpEstimate> learned_up_;
  BackgroundMatches matches_;
  PlacedScene scene_;  // of the calibration's people; its views are the cameras in the key frame
  WorldFrame world_;
  std::vector<Eigen::Isometry3d> world_from_way_;  // of each camera that moves
  std::vector<Track> tracks_;                      // of each identity
  std::vector<int> ids_;                           // of each identity, 0: nobody
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point next_people_ = begun_, next_bodies_ = begun_ + kFirstBodies;
};

void RangeRun::observe() {
  const RangeWatching watching{.networks = *model_->people,
                               .high_threshold = options_.detection_threshold >= 0
                                                     ? options_.detection_threshold
                                                     : model_->high_threshold,
                               .options = options_.range,
                               .after_frame = [this] { publish(); }};
  observe_range(sequence_, watching, progress_, seen_);
  if (options_.range.resume) know_cameras();
  result_.messages = std::move(seen_.messages);
}

// Kept observations do not say which cameras are known; each one's first picture does.
void RangeRun::know_cameras() {
  std::map<int, std::vector<int>> cameras_of_frame;
  for (int v = 0; v < int(cameras_.size()); ++v) {
    for (int f = 0; f < int(frames_.size()); ++f) {
      if (v >= int(frames_[f].camera_times.size()) || !has_picture(f, v)) continue;
      cameras_of_frame[f].push_back(v);
      break;
    }
  }
  for (const auto& [f, cameras] : cameras_of_frame)
    for (View& view : views_of(f, cameras)) cameras_[std::size_t(view.camera)].known = std::move(view.known);
}

std::vector<ViewObservation> RangeRun::observed_cameras() const {
  std::vector<ViewObservation> views;
  for (const RangeCamera& camera : cameras_) {
    views.push_back(observation_of(std::max(camera.width, 1), std::max(camera.height, 1),
                                   camera.focal_length_px, camera.known, options_.known_cameras));
  }
  return views;
}

void RangeRun::find_moving_cameras() {
  std::vector<std::string> names;
  for (const RangeCamera& camera : cameras_) names.push_back(camera.name);
  moving_ = ahap::find_moving_cameras(frames_, seen_.background, names, observed_cameras(),
                                      options_.range.cameras_move, stages_.within());
}

// Brings what cameras saw to the same instants, where their clocks or frame rates differ.
void RangeRun::synchronise() {
  for (TrackedFrame& frame : frames_)
    frame.camera_times.resize(cameras_.size(), std::numeric_limits<double>::quiet_NaN());
  OffsetEvidence evidence{.cameras = {},
                          .sounds = sequence_.sounds,
                          .sound_rate = sequence_.sound_rate,
                          .by_hand = options_.range.offsets};
  for (const RangeCamera& camera : cameras_) evidence.cameras.push_back(camera.name);
  RangeOffsets found = moving_.ways.empty()
                           ? range_offsets(frames_, evidence, stages_.within())
                           : range_offsets(without_turning(frames_, moving_.ways, observed_cameras()),
                                           evidence, stages_.within());
  offsets_ = std::move(found.offsets);
  result_.messages.insert(result_.messages.end(), found.messages.begin(), found.messages.end());
  if (found.reference > 0) follow_clock(frames_, found.reference);
  shifts_ = frame_shifts(frames_, offsets_);
  moving_.ways = at_common_times(std::move(moving_.ways), frames_, offsets_);
  frames_ = at_common_times(frames_, offsets_);
}

void RangeRun::calibrate() {
  view_observations_ = observed_cameras();
  use_focal_lengths(moving_.ways, view_observations_);
  std::string calibration;
  std::vector<std::string> names;
  for (const RangeCamera& camera : cameras_) {
    names.push_back(camera.name);
    if (camera.known) calibration = camera.known->source;
  }
  if (!calibration.empty()) {
    std::vector<std::vector<PersonObservation>> people;
    for (const int f : telling_frames(frames_, RigOptions().most_frames)) people.push_back(frames_[f].people);
    calibration_messages_ =
        settle_scale(calibration, options_.known_cameras.scale, people, view_observations_);
  }
  RigOptions rig;
  rig.association = association_options(options_);
  rig.ways = moving_.ways;
  rig_ = calibrate_rig(frames_, view_observations_, rig, stages_.within());
  if (calibration.empty() || rig_.frames.empty()) return;
  const std::vector<PersonObservation>& seen = frames_[key_frame()].people;
  const JointAssociation believed =
      associate_and_calibrate(view_observations_, seen, rig.association, stages_.within());
  for (std::string& sentence : contradictions(calibration, names, view_observations_, seen, believed,
                                              rig.association, stages_.within()))
    calibration_messages_.push_back(std::move(sentence));
}

bool RangeRun::has_picture(int frame, int camera) const {
  return std::isfinite(frames_[frame].camera_times[camera]);
}

// The pictures of these cameras in a frame, as far as they have the size that they should have.
std::vector<View> RangeRun::views_of(int frame, const std::vector<int>& cameras) const {
  std::vector<View> views = sequence_.read(frames_[frame].number, stages_.within());
  std::erase_if(views, [&](const View& view) {
    const RangeCamera& camera = cameras_[std::size_t(view.camera)];
    return !std::count(cameras.begin(), cameras.end(), view.camera) || view.image.width != camera.width ||
           view.image.height != camera.height;
  });
  return views;
}

// The pictures from which background and place are known: those of the most telling frame.
void RangeRun::look_at_keyframe() {
  const int frame = key_frame();
  keyframe_.resize(cameras_.size());
  for (std::size_t v = 0; v < cameras_.size(); ++v) {
    keyframe_[v].image.width = view_observations_[v].width;
    keyframe_[v].image.height = view_observations_[v].height;
    keyframe_[v].image.rgb.assign(std::size_t(3) * view_observations_[v].width * view_observations_[v].height,
                                  0);
  }
  std::map<int, std::vector<int>> cameras_of_frame;  // whose pictures of the instant have this number
  for (int v = 0; v < int(cameras_.size()); ++v) {
    const int shift = shifts_.empty() ? 0 : shifts_[v];
    const int f = std::clamp(frame + shift, 0, int(frames_.size()) - 1);
    if (has_picture(f, v)) cameras_of_frame[f].push_back(v);
  }
  for (const auto& [f, cameras] : cameras_of_frame) {
    for (View& view : views_of(f, cameras)) keyframe_[std::size_t(view.camera)] = std::move(view);
  }
  for (const View& view : keyframe_) pictures_.push_back(&view.image);
  SceneBranch& scene = *model_->scene;
  auto [input, placements] = square_input(pictures_, scene.input_size(), scene.input_filter());
  placements_ = std::move(placements);
  depth_ = scene.estimate(input, stages_.within());
  learned_up_ = learned_ups(depth_);
}

void RangeRun::use_background() {
  if (estimated_views(rig_.association) < 2) return;
  if (const auto up = rough_up(rig_.association, learned_up_)) {
    add_verticals(
        agreeing_verticals(pictures_, rig_.views, rig_.people, rig_.association, *up, stages_.within()),
        rig_.views);
  }
  if (options_.match_features) matches_ = options_.match_features(pictures_, stages_.within());
  BackgroundRefinement refined = refine_with_background(rig_.views, rig_.people, rig_.association, matches_,
                                                        rig_.options, {}, stages_.within());
  rig_.association = std::move(refined.association);
  matches_ = std::move(refined.matches);
}

void RangeRun::place() {
  scene_ = place_people(model_->fitted_body, rig_.views, ups_of_stations(learned_up_, rig_, moving_.ways),
                        rig_.association, rig_.people, world_, stages_.within());
  world_from_way_ = place_on_ways(rig_, moving_.ways, scene_);
}

Camera RangeRun::camera_at(int view, int frame) const {
  Camera camera = scene_.views[std::size_t(view)].camera;
  if (moves(moving_.ways, view) && scene_.estimated[std::size_t(view)])
    camera.world_from_camera = world_from_way_[std::size_t(view)] * pose_on_way(moving_.ways, view, frame);
  return camera;
}

std::vector<FitView> RangeRun::views_at(int frame) const {
  std::vector<FitView> views = scene_.views;
  for (int v = 0; v < int(views.size()); ++v) views[std::size_t(v)].camera = camera_at(v, frame);
  return views;
}

// Of each frame, the observations of one identity in views with a pose.
std::vector<std::vector<int>> RangeRun::observations_by_frame(int identity) const {
  std::vector<std::vector<int>> observations(frames_.size());
  for (std::size_t f = 0; f < frames_.size(); ++f) {
    std::set<int> views;
    for (int n = 0; n < int(frames_[f].people.size()); ++n) {
      const PersonObservation& seen = frames_[f].people[n];
      if (rig_.identities.identity[frames_[f].tracklets[n]] == identity && scene_.estimated[seen.view] &&
          count_observed(seen) >= kFewestPoints && views.insert(seen.view).second)
        observations[f].push_back(n);
    }
  }
  return observations;
}

// From the bodies of the calibration's frames.
Betas RangeRun::shape_of(int identity) const {
  Betas sum = Betas::Zero();
  double weights = 0;
  for (const PlacedPerson& person : scene_.people) {
    const ObservationIndex& s = rig_.sources[person.observations.front()];
    if (rig_.identities.identity[frames_[s.frame].tracklets[s.person]] != identity) continue;
    const double weight = double(person.observations.size());
    sum += weight * person.body.state.betas;
    weights += weight;
  }
  return weights > 0 ? Betas(sum / weights) : Betas(Betas::Zero());
}

RangeRun::Track RangeRun::fit_track(int identity) const {
  Track track;
  track.betas = shape_of(identity);
  const std::vector<std::vector<int>> observations = observations_by_frame(identity);
  for (std::size_t f = 0; f < frames_.size(); ++f) {
    if (observations[f].empty()) continue;
    PlacedPerson person;
    person.observations = observations[f];
    person.triangulated = observations[f].size() > 1;
    FitEvidence evidence;
    evidence.views = views_at(int(f));
    evidence.floor = 0;
    for (const int n : observations[f]) {
      evidence.observations.push_back(&frames_[f].people[n]);
      if (count_observed(frames_[f].people[n]) > count_observed(frames_[f].people[person.reference]) ||
          n == observations[f].front())
        person.reference = n;
    }
    FitOptions options;
    options.shape = track.betas;
    if (!track.bodies.empty()) {
      const auto& [before, body] = track.bodies.back();
      if (frames_[f].time - frames_[before].time <= kLongestStart) options.start = body.body.state;
    }
    person.body = fit_body(model_->fitted_body, evidence, options);
    track.bodies.emplace_back(int(f), std::move(person));
  }
  return track;
}

void RangeRun::fit_bodies() {
  tracks_.assign(std::size_t(rig_.identities.identities), {});
  const WorkerPool pool(progress_);
  pool.run(int(tracks_.size()), [&](int i) { tracks_[i] = fit_track(i); });
  describe_cameras();
  name_people();
  describe_frames();
}

void RangeRun::describe_cameras() {
  result_.program_version = AHAP_VERSION;
  result_.model_name = model_->name;
  result_.association_method = "joints";
  result_.up_source = world_.up_source;
  result_.body_model = {model_, &model_->body};
  for (std::size_t v = 0; v < cameras_.size(); ++v) {
    std::vector<Camera> cameras = {scene_.views[v].camera};
    if (moves(moving_.ways, int(v)) && scene_.estimated[v]) {
      cameras.clear();
      for (int f = 0; f < int(frames_.size()); ++f) cameras.push_back(camera_at(int(v), f));
    }
    result_.views.push_back({.name = cameras_[v].name,
                             .path = cameras_[v].path,
                             .cameras = std::move(cameras),
                             .camera_estimated = bool(scene_.estimated[v]),
                             .time_offset = v < offsets_.size() ? offsets_[v] : CameraOffset()});
  }
}

// Everybody but those whom one view shows for an instant.
void RangeRun::name_people() {
  ids_.assign(tracks_.size(), kNobody);
  for (std::size_t i = 0; i < tracks_.size(); ++i) {
    const Track& track = tracks_[i];
    if (track.bodies.empty()) continue;
    const double seen = frames_[track.bodies.back().first].time - frames_[track.bodies.front().first].time;
    const bool in_several = std::any_of(track.bodies.begin(), track.bodies.end(),
                                        [](const auto& body) { return body.second.triangulated; });
    if (!in_several && seen < kShortestSeen && frames_.size() > 2) continue;
    Person& person = result_.people.emplace_back();
    person.id = ids_[i] = int(result_.people.size());
    for (int b = 0; b < kSmplBetas; ++b) person.betas[b] = float(track.betas[b]);
    person.height = model_->fitted_body.height(track.betas);
    person.gender = model_->body.gender;
  }
}

// The people of one frame as a scene of its own, and their ids.
std::pair<PlacedScene, std::vector<int>> RangeRun::scene_of(int frame) const {
  std::pair<PlacedScene, std::vector<int>> result;
  auto& [scene, ids] = result;
  scene.views = views_at(frame);
  scene.estimated = scene_.estimated;
  scene.rotation_sigma = scene_.rotation_sigma;
  scene.reference_view = scene_.reference_view;
  for (std::size_t i = 0; i < tracks_.size(); ++i) {
    const auto& bodies = tracks_[i].bodies;
    const auto body = std::lower_bound(bodies.begin(), bodies.end(), frame,
                                       [](const auto& b, int f) { return b.first < f; });
    if (ids_[i] == kNobody || body == bodies.end() || body->first != frame) continue;
    scene.people.push_back(body->second);
    ids.push_back(ids_[i]);
  }
  return result;
}

void RangeRun::describe_frames() {
  for (int f = 0; f < int(frames_.size()); ++f) {
    const std::vector<PersonObservation>& seen = frames_[f].people;
    const auto [scene, ids] = scene_of(f);
    std::vector<int> owner(seen.size(), -1);
    for (std::size_t p = 0; p < scene.people.size(); ++p) {
      for (const int n : scene.people[p].observations) owner[n] = int(p);
      result_.people[ids[p] - 1].bodies.push_back(body_in_frame(scene.people[p], seen));
      result_.people[ids[p] - 1].bodies.back().frame = f;
    }
    ReconstructedFrame& frame = result_.frames.emplace_back();
    frame.number = frames_[f].number;
    frame.time = frames_[f].time;
    for (std::size_t n = 0; n < seen.size(); ++n) {
      const int identity = rig_.identities.identity[frames_[f].tracklets[n]];
      frame.detections.push_back(
          detection_of(seen[n], scene, owner[n], identity >= 0 ? ids_[identity] : kNobody));
    }
    frame.association = agreement(scene, ids, seen);
  }
}

// The place alone: people have a body in every frame.
void RangeRun::make_points() {
  const int frame = key_frame();
  PhotoEvidence evidence;
  evidence.views = std::make_shared<std::vector<View>>(keyframe_);
  evidence.model = model_;
  evidence.max_points = options_.max_points;
  evidence.found = model_->people->find(keyframe_, kLowThresholdShare * model_->high_threshold,
                                        stages_.within());  // for their masks
  evidence.placements = placements_;
  evidence.depth = depth_;
  PhotoState state;
  state.scene = scene_of(frame).first;
  state.matches = matches_;
  state.world = world_;
  for (PlacedPerson& person : state.scene.people) {
    std::vector<int> found;
    for (const int n : person.observations) {
      const PersonObservation& seen = frames_[frame].people[n];
      const auto same = std::max_element(
          evidence.found.begin(), evidence.found.end(), [&](const PhotoPerson& a, const PhotoPerson& b) {
            const auto agrees = [&](const PhotoPerson& p) {
              return p.observation.view == seen.view ? overlap(p.observation.box, seen.box) : -1;
            };
            return agrees(a) < agrees(b);
          });
      if (same != evidence.found.end() && same->observation.view == seen.view &&
          overlap(same->observation.box, seen.box) > kSameBox)
        found.push_back(int(same - evidence.found.begin()));
    }
    person.observations = std::move(found);
    state.vertices.push_back(vertices_of(model_->body, person.body.smpl));
  }
  const auto place =
      std::make_shared<PointCloud>(points_of_place(photo_points(evidence, state, stages_.within())));
  for (ReconstructedFrame& f : result_.frames) f.points = place;
}

void RangeRun::add_messages() {
  result_.messages.insert(result_.messages.end(), calibration_messages_.begin(), calibration_messages_.end());
  for (std::size_t v = 0; v < result_.views.size(); ++v) {
    if (scene_.estimated[v]) continue;
    result_.messages.push_back("No camera pose for " + result_.views[v].name +
                               ": nobody in it could be matched surely with the people of the other videos. "
                               "Were they filmed at the same time?");
  }
  if (result_.people.empty()) {
    result_.messages.push_back(
        "Nobody was found; the result holds the scene alone, and its scale is a guess.");
  } else if (result_.views.size() == 1) {
    result_.messages.push_back(
        "One camera only: positions are not triangulated, distances follow from people's usual size.");
  }
  if (!world_.floor_found)
    result_.messages.push_back("No floor was found; it is assumed 1.6 m below the reference camera.");
}

// From time to time, what is known so far.
void RangeRun::publish() {
  if (!progress_.publish || frames_.empty()) return;
  const auto now = std::chrono::steady_clock::now();
  if (frames_.size() > 1 && now >= next_bodies_) {
    publish_bodies();
    next_bodies_ = std::chrono::steady_clock::now() + (now - begun_);
  } else if (now >= next_people_) {
    if (next_bodies_ == begun_ + kFirstBodies) publish_people();
    next_people_ = now + kPublishInterval;
  }
}

// Cameras and bodies of the frames so far, without pictures: what is left of a run that is stopped.
void RangeRun::publish_bodies() {
  find_moving_cameras();
  calibrate();
  place();
  fit_bodies();
  const auto partial = std::make_shared<Reconstruction>(result_);
  partial->partial = true;
  move_world(*partial, world_.given_from_world);
  progress_.publish(partial);
  result_.views.clear();
  result_.people.clear();
  result_.frames.clear();
}

// What the pictures show.
void RangeRun::publish_people() {
  auto partial = std::make_shared<Reconstruction>();
  partial->partial = true;
  partial->program_version = AHAP_VERSION;
  partial->model_name = model_->name;
  partial->association_method = "joints";
  for (const RangeCamera& camera : cameras_) {
    partial->views.push_back(
        {.name = camera.name,
         .path = camera.path,
         .cameras = {unplaced_camera(camera.width, camera.height, camera.focal_length_px)},
         .camera_estimated = false});
  }
  for (const TrackedFrame& seen : frames_) {
    ReconstructedFrame& frame = partial->frames.emplace_back();
    frame.number = seen.number;
    frame.time = seen.time;
    for (const PersonObservation& person : seen.people)
      frame.detections.push_back(detection_of(person, {}, -1, kNobody));
  }
  progress_.publish(partial);
}

}  // namespace

std::shared_ptr<const Reconstruction> reconstruct_photo_range(const FrameSequence& frames,
                                                              std::shared_ptr<const PhotoModel> model,
                                                              const Options& options,
                                                              const Progress& progress) {
  torch::NoGradGuard no_grad;
  return RangeRun(frames, std::move(model), options, progress).run();
}

}  // namespace ahap
