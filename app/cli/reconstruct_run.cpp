#include "app/cli/reconstruct_run.h"

#include <algorithm>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <numeric>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "app/interrupt.h"
#include "app/run_inputs.h"
#include "reconstruction/capture/calibrated_capture.h"
#include "reconstruction/capture/capture.h"
#include "reconstruction/capture/film_writer.h"
#include "reconstruction/capture/one_camera.h"
#include "reconstruction/capture/views.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/motion/observation_file.h"
#include "reconstruction/motion/one_frame.h"
#include "reconstruction/motion/smoothing.h"
#include "reconstruction/results/output_file.h"
#include "reconstruction/results/results_folder.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr FrameSelection kFirstFrame = {.first = 0, .end = 1};

std::vector<int> frames_of(const Capture& capture, const FrameSelection& range) {
  const int count = capture.frame_count();
  const int end = range.end < 0 ? count : std::min(range.end, count);
  std::vector<int> frames;
  for (int frame = range.first; frame < end; frame += range.step) frames.push_back(frame);
  if (frames.empty()) {
    throw std::runtime_error("the capture has " + std::to_string(count) +
                             " frames, counted from 0; --frames asks for none of them");
  }
  return frames;
}

std::string frame_folder(int frame) {
  std::ostringstream name;
  name << "frame_" << std::setw(6) << std::setfill('0') << frame;
  return name.str();
}

double total_seconds(const Reconstruction& reconstruction) {
  return std::accumulate(reconstruction.timings.begin(), reconstruction.timings.end(), 0.0,
                         [](double sum, const StageTiming& timing) { return sum + timing.seconds; });
}

int views_of(const BodyInFrame& body, const ReconstructedFrame& frame) {
  std::vector<int> views;
  for (const int detection : body.detections) views.push_back(frame.detections[detection].view);
  std::sort(views.begin(), views.end());
  return int(std::unique(views.begin(), views.end()) - views.begin());
}

// The floor is y = 0, so a person stands at (x, z).
std::pair<float, float> place_of(const BodyInFrame& body) {
  if (body.joints.empty()) return {body.transl.x(), body.transl.z()};
  return {body.joints[0].x(), body.joints[0].z()};
}

