#include "reconstruction/stages/range_observation.h"

#include <algorithm>
#include <future>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include "reconstruction/motion/observation_file.h"
#include "reconstruction/networks/view_workers.h"
#include "reconstruction/stages/person_tracker.h"

namespace ahap {
namespace {

constexpr double kUnknownTime = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kFramesTold = 3;

// "12, 40, 77 and 5 more"
std::string some_of(const std::vector<int>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < std::min(numbers.size(), kFramesTold); ++i)
    text += (i ? ", " : "") + std::to_string(numbers[i]);
  if (numbers.size() > kFramesTold) text += " and " + std::to_string(numbers.size() - kFramesTold) + " more";
  return text;
}

class RangeObserver {
 public:
  RangeObserver(const FrameSequence& sequence, const RangeWatching& watching, const Progress& progress,
                RangeObservations& seen)
      : sequence_(sequence), watching_(watching), progress_(progress), seen_(seen) {}

  void run() {
    resume();
    const std::size_t count = sequence_.numbers.size();
    std::future<std::vector<View>> next;
    for (std::size_t i = done_; i < count; ++i) {
      step(progress_, "people", double(i) / double(count));
      const std::vector<View> views = next.valid() ? next.get() : read(sequence_.numbers[i]);
      if (i + 1 < count) {
        next = std::async(std::launch::async,
                          [this, number = sequence_.numbers[i + 1]] { return read(number); });
      }
      const ObservedFrame frame = look(views, sequence_.numbers[i]);
      take(frame);
      keep(frame);
      watching_.after_frame();
      if (!seen_.frames.empty() && i + 1 < count && finish_requested()) {
        seen_.messages.push_back("Stopped after " + std::to_string(i + 1) + " of " + std::to_string(count) +
                                 " frames: the result ends with frame " +
                                 std::to_string(sequence_.numbers[i]) + ".");
        break;
      }
    }
    if (seen_.frames.empty()) throw std::runtime_error("None of these frames has a picture.");
    keep_longest_scenes();
    tell_left_out();
  }

 private:
  // What is known of one camera besides RangeCamera.
  struct Watch {
    explicit Watch(PersonTracker t) : tracker(std::move(t)) {}

    PersonTracker tracker;
    std::map<int, int> tracklets;  // by the tracker's numbers: those of all cameras
    std::optional<double> ahead;   // seconds from its clock to that of the frames, in its last one
    ShotWatch shots;
    std::map<int, int> scene_of_frame;             // by number; of pictures that are used
    std::vector<int> cuts, black, other_size;      // numbers of frames
    std::unique_ptr<BackgroundFollower> follower;  // null: the background is not followed
    std::vector<FollowedPoint> background;         // in the frame looked at
  };

  bool finish_requested() const {
    return watching_.options.finish_requested && watching_.options.finish_requested();
  }

  std::vector<View> read(int number) const {
    Progress quiet;
    quiet.stop_requested = progress_.stop_requested;
    return sequence_.read(number, quiet);
  }

  Watch& watch_of(const ObservedView& view) {
    if (view.camera >= int(seen_.cameras.size())) seen_.cameras.resize(std::size_t(view.camera) + 1);
    RangeCamera& camera = seen_.cameras[std::size_t(view.camera)];
    if (camera.width == 0) camera = {view.name, view.path, view.width, view.height, view.focal_length_px, {}};
    const auto [watch, is_new] =
        watches_.try_emplace(view.camera, PersonTracker(watching_.networks, watching_.high_threshold));
    const RangeOptions& options = watching_.options;
    if (is_new && options.follow_background && options.cameras_move != CamerasMove::no)
      watch->second.follower = options.follow_background();
    return watch->second;
  }

  // Where the background is in the picture, around the people.
  static void follow(const Image& picture, const ObservedView& seen, Watch& watch) {
    if (!watch.follower) return;
    std::vector<Box> people;
    for (const PersonObservation& person : seen.people) people.push_back(person.box);
    watch.background = watch.follower->next(picture, people);
  }

  bool has_camera_size(const ObservedView& view) const {
    const RangeCamera& camera = seen_.cameras[std::size_t(view.camera)];
    return view.width == camera.width && view.height == camera.height;
  }

