#include "app/gui/session.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "app/gui/frames_text.h"
#include "app/gui/shown_frame.h"
#include "app/gui/used_cameras.h"
#include "reconstruction/body/moved_world.h"
#include "reconstruction/body/scaled_world.h"
#include "reconstruction/capture/one_camera.h"
#include "reconstruction/capture/picture.h"
#include "reconstruction/corrections.h"
#include "reconstruction/formats/error_text.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/kept_decisions.h"
#include "reconstruction/models/model_choice.h"
#include "reconstruction/motion/smoothing.h"
#include "reconstruction/project/project_file.h"
#include "reconstruction/project/results_project.h"
#include "reconstruction/results/results_folder.h"

namespace ahap {

namespace {

// Pixels. The pictures of a sequence also stand behind its bodies.
constexpr int kThumbnailSide = 480, kSequenceSide = 960;
constexpr std::chrono::milliseconds kPatience(100);  // while playing, for the pictures of a frame
constexpr std::size_t kProblemsTold = 3;             // of a range, one by one

std::string name_of(const std::vector<std::filesystem::path>& inputs) {
  const auto named = [](std::filesystem::path path) {
    path = std::filesystem::absolute(path).lexically_normal();
    if (!path.has_filename()) path = path.parent_path();
    return path;
  };
  const std::filesystem::path first = named(inputs.front());
  if (inputs.size() > 1) return first.parent_path().filename().string();
  return std::filesystem::is_directory(first) ? first.filename().string() : first.stem().string();
}

// Index of the frame with this number in the capture, -1: the result does not have it.
int index_of_frame(const Reconstruction& result, int number) {
  const auto found = std::find_if(result.frames.begin(), result.frames.end(),
                                  [&](const ReconstructedFrame& frame) { return frame.number == number; });
  return found == result.frames.end() ? -1 : int(found - result.frames.begin());
}

bool is_of_the_same_frames(const Reconstruction& a, const Reconstruction& b) {
  return (a.frames.size() == 1) == (b.frames.size() == 1) &&
         a.frames.front().number == b.frames.front().number;
}

bool has_all_frames_of(const Reconstruction& result, const Reconstruction& other) {
  return std::all_of(other.frames.begin(), other.frames.end(), [&](const ReconstructedFrame& frame) {
    return index_of_frame(result, frame.number) >= 0;
  });
}

// Small, as far as they can be read.
std::vector<Image> first_pictures(const Capture& capture) {
  constexpr std::size_t kShown = 4;
  constexpr int kSide = 240;  // pixels
  std::vector<Image> pictures;
  for (std::size_t i = 0; i < std::min(kShown, capture.cameras.size()); ++i) {
    try {
      pictures.push_back(decode_picture(read_file(capture.cameras[i].paths.front()), kSide).image);
    } catch (const std::exception&) {
      // The question can do without it, and opening tells what is wrong.
    }
  }
  return pictures;
}

bool takes_one_camera(const std::string& model) {
  try {
    return !model.empty() && describe_model(model).takes_one_camera();
  } catch (const std::runtime_error&) {
    return false;  // the run says what is wrong with it
  }
}

}  // namespace

Session::Session(ReconstructViews reconstruct, ReconstructRange reconstruct_range, std::function<void()> wake)
    : reconstruct_(std::move(reconstruct)),
      reconstruct_range_(std::move(reconstruct_range)),
      wake_(wake),
      job_(std::move(wake)) {}

Session::~Session() = default;

void Session::deliver(std::function<void()> news) {
  {
    const std::scoped_lock lock(mutex_);
    inbox_.push_back(std::move(news));
  }
  wake_();
}

void Session::tell(Notice notice) {
  notice.text = readable(notice.text);
  const auto same = [&](const Notice& other) { return other.text == notice.text; };
  if (std::none_of(notices_.begin(), notices_.end(), same)) notices_.push_back(std::move(notice));
}

// One by one where they are few; else the first of them in one notice, which leaves room for the scene.
void Session::tell_problems(const std::vector<Problem>& problems) {
  constexpr std::size_t kFew = 4, kShown = 3;
  if (problems.size() <= kFew) {
    for (const Problem& problem : problems) tell(Notice::Kind::warning, message(problem));
    return;
  }
  std::string text = "There is something to say about " + std::to_string(problems.size()) + " files. ";
  for (std::size_t i = 0; i < kShown; ++i) text += message(problems[i]) + "; ";
  tell(Notice::Kind::warning,
       text + "and " + std::to_string(problems.size() - kShown) + " more, which `ahap info` lists.");
}

void Session::open(std::vector<std::filesystem::path> inputs) {
  if (inputs.empty()) return;
  if (inputs.size() == 1 && is_named_like_a_project(inputs[0]))
    return open_project(inputs[0], ProjectKind::saved);
  opening_ = true;
  question_.reset();
  const std::uint64_t number = ++asked_;
  reading_.drop_waiting();
  reading_.post([this, inputs = std::move(inputs), number, chosen = options](std::stop_token stop) {
    Progress progress;
    progress.stop_requested = [stop] { return stop.stop_requested(); };
    if (inputs.size() == 1 && is_results_folder(inputs[0]))
      return load_project(inputs[0], ProjectKind::results, number, chosen, progress);
    try {
      Capture capture = open_capture(inputs, progress);
      const bool in_one = takes_one_camera(chosen.load.model);
      if (in_one) capture = photos_as_sequence(std::move(capture));
      const bool ask_first = !in_one && may_be_frames(capture);
      PhotosQuestion question{.name = name_of(inputs), .count = int(capture.cameras.size()), .pictures = {}};
      if (ask_first) question.pictures = first_pictures(capture);
      deliver([this, number, capture = std::move(capture), question = std::move(question), in_one,
               ask_first]() mutable {
        if (number != asked_) return;
        ask_first ? ask(std::move(capture), std::move(question))
                  : opened(std::move(capture), std::move(question.name), in_one);
      });
    } catch (const std::exception& error) {
      deliver([this, number, sentence = error_text(error)] {
        if (number != asked_) return;
        opening_ = false;
        tell(Notice::Kind::error, sentence);
      });
    }
  });
}

void Session::opened(Capture capture, std::string name, bool in_one) {
  begin_document("Open " + name, name, std::move(capture));
  if (in_one && frame_count() > 1) choose_range(FrameRange{.last = frame_count() - 1});
  request_pictures(now_.frame);
  run();
}

void Session::begin_document(std::string what, std::string name, Capture capture) {
  opening_ = false;
  notices_.clear();
  tell_problems(capture.problems);
  if (now_.capture) {
    if (!result_is_complete()) now_.result = before_run_;
    remember(std::move(what), std::move(now_));
  }
  now_ = {};
  ++comparison_;
  comparing_.clear();
  now_.number = ++opened_;
  now_.name = std::move(name);
  now_.capture = std::move(capture);
  std::tie(now_.reader, now_.picture_reader) = readers_of(*now_.capture);
  taken_ = job_.latest();
  before_run_.reset();
  awaited_.reset();
  pictures_of_ = -1;
}

void Session::use_known_cameras(KnownUse use) {
  options.known_cameras.intrinsics = options.known_cameras.poses = use;
  if (!now_.capture) return;
  std::tie(now_.reader, now_.picture_reader) = readers_of(*now_.capture);
  request_pictures(now_.frame);
}

void Session::choose_frame(int frame) {
  if (!now_.capture) return;
  frame = std::clamp(frame, 0, std::max(0, frame_count() - 1));
  awaited_.reset();
  if (frame != now_.frame) show_frame(frame);
  if (frame != pictures_asked_) request_pictures(frame);
}

void Session::play_to(int frame) {
  frame = std::clamp(frame, 0, std::max(0, frame_count() - 1));
  if (frame == now_.frame) return;
  if (pictures_asked_ == pictures_of_) {
    awaited_ = frame;
    request_pictures(frame);
  }
  if (std::chrono::steady_clock::now() - std::max(shown_since_, asked_since_) > kPatience) {
    awaited_.reset();
    show_frame(frame);
  }
}

void Session::show_frame(int frame) {
  now_.frame = frame;
  shown_since_ = std::chrono::steady_clock::now();
}

// One task a frame: a task that has begun goes on, so that something is seen however fast the frames change.
void Session::request_pictures(int frame) {
  pictures_asked_ = frame;
  asked_since_ = std::chrono::steady_clock::now();
  const std::size_t count = now_.capture->cameras.size();
  now_.pictures.resize(count);
  decoding_.drop_waiting();
  const int side = frame_count() == 1 ? kThumbnailSide : kSequenceSide;
  decoding_.post([this, frame, count, side, reader = now_.picture_reader, kept = pictures_in_result(frame),
                  alone = frame_count() == 1](std::stop_token stop) {
    std::vector<CameraPicture> decoded;
    for (std::size_t c = 0; c < count && !stop.stop_requested(); ++c) {
      CameraPicture& picture = decoded.emplace_back();
      picture.frame = frame;
      try {
        if (reader) picture.thumbnail = reader->thumbnail(c, frame, side);
      } catch (const std::exception& error) {
        picture.problem = error_text(error);
      }
      if (picture.thumbnail.empty()) picture.thumbnail = kept(c, side);
      // The pictures of a sequence change together, so that no two show different instants.
      if (!alone && c + 1 < count) continue;
      const std::size_t first = c + 1 - decoded.size();
      deliver([this, reader, first, pictures = std::exchange(decoded, {})]() mutable {
        if (reader == now_.picture_reader) take_pictures(first, std::move(pictures));
      });
    }
  });
}

// Of a camera of the capture what the result itself keeps of its picture, for the time when the file is not
// there.
std::function<Image(std::size_t camera, int side)> Session::pictures_in_result(int frame) const {
  const int index = now_.result ? index_of_frame(*now_.result, frame) : -1;
  if (index < 0) return [](std::size_t, int) { return Image(); };
  return [result = now_.result, index, cameras = cameras_of_views(*now_.capture, *now_.result)](
             std::size_t camera, int side) {
    const std::vector<Image>& pictures = result->frames[std::size_t(index)].pictures;
    const std::size_t view =
        std::size_t(std::find(cameras.begin(), cameras.end(), int(camera)) - cameras.begin());
    return view < pictures.size() && !pictures[view].empty() ? reduced(pictures[view], side) : Image();
  };
}

void Session::take_pictures(std::size_t first, std::vector<CameraPicture> pictures) {
  const int frame = pictures.front().frame;
  for (CameraPicture& picture : pictures) {
    picture.revision = ++revision_;
    now_.pictures[first++] = std::move(picture);
  }
  if (first < now_.pictures.size()) return;
  pictures_of_ = frame;
  if (awaited_ == frame) show_frame(*std::exchange(awaited_, std::nullopt));
}

void Session::choose_range(std::optional<FrameRange> range) {
  if (range) {
    range->first = std::clamp(range->first, 0, std::max(0, frame_count() - 1));
    range->last = std::clamp(range->last, range->first, std::max(range->first, frame_count() - 1));
    range->step = std::max(1, range->step);
  }
  now_.range = range;
}

void Session::begin_range(int frame) {
  FrameRange range = now_.range.value_or(FrameRange{.last = frame_count() - 1});
  if (range.last < frame) range.last = frame_count() - 1;
  range.first = frame;
  choose_range(range);
}

void Session::end_range(int frame) {
  FrameRange range = now_.range.value_or(FrameRange());
  if (range.first > frame) range.first = 0;
  range.last = frame;
  choose_range(range);
}

std::optional<double> Session::offset(int camera) const {
  return camera < int(now_.offsets.size()) ? now_.offsets[std::size_t(camera)] : std::nullopt;
}

void Session::set_offset(int camera, std::optional<double> seconds) {
  if (!now_.capture || camera < 0 || camera >= int(now_.capture->cameras.size())) return;
  now_.offsets.resize(now_.capture->cameras.size());
  now_.offsets[std::size_t(camera)] = seconds;
}

FrameRange Session::to_run() const {
  return now_.range.value_or(FrameRange{.first = now_.frame, .last = now_.frame});
}

std::optional<FrameRange> Session::running() const {
  if (!job_.state().active() || run_corrects_ || !comparing_.empty()) return std::nullopt;
  return run_range_;
}

void Session::start(std::string what, bool corrects, Job::Run run) {
  run_name_ = std::move(what);
  run_corrects_ = corrects;
  run_motion_.setIdentity();
  comparing_.clear();
  if (result_is_complete()) before_run_ = now_.result;
  phase_before_ = Job::Phase::running;
  job_.start(std::move(run));
}

void Session::run() {
  if (now_.capture) run(to_run());
}

void Session::run_shown() {
  if (now_.capture) run({.first = now_.frame, .last = now_.frame});
}

void Session::tell_that_videos_are_read() {
  tell(Notice::Kind::info, "The videos are still being read through; try again in a moment.");
}

void Session::run(const FrameRange& range) {
  if (!now_.reader) return tell_that_videos_are_read();
  run_range_ = range;
  range.count() > 1 ? run_range(range) : run_frame(range.first);
}

void Session::run_frame(int frame) {
  start("Reconstruct", false,
        [this, reader = now_.reader, frame, options = options,
         keeping = keeping_decisions(frame)](const Progress& progress) {
          std::vector<Problem> problems;
          const std::vector<View> views = reader->read(frame, &problems, progress);
          deliver([this, problems, reader] {
            if (reader != now_.reader) return;  // another capture has been opened since
            tell_problems(problems);
          });
          return keeping(reconstruct_(views, options, progress), progress);
        });
}

std::function<std::shared_ptr<const Reconstruction>(std::shared_ptr<const Reconstruction>, const Progress&)>
Session::keeping_decisions(int frame) {
  using Result = std::shared_ptr<const Reconstruction>;
  const Result before = result_is_complete() ? now_.result : nullptr;
  const bool same_frame = before && before->frames.size() == 1 && before->frames.front().number == frame;
  if (!same_frame || !keeps_decisions(*before)) return [](Result now, const Progress&) { return now; };
  return [this, before](Result now, const Progress& progress) {
    if (now->run) return with_kept_decisions(*before, now, progress);
    deliver([this, model = now->model_name] {
      tell(Notice::Kind::warning, "What is locked or left out was not kept: results of the model " + model +
                                      " cannot be corrected.");
    });
    return now;
  };
}

void Session::run_range(const FrameRange& range) {
  const std::string name = "Reconstruct " + frames_text(range.first, range.last);
  Options of_range = options;
  of_range.range.offsets = of_used_cameras(now_.offsets, now_.unused);
  start(name, false, [this, reader = now_.reader, range, options = of_range](const Progress& progress) {
    std::size_t problems = 0;
    const auto warn = [&](const std::string& sentence) {
      deliver([this, sentence, reader] {
        if (reader == now_.reader) tell(Notice::Kind::warning, sentence);
      });
    };
    const FrameSequence frames = frame_sequence(reader, range.numbers(), [&](const Problem& problem) {
      if (++problems <= kProblemsTold) warn(message(problem));
    });
    Options until_stopped = options;  // models that can keep what is done then
    until_stopped.range.finish_requested = progress.stop_requested;
    const auto raw = reconstruct_range_(frames, until_stopped, progress);
    if (problems > kProblemsTold) {
      warn("Of this range " + std::to_string(problems - kProblemsTold) +
           " more pictures are damaged or missing.");
    }
    const auto smooth = std::make_shared<const Reconstruction>(with_smooth_motion(*raw));
    deliver([this, raw, smooth] {
      raw_motion_ = raw;
      smooth_motion_ = smooth;
    });
    return smooth;
  });
}

bool Session::can_correct() const {
  return result_is_complete() && now_.result->run && !job_.state().active();
}

void Session::correct(std::string what, std::vector<int> person_ids) {
  if (!can_correct()) return;
  start(std::move(what), true, [result = now_.result, ids = std::move(person_ids)](const Progress& progress) {
    return with_identities(*result, ids, progress);
  });
}

void Session::decide(std::string what, Decisions decisions) {
  if (!can_correct()) return;
  start(std::move(what), true,
        [result = now_.result, decided = std::move(decisions)](const Progress& progress) {
          return with_decisions(*result, decided, progress);
        });
}

void Session::lock(std::string what, const std::vector<int>& detections, bool locked) {
  if (!can_lock()) return;
  Document before = now_;
  now_.result = with_locks(*now_.result, detections, locked);
  now_.corrected = true;
  remember(std::move(what), std::move(before));
}

void Session::rename(int person_id, const std::string& name) {
  if (!can_edit()) return;
  Document before = now_;
  const std::string label = person_label(*now_.result, person_id);
  now_.result = with_name(*now_.result, person_id, name);
  now_.corrected = true;
  remember("Rename " + label, std::move(before));
}

void Session::rescale(std::string what, double factor) {
  if (!can_edit()) return;
  start(std::move(what), true,
        [result = now_.result, factor](const Progress&) { return scaled(*result, factor); });
  run_motion_ = Eigen::Scaling(factor);
}

void Session::move_world(std::string what, const Eigen::Isometry3d& new_from_old) {
  if (!can_edit()) return;
  start(std::move(what), true,
        [result = now_.result, new_from_old](const Progress&) { return moved(*result, new_from_old); });
  run_motion_ = new_from_old;
}

void Session::change_tapes(std::string what, std::vector<Tape> tapes) {
  if (!can_edit()) return;
  Document before = now_;
  now_.tapes = std::move(tapes);
  remember(std::move(what), std::move(before));
}

const std::set<int>& Session::hidden_people() const {
  static const std::set<int> nobody;
  const bool of_another = now_.result && now_.result->partial &&
                          !(before_run_ && is_of_the_same_frames(*before_run_, *now_.result));
  return of_another ? nobody : now_.hidden;
}

void Session::hide(std::string what, std::set<int> people) {
  if (!result_is_complete() || people == now_.hidden) return;
  Document before = now_;
  now_.hidden = std::move(people);
  remember(std::move(what), std::move(before));
}

double Session::frames_per_second() const {
  if (!now_.capture) return 0;
  double rate = 0;  // of the first camera that has one; of the slowest where frames are matched by time
  for (const CaptureCamera& camera : now_.capture->cameras) {
    if (camera.fps > 0 && (rate == 0 || (camera.matched && camera.fps < rate))) rate = camera.fps;
  }
  return rate;
}

int Session::result_frame() const {
  return now_.result ? index_of_frame(*now_.result, now_.frame) : -1;
}

int Session::reconstructed_before(int frame) const {
  if (!now_.result) return frame;
  const std::vector<ReconstructedFrame>& frames = now_.result->frames;
  if (frame < frames.front().number || frame > frames.back().number) return frame;
  const auto after = std::upper_bound(
      frames.begin(), frames.end(), frame,
      [](int number, const ReconstructedFrame& reconstructed) { return number < reconstructed.number; });
  return std::prev(after)->number;
}

bool Session::can_switch_smoothing() const {
  return now_.result && (now_.result == raw_motion_ || now_.result == smooth_motion_) &&
         !job_.state().active();
}

void Session::switch_smoothing() {
  if (!can_switch_smoothing()) return;
  now_.result = motion_is_smooth() ? raw_motion_ : smooth_motion_;
  before_run_ = now_.result;
}

void Session::write(const std::filesystem::path& folder, const ExportSelection& selection, Part part) {
  if (!result_is_complete()) return;
  in_background([this, folder, selection, part = std::move(part), whole = now_.result,
                 capture = *now_.capture] {
    const std::shared_ptr<const Reconstruction> result = part ? part(*whole) : whole;
    ResultsFolder results(folder);
    results.require_replaceable([&](const std::string& path) { return is_export_name(path, selection); });
    const bool range = result->frames.size() > 1;
    const int number = result->frames.front().number;
    const std::vector<View> views = selection.colmap ? decode_frame(capture, number) : std::vector<View>();
    std::vector<std::string> notes;
    results.put([&](const std::filesystem::path& staging) {
      if (range)
        notes = write_range(*result, staging, selection, views);
      else
        write_all(*result, 0, staging, selection, views);
    });
    if (result == whole) deliver([this, result] { written_ = result; });
    std::string sentence = range ? "Frames " + std::to_string(number) + " to " +
                                       std::to_string(result->frames.back().number) + " are"
                           : capture.frame_count() > 1 ? "Frame " + std::to_string(number) + " is"
                                                       : "The result is";
    const std::filesystem::path place = std::filesystem::absolute(folder);
    sentence += " in " + place.string();
    notes.insert(notes.end(), results.notes().begin(), results.notes().end());
    for (const std::string& note : notes) sentence += "; " + note;
    return Notice{Notice::Kind::info, sentence, place};
  });
}

void Session::in_background(std::function<Notice()> work) {
  ++writing_;
  files_.post([this, work = std::move(work)](std::stop_token) {
    Notice notice;
    try {
      notice = work();
    } catch (const std::exception& error) {
      notice = {Notice::Kind::error, error_text(error), {}};
    }
    deliver([this, notice] {
      --writing_;
      if (!notice.text.empty()) tell(notice);
    });
  });
}

void Session::update() {
  std::vector<std::function<void()>> news;
  {
    const std::scoped_lock lock(mutex_);
    news.swap(inbox_);
  }
  for (const auto& take_in : news) take_in();

  take_results();
}

void Session::take_results() {
  const Job::State state =
      job_.state();  // before the result: what a run publishes, it publishes before its end
  auto latest = job_.latest();
  if (latest != taken_) {
    taken_ = latest;
    const bool worse = latest->partial && result_is_complete() && has_all_frames_of(*now_.result, *latest);
    if (!latest->partial && before_run_) {
      Document before = now_;
      before.result = before_run_;
      if (!run_corrects_) put_back_method(before);
      if (index_of_frame(*before_run_, now_.frame) < 0) before.frame = before_run_->frames.front().number;
      remember(run_name_, std::move(before));
    }
    if (!latest->partial) now_.corrected = run_corrects_ || keeps_decisions(*latest);
    if (!latest->partial && !run_corrects_) now_.tapes.clear();
    if (!latest->partial && !(before_run_ && is_of_the_same_frames(*before_run_, *latest)))
      now_.hidden.clear();  // ids mean somebody else there
    if (!latest->partial)
      for (Tape& tape : now_.tapes) tape = moved(tape, run_motion_);
    if (!latest->partial && !run_corrects_) now_.sources.clear();  // it is made of what the files are now
    if (!worse) now_.result = std::move(latest);
    if (result_is_complete()) before_run_ = now_.result;
  }
  if (state.phase == phase_before_) return;
  phase_before_ = state.phase;
  if (!state.active()) comparing_.clear();
  if (state.phase == Job::Phase::failed) tell(Notice::Kind::error, state.error);
  const bool broken_off = state.phase == Job::Phase::failed || state.phase == Job::Phase::cancelled;
  if (broken_off && before_run_) now_.result = before_run_;
}

}  // namespace ahap