std::string plural(std::size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

void say_timings(const Reconstruction& reconstruction, TerminalProgress& terminal) {
  for (const StageTiming& timing : reconstruction.timings) {
    std::ostringstream row;
    row << "  " << std::left << std::setw(24) << timing.stage << std::right << std::fixed
        << std::setprecision(3) << std::setw(9) << timing.seconds << " s";
    terminal.say(row.str());
  }
}

json timings_of(const Reconstruction& reconstruction) {
  json timings = json::object();
  for (const StageTiming& timing : reconstruction.timings) timings[timing.stage] = timing.seconds;
  return timings;
}

json messages_of(const Reconstruction& reconstruction) {
  json messages = json::array();
  for (const std::string& sentence : reconstruction.messages) messages.push_back(readable(sentence));
  return messages;
}

void say_summary(const Reconstruction& reconstruction, int frame, const fs::path& folder,
                 TerminalProgress& terminal) {
  const ReconstructedFrame& seen = reconstruction.frames.at(frame);
  const std::vector<PersonInFrame> people = people_in(reconstruction, frame);
  std::ostringstream head;
  head << plural(reconstruction.views.size(), "view", "views") << ", "
       << plural(people.size(), "person", "people") << ", " << plural(seen.points->size(), "point", "points")
       << " in " << std::fixed << std::setprecision(2) << total_seconds(reconstruction) << " s (model "
       << reconstruction.model_name << ", association " << reconstruction.association_method << ") -> "
       << folder.string();
  terminal.say(head.str());
  if (!people.empty()) terminal.say("  person   height   x, z on the floor   views   position");
  for (const auto& [person, body] : people) {
    const auto [x, z] = place_of(body);
    std::ostringstream row;
    row << std::fixed << std::setprecision(2) << std::setw(8) << person.id << std::setw(7) << person.height
        << " m" << std::setw(10) << x << ", " << std::setw(6) << z << " m" << std::setw(8)
        << views_of(body, seen) << "   " << (body.triangulated ? "triangulated" : "from one view");
    terminal.say(row.str());
  }
  for (const std::string& sentence : reconstruction.messages) terminal.say("  note: " + sentence);
  if (terminal.verbose()) say_timings(reconstruction, terminal);
}

json summary(const Reconstruction& reconstruction, int frame, const fs::path& folder) {
  const ReconstructedFrame& seen = reconstruction.frames.at(frame);
  json people = json::array();
  for (const auto& [person, body] : people_in(reconstruction, frame)) {
    const auto [x, z] = place_of(body);
    people.push_back({{"id", person.id},
                      {"height", person.height},
                      {"floor_position", {x, z}},
                      {"views", views_of(body, seen)},
                      {"triangulated", body.triangulated}});
  }
  return {{"frame", seen.number},
          {"folder", lossless_utf8(fs::absolute(folder).lexically_normal().string())},
          {"views", reconstruction.views.size()},
          {"points", seen.points->size()},
          {"people", people},
          {"association", reconstruction.association_method},
          {"model", reconstruction.model_name},
          {"seconds", total_seconds(reconstruction)},
          {"timings", timings_of(reconstruction)},
          {"messages", messages_of(reconstruction)}};
}

const char* text_of(KnownUse use) {
  return use == KnownUse::fixed ? "fixed" : use == KnownUse::start ? "as a start" : "ignored";
}

// The capture with the cameras that the request knows, as far as it does not ignore them.
Capture open_requested(const ReconstructRequest& request, const Progress& progress,
                       TerminalProgress& terminal) {
  Capture capture = open_capture(request.inputs, progress);
  if (!request.known_cameras.empty()) use_calibration(capture, request.known_cameras);
  if (capture.calibration.empty()) return capture;
  const auto known = std::count_if(capture.cameras.begin(), capture.cameras.end(),
                                   [](const CaptureCamera& camera) { return camera.known != nullptr; });
  const KnownCameraOptions& options = request.options.known_cameras;
  terminal.say("note: " + std::to_string(known) + " of " +
               plural(capture.cameras.size(), "camera", "cameras") + " known from " +
               capture.calibration.string() + ": intrinsics " + text_of(options.intrinsics) + ", poses " +
               text_of(options.poses));
  return without_ignored(std::move(capture), options);
}

void say_problems(const std::vector<Problem>& problems, TerminalProgress& terminal) {
  for (const Problem& problem : problems) terminal.say("note: " + message(problem));
}

// The name of a file beside `file` for one of several frames.
fs::path for_frame(const fs::path& file, int frame, bool several) {
  if (!several || file.empty()) return file;
  return file.parent_path() / (file.stem().string() + "_" + frame_folder(frame) + file.extension().string());
}

// Where the results of one frame go.
struct Outputs {
  fs::path folder, picture, turntable, tensors;  // the files may be empty

  std::vector<fs::path> files() const { return {picture, turntable, tensors}; }
};

Outputs outputs_of(const ReconstructRequest& request, int frame, bool several) {
  return {several ? request.output / frame_folder(frame) : request.output,
          for_frame(request.picture, frame, several), for_frame(request.turntable, frame, several),
          for_frame(request.options.dump_tensors, frame, several)};
}

// Throws a sentence where a frame's outputs would take the place of an input, of each other, or of a file
// that is not this program's.
void require_free(const Outputs& outputs, const ReconstructRequest& request, const InputFiles& inputs,
                  TerminalProgress& terminal) {
  const auto is_result = [&](const std::string& path) { return is_export_name(path, request.exports); };
  require_different(outputs.files());
  for (const fs::path& file : outputs.files()) {
    if (file.empty()) continue;
    inputs.require_kept(file);
    const fs::path inside =
        fs::weakly_canonical(file).lexically_relative(fs::weakly_canonical(outputs.folder));
    if (is_result(inside.generic_string()))
      throw std::runtime_error(file.string() + ": is the name of one of the results; choose another one");
  }
  if (!fs::is_directory(outputs.folder)) return;
  const ResultsFolder folder(outputs.folder);
  for (const std::string& note : folder.notes()) terminal.say("note: " + note);
  folder.require_replaceable(is_result);
}

// Throws a sentence where the picture and the film cannot be made.
void require_drawings(const Outputs& outputs, const PictureOptions& options) {
  if (!outputs.picture.empty()) {
    require_picture_size(options.width, options.height);
    require_writable(outputs.picture);
  }
  if (outputs.turntable.empty()) return;
  require_film(options.width, options.height,
               options.film_seconds > 0 ? film_frames(options.film_seconds, kTurntableRate) : 2);
  require_film_place(outputs.turntable);
}

void make_film(const Reconstruction& reconstruction, const fs::path& file, const ReconstructTools& tools,
               TerminalProgress& terminal) {
  const std::string note = tools.film(reconstruction, file, terminal.progress());
  if (!note.empty()) terminal.say("note: " + note);
}

void say_range(const Reconstruction& range, const fs::path& folder, TerminalProgress& terminal) {
  std::ostringstream head;
  head << plural(range.views.size(), "view", "views") << ", "
       << plural(range.frames.size(), "frame", "frames") << ", "
       << plural(range.people.size(), "person", "people") << ", "
       << plural(range.frames.front().points->size(), "point", "points") << " in " << std::fixed
       << std::setprecision(2) << total_seconds(range) << " s (model " << range.model_name << ") -> "
       << folder.string();
  terminal.say(head.str());
  if (!range.people.empty()) terminal.say("  person   height   frames   triangulated   first to last frame");
  for (const Person& person : range.people) {
    if (person.bodies.empty()) continue;
    std::ostringstream row;
    row << std::fixed << std::setprecision(2) << std::setw(8) << person.id << std::setw(7) << person.height
        << " m" << std::setw(9) << person.bodies.size() << std::setw(15)
        << std::count_if(person.bodies.begin(), person.bodies.end(),
                         [](const BodyInFrame& body) { return body.triangulated; })
        << std::setw(12) << range.frames[person.bodies.front().frame].number << " to "
        << range.frames[person.bodies.back().frame].number;
    terminal.say(row.str());
  }
  for (const std::string& sentence : range.messages) terminal.say("  note: " + sentence);
  if (terminal.verbose()) say_timings(range, terminal);
}

json offsets_of_cameras(const Reconstruction& range) {
  json cameras = json::array();
  for (const ReconstructedView& view : range.views) {
    const CameraOffset& offset = view.time_offset;
    const bool known = offset.source != CameraOffset::Source::none;
    cameras.push_back({{"name", lossless_utf8(view.name)},
                       {"offset", known ? json(offset.seconds) : json()},
                       {"offset_source", source_name(offset.source)}});
  }
  return cameras;
}

json range_summary(const Reconstruction& range, const fs::path& folder) {
  json people = json::array();
  for (const Person& person : range.people) {
    if (person.bodies.empty()) continue;
    people.push_back({{"id", person.id},
                      {"height", person.height},
                      {"frames", person.bodies.size()},
                      {"first_frame", range.frames[person.bodies.front().frame].number},
                      {"last_frame", range.frames[person.bodies.back().frame].number}});
  }
  return {{"first_frame", range.frames.front().number},
          {"last_frame", range.frames.back().number},
          {"count", range.frames.size()},
          {"frame_rate", frame_rate(range)},
          {"folder", lossless_utf8(fs::absolute(folder).lexically_normal().string())},
          {"views", range.views.size()},
          {"cameras", offsets_of_cameras(range)},
          {"points", range.frames.front().points->size()},
          {"people", people},
          {"model", range.model_name},
          {"seconds", total_seconds(range)},
          {"timings", timings_of(range)},
          {"messages", messages_of(range)}};
}

json told(const std::vector<Problem>& problems) {
  json list = json::array();
  for (const Problem& problem : problems)
    list.push_back({{"path", lossless_utf8(problem.path.string())}, {"problem", readable(problem.sentence)}});
  return list;
}

// The reconstruction of a range, whose observations are kept in a file until they are not needed any more.
class KeptRange {
 public:
  KeptRange(const ReconstructRequest& request, const Capture& capture, const std::vector<int>& frames,
            TerminalProgress& terminal)
      : options_(request.options),
        file_(observations_file(request.output)),
        last_frame_(frames.back()),
        in_batch_(request.in_batch),
        terminal_(terminal) {
    options_.range.offsets = offsets_of(capture, request.offsets);
    options_.range.observations = file_;
    options_.range.terms = observation_terms(capture, frames, request.options);
    if (!in_batch_) {
      options_.range.finish_requested = [this] {
        interrupt_.arm();
        return interrupt_.finish_requested();
      };
    }
    options_.range.resume = goes_on(request.resume);
  }

  std::shared_ptr<const Reconstruction> run(const ReconstructTools::ReconstructRange& range,
                                            const FrameSequence& sequence) {
    Progress progress = terminal_.progress();
    progress.report = [this, report = progress.report](const std::string& stage, double fraction) {
      if (interrupt_.finish_requested() && !std::exchange(told_, true))
        terminal_.say("finishing with the frames that are done; Ctrl-C again ends at once");
      report(stage, fraction);
    };
    const auto result = range(sequence, options_, progress);
    is_whole_ = !interrupt_.finish_requested() || result->frames.back().number == last_frame_;
    return result;
  }

  // The result is written.
  void end() {
    std::error_code ignored;
    if (is_whole_)
      fs::remove(file_, ignored);
    else
      say_how_to_go_on();
  }

  void say_how_to_go_on() {
    if (is_observation_file(file_))
      terminal_.say("note: the same command " + std::string(in_batch_ ? "" : "with --resume ") +
                    "goes on from the frames that are done, in " + file_.string());
  }
  bool is_whole() const { return is_whole_; }

 private:
  // Whether the run begins with what the file holds. Throws a sentence, before models load, where it may not.
  bool goes_on(bool resume) {
    if (!fs::exists(file_)) {
      if (resume)
        terminal_.say("note: no run before this one has left " + file_.string() + "; this one begins anew");
      return false;
    }
    if (resume) {
      read_observations(file_, options_.range.terms);
      return true;
    }
    if (!is_observation_file(file_))
      throw std::runtime_error(file_.string() + " is in the way: a run keeps there what it observes");
    if (in_batch_ && is_of_this_request()) return true;
    terminal_.say("note: this run begins anew, and replaces what an earlier one has left in " +
                  file_.string() + (in_batch_ ? "" : "; --resume goes on from there"));
    return false;
  }

  bool is_of_this_request() const {
    try {
      read_observations(file_, options_.range.terms);
      return true;
    } catch (const std::runtime_error&) {
      return false;
    }
  }

  Options options_;
  fs::path file_;
  int last_frame_;
  bool in_batch_;
  TerminalProgress& terminal_;
  FinishOnInterrupt interrupt_;
  bool told_ = false, is_whole_ = true;
};

ReconstructTools::Runs load_models(const ReconstructRequest& request, const ReconstructTools& tools,
                                   const Progress& progress) {
  if (!request.in_batch) step(progress, "load model", 0);  // a batch has loaded them before
  return tools.load();
}

ReconstructSummary run_range(const ReconstructRequest& request, const ReconstructTools& tools,
                             const Capture& capture, const std::vector<int>& frames, ResultsFolder& results,
                             TerminalProgress& terminal, std::ostream& out) {
  if (!request.options.dump_tensors.empty())
    throw std::runtime_error("--dump-tensors is of single frames: give one frame, or --each-frame");
  const Progress progress = terminal.progress();
  std::vector<Problem> problems = capture.problems, found;
  const FrameSequence sequence = frame_sequence(std::make_shared<FrameReader>(capture), frames,
                                                [&](const Problem& problem) { found.push_back(problem); });
  KeptRange kept(request, capture, frames, terminal);
  std::vector<std::string> notes;
  Reconstruction range;
  try {
    range = with_smooth_motion(*kept.run(load_models(request, tools, progress).range, sequence),
                               {.strength = request.smoothing});
    const std::vector<View> views = sequence.read(range.frames.front().number, progress);
    say_problems(found, terminal);
    problems.insert(problems.end(), found.begin(), found.end());
    step(progress, "write", 0);
    if (!request.picture.empty()) tools.draw(one_frame(range, 0), request.picture);
    if (!request.turntable.empty()) make_film(range, request.turntable, tools, terminal);
    results.put([&](const fs::path& staging) {
      notes = write_range(range, staging, request.exports, views);
      step(progress, "write", 1);
    });
  } catch (...) {
    kept.say_how_to_go_on();
    throw;
  }
  say_range(range, request.output, terminal);
  for (const std::string& note : notes) terminal.say("  note: " + note);
  kept.end();
  terminal.clear();
  if (request.json) {
    json summary = range_summary(range, request.output);
    summary["stopped_early"] = !kept.is_whole();
    out << json{{"range", summary}, {"problems", told(problems)}}.dump(2) << std::endl;
  }
  return {int(range.views.size()), int(range.people.size())};
}

// What is of several frames as one result and was asked of single frames.
void require_of_single_frames(const ReconstructRequest& request) {
  const ExportSelection& exports = request.exports;
  if (!exports.ply && !exports.obj && !exports.glb && !exports.colmap && !exports.npz && !exports.json)
    throw std::runtime_error(
        "--export names only formats of several frames as one result, and single frames are reconstructed; "
        "choose --frames, or another format");
  if (request.resume || !request.offsets.empty())
    throw std::runtime_error(
        "--resume and --offsets are of several frames as one result: choose --frames, and a model that can");
}

}  // namespace