  // The picture before anybody is sought in it. False: it is not to be used.
  bool arrives(const ObservedView& view, int number) {
    Watch& watch = watch_of(view);
    if (!has_camera_size(view)) {
      watch.other_size.push_back(number);
      return false;
    }
    if (is_black(view.sketch)) {
      watch.black.push_back(number);
      return false;
    }
    watch.scene_of_frame[number] = watch.shots.next(view.sketch);
    if (!watch.shots.was_cut()) return true;
    watch.cuts.push_back(number);
    watch.tracker.cut();
    return true;
  }

  ObservedFrame look(const std::vector<View>& views, int number) {
    ObservedFrame frame{.number = number, .views = {}};
    std::vector<std::pair<const View*, std::size_t>> used;  // and the index of what is observed
    for (const View& view : views) {
      ObservedView& seen = frame.views.emplace_back();
      seen.camera = view.camera;
      seen.name = view.name, seen.path = view.path;
      seen.width = view.image.width, seen.height = view.image.height;
      seen.focal_length_px = view.focal_length_px;
      seen.time = view.time;
      seen.sketch = sketch_of(view.image);
      if (arrives(seen, number)) used.emplace_back(&view, frame.views.size() - 1);
      seen_.cameras[std::size_t(view.camera)].known = view.known;
    }
    Progress within = progress_;
    within.report = {};
    for_each_view(int(used.size()), "people", within, [&](int n) {
      const auto [view, index] = used[std::size_t(n)];
      Watch& watch = watches_.at(view->camera);
      for (TrackedPerson& person : watch.tracker.next(*view)) {
        frame.views[index].people.push_back(std::move(person.person.observation));
        frame.views[index].tracklets.push_back(person.tracklet);
      }
      follow(view->image, frame.views[index], watch);
    });
    for (ObservedView& view : frame.views) view.tracker = watches_.at(view.camera).tracker.state();
    return frame;
  }

  // By the clock of the first camera that has a picture; where it ends, others go on from there.
  double time_of(const ObservedFrame& frame) {
    double time = frame.views.front().time;
    for (auto view = frame.views.rbegin(); view != frame.views.rend(); ++view) {
      const auto& ahead = watches_.at(view->camera).ahead;
      if (ahead) time = view->time + *ahead;
    }
    if (!seen_.frames.empty()) time = std::max(time, seen_.frames.back().time);
    for (const ObservedView& view : frame.views) watches_.at(view.camera).ahead = time - view.time;
    return time;
  }

  void take(const ObservedFrame& observed) {
    if (observed.views.empty()) return;
    const double time = time_of(observed);
    TrackedFrame& frame = seen_.frames.emplace_back();
    frame.number = observed.number;
    frame.time = time;
    frame.camera_times.assign(seen_.cameras.size(), kUnknownTime);
    seen_.background.resize(seen_.cameras.size());
    for (BackgroundTracks& tracks : seen_.background) tracks.resize(seen_.frames.size());
    for (const ObservedView& view : observed.views) {
      Watch& watch = watches_.at(view.camera);
      if (!watch.scene_of_frame.contains(observed.number)) continue;
      frame.camera_times[std::size_t(view.camera)] = view.time;
      seen_.background[std::size_t(view.camera)].back() = std::exchange(watch.background, {});
      for (std::size_t n = 0; n < view.people.size(); ++n) {
        const auto [known, is_new] = watch.tracklets.try_emplace(view.tracklets[n], tracklets_);
        tracklets_ += is_new;
        frame.tracklets.push_back(known->second);
        frame.people.push_back(view.people[n]);
      }
    }
  }

  // The pictures of a frame that is known already, where the background is followed: it is not kept, as it
  // follows from the pictures and the people much faster than they from the networks.
  std::vector<View> pictures_again(const ObservedFrame& frame) {
    const RangeOptions& options = watching_.options;
    if (!options.follow_background || options.cameras_move == CamerasMove::no) return {};
    step(progress_, "people", double(done_) / double(sequence_.numbers.size()));
    return read(frame.number);
  }

