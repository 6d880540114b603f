// A session's work as a project: opening, saving, and where its pictures are.

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "app/gui/project_settings.h"
#include "app/gui/session.h"
#include "app/gui/shown_frame.h"
#include "reconstruction/capture/picture.h"
#include "reconstruction/capture/video_index.h"
#include "reconstruction/formats/error_text.h"
#include "reconstruction/formats/folder.h"
#include "reconstruction/project/project_file.h"
#include "reconstruction/project/results_project.h"
#include "reconstruction/project/sources.h"

namespace ahap {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostSteps = 20;  // of undo that a project keeps
constexpr const char* kUnusedCameras = "unused_cameras";

// Of the project's capture; at least one is used.
std::set<int> unused_cameras(const Project& project) {
  const int count = int(project.capture.cameras.size());
  std::set<int> unused;
  if (!project.options.contains(kUnusedCameras)) return unused;
  for (const auto& camera : project.options[kUnusedCameras])
    if (camera.is_number_integer() && camera >= 0 && camera < count) unused.insert(camera.get<int>());
  return int(unused.size()) < count ? unused : std::set<int>();
}

fs::path folder_of(const fs::path& file) {
  return fs::absolute(file).lexically_normal().parent_path();
}

std::string counted(std::size_t number, const char* one, const char* many) {
  return std::to_string(number) + " " + (number == 1 ? one : many);
}

// A project file is replaced, anything else is in the way.
void require_replaceable(const fs::path& file) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return;
  try {
    read_project_summary(file);
  } catch (const std::runtime_error&) {
    throw std::runtime_error(file.string() +
                             ": is something else than a project and is not replaced; choose another name");
  }
}

// Videos are read through, so that their frames are found by their times.
void index_videos(Capture& capture, const Progress& progress) {
  for (CaptureCamera& camera : capture.cameras) {
    std::error_code ignored;
    if (camera.kind != CameraKind::video || !fs::exists(camera.paths.front(), ignored)) continue;
    try {
      camera.video = index_video(camera.paths.front(), progress);
      camera.frame_count = camera.video->frame_count();
    } catch (const Cancelled&) {
      throw;
    } catch (const std::runtime_error& error) {
      capture.problems.push_back({camera.paths.front(), error.what()});
    }
  }
}

bool has_videos(const Capture& capture) {
  return std::any_of(capture.cameras.begin(), capture.cameras.end(),
                     [](const CaptureCamera& camera) { return camera.kind == CameraKind::video; });
}

}  // namespace

void Session::open_project(const fs::path& file, ProjectKind kind) {
  opening_ = true;
  const std::uint64_t number = ++asked_;
  reading_.drop_waiting();
  reading_.post([this, file, kind, number, chosen = options](std::stop_token stop) {
    Progress progress;
    progress.stop_requested = [stop] { return stop.stop_requested(); };
    load_project(file, kind, number, chosen, progress);
  });
}

// On the reading thread.
void Session::load_project(const fs::path& file, ProjectKind kind, std::uint64_t number, Options chosen,
                           const Progress& progress) {
  try {
    Project project = kind == ProjectKind::results ? read_results_project(file) : read_project(file);
    if (kind == ProjectKind::saved) project.saved_as = fs::absolute(file).lexically_normal();
    FoundSources found = find_sources(project, folder_of(file));
    project = with_sources(std::move(project), found.now);
    const auto opened = std::make_shared<const Project>(std::move(project));
    std::optional<Look> look;
    if (kind != ProjectKind::results) look = look_of(opened->view, file.string());
    set_options(chosen, opened->options, file.string());
    deliver([this, number, kind, opened, look, chosen, missing = std::move(found.missing)] {
      if (number != asked_) return;
      project_opened(*opened, kind, chosen, missing);
      if (look) now_.hidden = look->state.hidden_people;
      opened_look_ = look;
    });
    look_into_sources(*opened, number, progress);
  } catch (const Cancelled&) {
  } catch (const std::exception& error) {
    deliver([this, number, sentence = error_text(error)] {
      if (number != asked_) return;
      opening_ = false;
      tell(Notice::Kind::error, sentence);
    });
  }
}

// What takes longer than showing the result: videos are read through, files compared with what they were.
void Session::look_into_sources(const Project& project, std::uint64_t number, const Progress& progress) {
  Capture capture = project.capture;
  index_videos(capture, progress);
  const std::vector<fs::path> changed = changed_sources(project);
  deliver([this, number, capture = std::move(capture), changed]() mutable {
    if (number != asked_) return;
    if (!changed.empty()) {
      tell(Notice::Kind::warning, counted(changed.size(), "picture has", "pictures have") +
                                      " changed since the project was saved: " + changed.front().string() +
                                      (changed.size() > 1 ? " and others." : "."));
    }
    for (const Problem& problem : std::exchange(capture.problems, {}))
      tell(Notice::Kind::warning, message(problem));
    if (has_videos(capture)) use_capture(opened_project_, capture);
  });
}

void Session::project_opened(const Project& project, ProjectKind kind, const Options& chosen,
                             const std::vector<fs::path>& missing) {
  job_.abandon();
  phase_before_ = Job::Phase::idle;
  begin_document("Open " + project.name, project.name, project.capture);
  opened_project_ = now_.number;
  options = chosen;
  now_.sources = project.sources;
  now_.missing = missing;
  now_.unused = unused_cameras(project);
  std::tie(now_.reader, now_.picture_reader) = readers_of(*now_.capture);
  now_.frame = std::clamp(project.frame, 0, std::max(0, frame_count() - 1));
  if (project.range)
    choose_range(
        FrameRange{.first = (*project.range)[0], .last = (*project.range)[1], .step = (*project.range)[2]});
  for (const ProjectStep& step : project.undo) {
    Document before = now_;
    before.result = step.before;
    before.corrected = step.corrected;
    before.frame = step.frame;
    before.tapes = step.tapes;
    before.hidden = step.hidden;
    remember(step.what, std::move(before));
  }
  now_.result = before_run_ = project.result;
  now_.corrected = project.corrected;
  now_.tapes = project.tapes;
  saved_[now_.number] = {.file = project.saved_as,
                         .result = kind == ProjectKind::saved ? project.result : nullptr,
                         .tapes = project.tapes};
  if (!has_videos(project.capture)) return request_pictures(now_.frame);
  now_.reader = now_.picture_reader = nullptr;  // until the videos are read through
  request_pictures(now_.frame);
}