FrameSelection parse_frames(const std::string& text) {
  static const std::regex one("(\\d{1,9})"), several("(\\d{1,9})?:(\\d{1,9})?(?::(\\d{1,9})?)?");
  std::smatch parts;
  FrameSelection range;
  if (std::regex_match(text, parts, one)) {
    range.first = std::stoi(parts[1]);
    range.end = range.first + 1;
    return range;
  }
  if (!std::regex_match(text, parts, several)) {
    throw std::invalid_argument("'" + text + "' is not A:B:STEP, as 0:100:10, or one frame, as 12");
  }
  if (parts[1].matched) range.first = std::stoi(parts[1]);
  if (parts[2].matched) range.end = std::stoi(parts[2]);
  if (parts[3].matched) range.step = std::stoi(parts[3]);
  if (range.step == 0) throw std::invalid_argument("the step in '" + text + "' is 0");
  return range;
}

ReconstructSummary run_reconstruct(const ReconstructRequest& request, const ReconstructTools& tools,
                                   TerminalProgress& terminal, std::ostream& out) {
  // Everything that can be known to fail is tried before anything is computed.
  const Progress progress = terminal.progress();
  Capture capture = open_requested(request, progress, terminal);
  say_problems(capture.problems, terminal);
  const bool one_camera = tools.takes_one_camera && tools.takes_one_camera();
  if (one_camera) capture = as_one_camera(std::move(capture));
  const std::vector<int> frames =
      frames_of(capture, request.frames.value_or(one_camera ? FrameSelection() : kFirstFrame));
  const bool as_one = frames.size() > 1 && !request.each_frame && tools.has_ranges && tools.has_ranges();
  const bool several = frames.size() > 1 && !as_one;
  if (!as_one) require_of_single_frames(request);
  InputFiles inputs;
  add_capture(inputs, capture, request.inputs);
  add_model(inputs, request.options.load.model);
  for (const int frame : frames) {
    require_free(outputs_of(request, frame, several), request, inputs, terminal);
    if (!several) break;
  }
  ResultsFolder results(request.output);
  require_drawings(outputs_of(request, frames[0], several), request.picture_options);
  if (!request.options.dump_tensors.empty()) {
    require_writable(for_frame(request.options.dump_tensors, frames[0], several));
  }
  if (!request.frames && !one_camera && capture.frame_count() > 1) {
    terminal.say("note: the capture has " + std::to_string(capture.frame_count()) +
                 " frames and the first is reconstructed; --frames chooses others");
  }

  if (as_one) return run_range(request, tools, capture, frames, results, terminal, out);
  ReconstructSummary last;
  ReconstructTools::Runs runs;
  FrameReader reader(capture);
  json summaries = json::array();
  std::vector<Problem> problems = capture.problems;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const int frame = frames[i];
    if (several) {
      terminal.begin("frame " + std::to_string(frame) + " (" + std::to_string(i + 1) + " of " +
                     std::to_string(frames.size()) + ")");
    }
    std::vector<Problem> found;
    std::vector<View> views;
    try {
      views = reader.read(frame, &found, progress);
    } catch (const Cancelled&) {
      throw;
    } catch (const std::runtime_error& error) {
      if (!several) throw;
      found.push_back({frame_folder(frame), std::string("is left out: ") + error.what()});
    }
    say_problems(found, terminal);
    problems.insert(problems.end(), found.begin(), found.end());
    if (views.empty()) continue;

    const Outputs outputs = outputs_of(request, frame, several);
    Options options = request.options;
    options.dump_tensors = outputs.tensors;
    if (!runs.frame) runs = load_models(request, tools, progress);
    const auto reconstruction = runs.frame(views, options, progress);
    step(progress, "write", 0);
    if (!outputs.picture.empty()) tools.draw(*reconstruction, outputs.picture);
    if (!outputs.turntable.empty()) make_film(*reconstruction, outputs.turntable, tools, terminal);
    const auto write = [&](const fs::path& staging) {
      write_all(*reconstruction, 0, staging, request.exports, views);
      step(progress, "write", 1);
    };
    if (several)
      ResultsFolder(outputs.folder).put(write);
    else
      results.put(write);
    say_summary(*reconstruction, 0, outputs.folder, terminal);
    summaries.push_back(summary(*reconstruction, 0, outputs.folder));
    last = {int(reconstruction->views.size()), int(people_in(*reconstruction, 0).size())};
  }
  terminal.clear();
  if (summaries.empty()) throw std::runtime_error(message(problems.back()));
  if (request.json) out << json{{"frames", summaries}, {"problems", told(problems)}}.dump(2) << std::endl;
  return last;
}

}  // namespace ahap