  // Goes on where an earlier run was ended.
  void resume() {
    const RangeOptions& options = watching_.options;
    if (!options.resume || !std::filesystem::exists(options.observations)) return;
    const KeptObservations kept = read_observations(options.observations, options.terms);
    for (const ObservedFrame& frame : kept.frames) {
      if (done_ >= sequence_.numbers.size() || frame.number != sequence_.numbers[done_])
        throw std::runtime_error(options.observations.string() +
                                 ": is of other frames; without --resume the run begins anew");
      ++done_;
      const std::vector<View> pictures = pictures_again(frame);
      for (const ObservedView& view : frame.views) {
        if (!arrives(view, frame.number)) continue;
        for (const View& picture : pictures) {
          if (picture.camera == view.camera) follow(picture.image, view, watches_.at(view.camera));
        }
      }
      take(frame);
    }
    for (const ObservedFrame& frame : kept.frames) {
      for (const ObservedView& view : frame.views) watches_.at(view.camera).tracker.resume(view.tracker);
    }
    writer_.emplace(options.observations, kept);
  }

  void keep(const ObservedFrame& frame) {
    const RangeOptions& options = watching_.options;
    if (options.observations.empty() || !keeps_) return;
    try {
      if (!writer_) writer_.emplace(options.observations, options.terms);
      writer_->add(frame);
    } catch (const std::runtime_error& error) {
      keeps_ = false;
      seen_.messages.push_back(std::string("What was observed is not kept for --resume: ") + error.what() +
                               ".");
    }
  }

  // What a cut video shows elsewhere is another camera's.
  void keep_longest_scenes() {
    for (auto& [camera, watch] : watches_) {
      if (watch.cuts.empty()) continue;
      std::map<int, int> frames_of_scene;
      for (const auto& [number, scene] : watch.scene_of_frame) ++frames_of_scene[scene];
      const auto longest = std::max_element(frames_of_scene.begin(), frames_of_scene.end(),
                                            [](const auto& a, const auto& b) { return a.second < b.second; });
      for (std::size_t f = 0; f < seen_.frames.size(); ++f) {
        const auto scene = watch.scene_of_frame.find(seen_.frames[f].number);
        if (scene == watch.scene_of_frame.end() || scene->second == longest->first) continue;
        leave_out(camera, seen_.frames[f]);
        seen_.background[std::size_t(camera)][f].clear();
      }
      seen_.messages.push_back(seen_.cameras[std::size_t(camera)].name + " is cut, at frame " +
                               some_of(watch.cuts) + "; only the scene that it shows longest is used, " +
                               std::to_string(longest->second) + " of its " +
                               std::to_string(watch.scene_of_frame.size()) + " frames.");
    }
  }

  static void leave_out(int camera, TrackedFrame& frame) {
    if (camera < int(frame.camera_times.size())) frame.camera_times[std::size_t(camera)] = kUnknownTime;
    std::size_t kept = 0;
    for (std::size_t n = 0; n < frame.people.size(); ++n) {
      if (frame.people[n].view == camera) continue;
      if (kept != n) {
        frame.people[kept] = std::move(frame.people[n]);
        frame.tracklets[kept] = frame.tracklets[n];
      }
      ++kept;
    }
    frame.people.resize(kept);
    frame.tracklets.resize(kept);
  }

  void tell_left_out() {
    for (const auto& [camera, watch] : watches_) {
      const RangeCamera& own = seen_.cameras[std::size_t(camera)];
      if (!watch.black.empty())
        seen_.messages.push_back(own.name + " is black and passed over at frame " + some_of(watch.black) +
                                 ".");
      if (watch.other_size.empty()) continue;
      seen_.messages.push_back(own.name + " changes the size of its pictures; those that are not " +
                               std::to_string(own.width) + " x " + std::to_string(own.height) +
                               " are left out: frame " + some_of(watch.other_size) + ".");
    }
  }

  const FrameSequence& sequence_;
  const RangeWatching& watching_;
  const Progress& progress_;
  RangeObservations& seen_;
  std::size_t done_ = 0;          // frames that an earlier run has observed
  std::map<int, Watch> watches_;  // by camera
  int tracklets_ = 0;             // of all cameras
  std::optional<ObservationWriter> writer_;
  bool keeps_ = true;
};

}  // namespace

void observe_range(const FrameSequence& frames, const RangeWatching& watching, const Progress& progress,
                   RangeObservations& seen) {
  RangeObserver(frames, watching, progress, seen).run();
}

}  // namespace ahap