// Another capture of the same cameras in all that was and is made of it.
void Session::use_capture(std::uint64_t number, const Capture& capture) {
  const auto readers = readers_of(capture);
  const auto use = [&](Document& document) {
    if (document.number != number) return;
    document.capture = capture;
    std::tie(document.reader, document.picture_reader) = readers;
  };
  use(now_);
  for (Step& step : undo_) use(step.document);
  for (Step& step : redo_) use(step.document);
  if (now_.number != number) return;
  choose_range(now_.range);
  now_.frame = std::clamp(now_.frame, 0, std::max(0, frame_count() - 1));
  pictures_of_ = -1;
  request_pictures(now_.frame);
}

Project Session::project(const Look& look) const {
  Project project;
  project.name = now_.name;
  project.capture = *now_.capture;
  project.capture.problems.clear();
  project.sources = now_.sources;
  project.frame = now_.frame;
  if (now_.range) project.range = {{now_.range->first, now_.range->last, now_.range->step}};
  project.result = result_is_complete() ? now_.result : before_run_;
  project.corrected = now_.corrected;
  project.tapes = now_.tapes;
  for (const Step& step : undo_) {
    const Document& before = step.document;
    if (before.number != now_.number || !before.result || before.result->partial) continue;
    project.undo.push_back(
        {step.what, before.result, before.corrected, before.frame, before.tapes, before.hidden});
  }
  if (project.undo.size() > kMostSteps)
    project.undo.erase(project.undo.begin(), project.undo.end() - kMostSteps);
  project.options = json_of(options);
  if (!now_.unused.empty()) project.options[kUnusedCameras] = now_.unused;
  project.view = json_of(look);
  project.saved_as = project_file();
  return project;
}

void Session::save(const fs::path& file, const Look& look, Image thumbnail) {
  if (!now_.capture) return;
  ++saving_;
  const auto project = std::make_shared<Project>(this->project(look));
  project->thumbnail = std::move(thumbnail);
  project->saved_as.clear();
  files_.post(
      [this, project, file = fs::absolute(file).lexically_normal(), number = now_.number](std::stop_token) {
        std::string problem;
        try {
          create_folder(file.parent_path());
          require_replaceable(file);
          mark_sources(*project);
          write_project(*project, file);
        } catch (const std::exception& error) {
          problem = error_text(error);
        }
        deliver([this, project, file, number, problem] {
          --saving_;
          if (!problem.empty()) return tell(Notice::Kind::error, problem);
          ++saves_;
          saved_[number] = {.file = file, .result = project->result, .tapes = project->tapes};
          if (now_.number == number) now_.sources = project->sources;
        });
      });
}

void Session::find_sources_in(const fs::path& folder) {
  if (!now_.capture || looking_for_sources_) return;
  looking_for_sources_ = true;
  const auto project = std::make_shared<Project>(this->project({}));
  reading_.post([this, project, folder, number = now_.number](std::stop_token stop) {
    Progress progress;
    progress.stop_requested = [stop] { return stop.stop_requested(); };
    try {
      FoundSources found = find_sources(*project, {}, fs::absolute(folder).lexically_normal());
      *project = with_sources(std::move(*project), found.now);
      index_videos(project->capture, progress);
      deliver([this, project, number, missing = std::move(found.missing)] {
        sources_found(*project, number, missing);
      });
    } catch (const Cancelled&) {
    } catch (const std::exception& error) {
      deliver([this, sentence = error_text(error)] {
        looking_for_sources_ = false;
        tell(Notice::Kind::error, sentence);
      });
    }
  });
}

void Session::sources_found(const Project& project, std::uint64_t number,
                            const std::vector<fs::path>& missing) {
  looking_for_sources_ = false;
  if (now_.number != number || job_.state().active()) return;
  const bool found_some = missing.size() < now_.missing.size();
  now_.missing = missing;
  now_.sources = project.sources;
  if (!found_some) return;
  now_.result = before_run_ = project.result;
  std::size_t next = project.undo.size();
  for (std::size_t i = undo_.size(); i-- > 0 && next > 0;) {
    Document& before = undo_[i].document;
    if (before.number == number && before.result && !before.result->partial)
      before.result = project.undo[--next].before;
  }
  use_capture(number, project.capture);
}

const fs::path& Session::project_file() const {
  static const fs::path none;
  const auto saved = saved_.find(now_.number);
  return saved == saved_.end() ? none : saved->second.file;
}

bool Session::is_saved() const {
  const auto saved = saved_.find(now_.number);
  return saved != saved_.end() && !saved->second.file.empty() && saved->second.result == now_.result &&
         saved->second.tapes == now_.tapes;
}

bool Session::has_unsaved_changes() const {
  if (!result_is_complete() || is_saved()) return false;
  return !project_file().empty() || !now_.tapes.empty() || (now_.corrected && now_.result != written_);
}

std::optional<Look> Session::take_opened_look() {
  return std::exchange(opened_look_, std::nullopt);
}

}  // namespace ahap
