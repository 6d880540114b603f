#include "app/gui/session.h"

#include <algorithm>

#include "reconstruction/formats/error_text.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/results/results_folder.h"

namespace ahap {

namespace {

constexpr int kThumbnailSide = 480;  // pixels

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
  reader_ = std::make_shared<MomentReader>(capture);
  capture_name_ = std::move(name);
  ++opened_;
  moment_ = 0;
  moment_count_ = capture.moment_count();
  capture_ = std::move(capture);
  result_.reset();
  of_earlier_capture_ = job_.latest();
  pictures_.clear();
  request_thumbnails();
  run();
}

void Session::choose_moment(int moment) {
  moment = std::clamp(moment, 0, std::max(0, moment_count_ - 1));
  if (moment == moment_) return;
  moment_ = moment;
  request_thumbnails();
}

void Session::request_thumbnails() {
  pictures_.resize(capture_->cameras.size());
  const std::uint64_t number = ++thumbnails_number_;
  reading_.drop_waiting();
  for (std::size_t c = 0; c < capture_->cameras.size(); ++c) {
    const CaptureCamera& camera = capture_->cameras[c];
    reading_.post([this, camera, c, number, frame = moment_ + camera.frame_offset](std::stop_token) {
      CameraPicture picture;
      try {
        picture.thumbnail = decode_thumbnail(camera, frame, kThumbnailSide);
      } catch (const std::exception& error) {
        picture.problem = error_text(error);
      }
      deliver([this, c, number, picture = std::move(picture)]() mutable {
        if (number != thumbnails_number_) return;
        picture.revision = ++revision_;
        pictures_[c] = std::move(picture);
      });
    });
  }
}

void Session::run() {
  if (!capture_) return;
  run_moment_ = moment_;
  phase_before_ = Job::Phase::running;
  job_.start([this, reader = reader_, moment = moment_, options = options](const Progress& progress) {
    std::vector<Problem> problems;
    const std::vector<View> views = reader->read(moment, &problems, progress);
    deliver([this, problems, reader] {
      if (reader != reader_) return;  // another capture has been opened since
      for (const Problem& problem : problems) tell(Notice::Kind::warning, message(problem));
    });
    auto result = reconstruct_(views, options, progress);
    const std::scoped_lock lock(mutex_);
    moment_of_[result.get()] = moment;
    return result;
  });
}

void Session::write(const std::filesystem::path& folder, const ExportSelection& selection) {
  if (!result_is_complete()) return;
  in_background([folder, selection, result = result_, capture = *capture_, moment = result_moment_] {
    ResultsFolder results(folder);
    results.require_replaceable([&](const std::string& path) { return is_export_name(path, selection); });
    const std::vector<View> views = selection.colmap ? decode_moment(capture, moment) : std::vector<View>();
    results.put([&](const std::filesystem::path& staging) { write_all(*result, staging, selection, views); });
    std::string sentence = "The result is in " + std::filesystem::absolute(folder).string();
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

  auto latest = job_.latest();
  const bool worse = latest && latest->partial && result_is_complete() && result_moment_ == run_moment_;
  if (latest != result_ && latest != of_earlier_capture_ && !worse) {
    result_ = std::move(latest);
    const std::scoped_lock lock(mutex_);
    const auto complete = result_->partial ? moment_of_.end() : moment_of_.find(result_.get());
    result_moment_ = complete == moment_of_.end() ? run_moment_ : complete->second;
    // The last complete one comes back when a later run is stopped.
    if (!result_->partial) std::erase_if(moment_of_, [&](const auto& m) { return m.first != result_.get(); });
  }
  const Job::State state = job_.state();
  if (state.phase != phase_before_ && state.phase == Job::Phase::failed)
    tell(Notice::Kind::error, state.error);
  phase_before_ = state.phase;
}

}  // namespace ahap
