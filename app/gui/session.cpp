#include "app/gui/session.h"

#include <algorithm>
#include <set>

#include "reconstruction/corrections.h"
#include "reconstruction/formats/error_text.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/results/results_folder.h"

namespace ahap {

namespace {

constexpr int kThumbnailSide = 480;                        // pixels
constexpr std::size_t kUndoMemory = std::size_t(1) << 30;  // bytes

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

bool same_frames(const Reconstruction& a, const Reconstruction& b) {
  return std::equal(a.frames.begin(), a.frames.end(), b.frames.begin(), b.frames.end(),
                    [](const auto& x, const auto& y) { return x.number == y.number; });
}

// Index of the frame with this number in the capture, -1: the result does not have it.
int index_of_frame(const Reconstruction& result, int number) {
  const auto found = std::find_if(result.frames.begin(), result.frames.end(),
                                  [&](const ReconstructedFrame& frame) { return frame.number == number; });
  return found == result.frames.end() ? -1 : int(found - result.frames.begin());
}

// Roughly, of what only this result holds.
std::size_t bytes_of(const Reconstruction& result) {
  std::size_t bytes = 0;
  for (const ReconstructedFrame& frame : result.frames) {
    for (const Image& picture : frame.pictures) bytes += picture.rgb.size();
    bytes += frame.points->size() * (sizeof(Eigen::Vector3f) + sizeof(Color) + sizeof(float) + 3);
  }
  for (const Person& person : result.people)
    for (const BodyInFrame& body : person.bodies)
      bytes += (body.mesh.positions.size() + body.mesh.normals.size() + body.mesh.triangles.size()) * 12;
  return bytes;
}

}  // namespace

Session::Session(ReconstructViews reconstruct, std::function<void()> wake)
    : reconstruct_(std::move(reconstruct)), wake_(wake), job_(std::move(wake)) {}

Session::~Session() = default;

void Session::deliver(std::function<void()> news) {
  {
    const std::scoped_lock lock(mutex_);
    inbox_.push_back(std::move(news));
  }
  wake_();
}

void Session::tell(Notice::Kind kind, std::string text) {
  text = readable(text);
  const auto same = [&](const Notice& notice) { return notice.text == text; };
  if (std::none_of(notices_.begin(), notices_.end(), same)) notices_.push_back({kind, std::move(text)});
}

void Session::open(std::vector<std::filesystem::path> inputs) {
  if (inputs.empty()) return;
  opening_ = true;
  const std::uint64_t number = ++asked_;
  reading_.drop_waiting();
  reading_.post([this, inputs = std::move(inputs), number](std::stop_token stop) {
    Progress progress;
    progress.stop_requested = [stop] { return stop.stop_requested(); };
    try {
      deliver([this, number, capture = open_capture(inputs, progress), name = name_of(inputs)]() mutable {
        if (number == asked_) opened(std::move(capture), std::move(name));
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

void Session::opened(Capture capture, std::string name) {
  opening_ = false;
  notices_.clear();
  for (const Problem& problem : capture.problems) tell(Notice::Kind::warning, message(problem));
  if (now_.capture) {
    if (!result_is_complete()) now_.result = before_run_;
    remember("Open " + name, std::move(now_));
  }
  now_ = {};
  now_.number = ++opened_;
  now_.reader = std::make_shared<FrameReader>(capture);
  now_.name = std::move(name);
  now_.capture = std::move(capture);
  taken_ = job_.latest();
  before_run_.reset();
  request_thumbnails();
  run();
}

void Session::choose_frame(int frame) {
  frame = std::clamp(frame, 0, std::max(0, frame_count() - 1));
  if (frame == now_.frame) return;
  now_.frame = frame;
  request_thumbnails();
}

void Session::request_thumbnails() {
  now_.pictures.resize(now_.capture->cameras.size());
  const std::uint64_t number = ++thumbnails_number_;
  reading_.drop_waiting();
  for (std::size_t c = 0; c < now_.capture->cameras.size(); ++c) {
    const CaptureCamera& camera = now_.capture->cameras[c];
    reading_.post([this, camera, c, number, frame = now_.frame + camera.frame_offset](std::stop_token) {
      CameraPicture picture;
      try {
        picture.thumbnail = decode_thumbnail(camera, frame, kThumbnailSide);
      } catch (const std::exception& error) {
        picture.problem = error_text(error);
      }
      deliver([this, c, number, picture = std::move(picture)]() mutable {
        if (number != thumbnails_number_) return;
        picture.revision = ++revision_;
        now_.pictures[c] = std::move(picture);
      });
    });
  }
}

void Session::start(std::string what, bool corrects, Job::Run run) {
  run_name_ = std::move(what);
  run_corrects_ = corrects;
  if (result_is_complete()) before_run_ = now_.result;
  phase_before_ = Job::Phase::running;
  job_.start(std::move(run));
}

void Session::run() {
  if (!now_.capture) return;
  start("Reconstruct", false,
        [this, reader = now_.reader, frame = now_.frame, options = options](const Progress& progress) {
          std::vector<Problem> problems;
          const std::vector<View> views = reader->read(frame, &problems, progress);
          deliver([this, problems, reader] {
            if (reader != now_.reader) return;  // another capture has been opened since
            for (const Problem& problem : problems) tell(Notice::Kind::warning, message(problem));
          });
          return reconstruct_(views, options, progress);
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

void Session::rename(int person_id, const std::string& name) {
  if (!result_is_complete() || job_.state().active()) return;
  Document before = now_;
  const std::string label = person_label(*now_.result, person_id);
  now_.result = with_name(*now_.result, person_id, name);
  now_.corrected = true;
  remember("Rename " + label, std::move(before));
}

void Session::remember(std::string what, Document before) {
  redo_.clear();
  undo_.push_back({std::move(what), std::move(before)});
  std::set<const Reconstruction*> counted;
  std::size_t bytes = 0;
  for (std::size_t i = undo_.size(); i-- > 0;) {
    const auto& result = undo_[i].document.result;
    if (result && counted.insert(result.get()).second) bytes += bytes_of(*result);
    if (bytes <= kUndoMemory) continue;
    undo_.erase(undo_.begin(), undo_.begin() + std::ptrdiff_t(i + 1));
    return;
  }
}

void Session::go_to(std::vector<Step>& from, std::vector<Step>& to) {
  if (from.empty() || job_.state().active() || opening_) return;
  Step step = std::move(from.back());
  from.pop_back();
  std::swap(step.document, now_);
  to.push_back(std::move(step));
  request_thumbnails();
}

void Session::undo() {
  go_to(undo_, redo_);
}

void Session::redo() {
  go_to(redo_, undo_);
}

std::string Session::undoable() const {
  return undo_.empty() ? "" : undo_.back().what;
}

std::string Session::redoable() const {
  return redo_.empty() ? "" : redo_.back().what;
}

int Session::result_frame() const {
  return now_.result ? std::max(0, index_of_frame(*now_.result, now_.frame)) : 0;
}

void Session::write(const std::filesystem::path& folder, const ExportSelection& selection) {
  if (!result_is_complete()) return;
  in_background(
      [this, folder, selection, result = now_.result, capture = *now_.capture, frame = result_frame()] {
        ResultsFolder results(folder);
        results.require_replaceable([&](const std::string& path) { return is_export_name(path, selection); });
        const std::vector<View> views =
            selection.colmap ? decode_frame(capture, result->frames[frame].number) : std::vector<View>();
        results.put([&](const std::filesystem::path& staging) {
          write_all(*result, frame, staging, selection, views);
        });
        deliver([this, result] { written_ = result; });
        std::string sentence = capture.frame_count() > 1
                                   ? "Frame " + std::to_string(result->frames[frame].number + 1)
                                   : std::string("The result");
        sentence += " is in " + std::filesystem::absolute(folder).string();
        for (const std::string& note : results.notes()) sentence += "; " + note;
        return sentence;
      });
}

void Session::in_background(std::function<std::string()> work) {
  ++writing_;
  files_.post([this, work = std::move(work)](std::stop_token) {
    Notice notice;
    try {
      notice.text = work();
    } catch (const std::exception& error) {
      notice = {Notice::Kind::error, error_text(error)};
    }
    deliver([this, notice] {
      --writing_;
      if (!notice.text.empty()) tell(notice.kind, notice.text);
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
    const bool worse = latest->partial && result_is_complete() && same_frames(*latest, *now_.result);
    if (!latest->partial && before_run_) {
      Document before = now_;
      before.result = before_run_;
      if (index_of_frame(*before_run_, now_.frame) < 0) before.frame = before_run_->frames.front().number;
      remember(run_name_, std::move(before));
    }
    if (!latest->partial) now_.corrected = run_corrects_;
    if (!worse) now_.result = std::move(latest);
    if (result_is_complete()) before_run_ = now_.result;
  }
  if (state.phase == phase_before_) return;
  phase_before_ = state.phase;
  if (state.phase == Job::Phase::failed) tell(Notice::Kind::error, state.error);
  const bool broken_off = state.phase == Job::Phase::failed || state.phase == Job::Phase::cancelled;
  if (broken_off && before_run_) now_.result = before_run_;
}

}  // namespace ahap
