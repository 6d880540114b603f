// A session's capture beyond what was opened: what is asked about it, more cameras, and cameras that runs
// leave out.

#include <algorithm>
#include <utility>

#include "app/gui/session.h"
#include "app/gui/used_cameras.h"
#include "reconstruction/capture/calibrated_capture.h"
#include "reconstruction/capture/one_camera.h"
#include "reconstruction/formats/error_text.h"

namespace ahap {

namespace {

// What open_capture takes for these cameras: files, and folders of frames.
std::vector<std::filesystem::path> inputs_of(const Capture& capture) {
  std::vector<std::filesystem::path> inputs;
  for (const CaptureCamera& camera : capture.cameras) {
    const auto file = std::find_if(camera.paths.begin(), camera.paths.end(),
                                   [](const std::filesystem::path& path) { return !path.empty(); });
    if (file != camera.paths.end())
      inputs.push_back(camera.kind == CameraKind::image_sequence ? file->parent_path() : *file);
  }
  if (!capture.calibration.empty()) inputs.push_back(capture.calibration);
  return inputs;
}

// -1: it is not there.
int index_of(const CaptureCamera& camera, const Capture& capture) {
  const auto found = std::find_if(capture.cameras.begin(), capture.cameras.end(),
                                  [&](const CaptureCamera& other) { return other.paths == camera.paths; });
  return found == capture.cameras.end() ? -1 : int(found - capture.cameras.begin());
}

// A capture of these cameras and more. Throws a sentence where they do not go together.
Capture with_files(const Capture& before, const std::vector<std::filesystem::path>& files,
                   const Progress& progress) {
  std::vector<std::filesystem::path> inputs = inputs_of(before);
  inputs.insert(inputs.end(), files.begin(), files.end());
  Capture capture = open_capture(inputs, progress);
  const auto is_there = [&](const CaptureCamera& camera) { return index_of(camera, capture) >= 0; };
  const bool all = std::all_of(before.cameras.begin(), before.cameras.end(), is_there);
  if (!all || capture.cameras.size() == before.cameras.size()) {
    const std::string why =
        all && !capture.problems.empty() ? message(capture.problems.back()) : files.front().string();
    throw std::runtime_error(
        why + ": nothing is added; photos go with photos, videos with videos, and each file once");
  }
  return capture;
}

}  // namespace

void Session::ask(Capture capture, PhotosQuestion question) {
  opening_ = false;
  questioned_ = std::move(capture);
  question_ = std::move(question);
}

void Session::answer(PhotosAre photos) {
  if (!question_) return;
  const PhotosQuestion question = *std::exchange(question_, std::nullopt);
  Capture capture = std::exchange(questioned_, {});
  if (photos == PhotosAre::neither) return;
  const bool frames = photos == PhotosAre::frames_of_one_camera;
  opened(frames ? photos_as_sequence(std::move(capture)) : std::move(capture), question.name, false);
}

std::pair<std::shared_ptr<FrameReader>, std::shared_ptr<FrameReader>> Session::readers_of(
    const Capture& capture) const {
  const Capture known = without_ignored(capture, options.known_cameras);
  Capture used = known;
  used.cameras = of_used_cameras(known.cameras, now_.unused);
  return {std::make_shared<FrameReader>(used), std::make_shared<FrameReader>(known)};
}

void Session::add(std::vector<std::filesystem::path> files) {
  if (files.empty() || !now_.capture) return open(std::move(files));
  if (opening_ || job_.state().active())
    return tell(Notice::Kind::info, "More files can be added when the run has ended.");
  opening_ = true;
  reading_.drop_waiting();
  reading_.post(
      [this, files = std::move(files), before = *now_.capture, number = ++asked_](std::stop_token stop) {
        Progress progress;
        progress.stop_requested = [stop] { return stop.stop_requested(); };
        try {
          deliver([this, number, capture = with_files(before, files, progress)]() mutable {
            if (number == asked_) added(std::move(capture));
          });
        } catch (const Cancelled&) {
        } catch (const std::exception& error) {
          deliver([this, number, sentence = error_text(error)] {
            if (number != asked_) return;
            opening_ = false;
            tell(Notice::Kind::error, sentence);
          });
        }
      });
}

// The same work with more cameras: its result is shown until there is another one.
void Session::added(Capture capture) {
  const Document before = now_;
  const std::size_t more = capture.cameras.size() - before.capture->cameras.size();
  begin_document(more == 1 ? "Add a camera" : "Add " + std::to_string(more) + " cameras", before.name,
                 std::move(capture));
  now_.frame = std::min(before.frame, frame_count() - 1);
  choose_range(before.range);
  now_.result = before_run_ = before.result;
  now_.corrected = before.corrected;
  now_.tapes = before.tapes;
  now_.hidden = before.hidden;
  for (int camera = 0; camera < int(before.capture->cameras.size()); ++camera) {
    const int now = index_of(before.capture->cameras[std::size_t(camera)], *now_.capture);
    if (before.unused.contains(camera)) now_.unused.insert(now);
    if (camera < int(before.offsets.size())) set_offset(now, before.offsets[std::size_t(camera)]);
  }
  now_.reader = readers_of(*now_.capture).first;
  if (const auto saved = saved_.find(before.number); saved != saved_.end())
    saved_[now_.number] = {.file = saved->second.file, .result = nullptr, .tapes = {}};
  request_pictures(now_.frame);
  if (frame_count() == 1) run();
}

void Session::use(int camera, bool used) {
  if (!now_.capture || job_.state().active() || uses(camera) == used) return;
  const std::size_t in_use = now_.capture->cameras.size() - now_.unused.size();
  if (!used && in_use == 1) return tell(Notice::Kind::info, "The last camera stays in use.");
  Document before = now_;
  used ? void(now_.unused.erase(camera)) : void(now_.unused.insert(camera));
  if (now_.reader) now_.reader = readers_of(*now_.capture).first;
  remember((used ? "Use " : "Leave out ") + now_.capture->cameras[std::size_t(camera)].name,
           std::move(before));
}

}  // namespace ahap
