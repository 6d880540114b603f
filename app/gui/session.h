#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/gui/compared_methods.h"
#include "app/gui/frame_range.h"
#include "app/gui/job.h"
#include "app/gui/look.h"
#include "app/gui/task_thread.h"
#include "app/program_options.h"
#include "reconstruction/capture/capture.h"
#include "reconstruction/capture/views.h"
#include "reconstruction/corrections.h"
#include "reconstruction/export/exporters.h"
#include "reconstruction/frame_sequence.h"
#include "reconstruction/project/project.h"
#include "reconstruction/reconstruct.h"

namespace ahap {

// Something to tell, shown in the window until it is dismissed.
struct Notice {
  enum class Kind { info, warning, error };
  Kind kind = Kind::info;
  std::string text;
  std::filesystem::path place;  // a file or folder that it is about and that can be opened; empty: none
};

// One camera of the capture, as far as its small picture is known.
struct CameraPicture {
  Image thumbnail;      // empty until it is decoded
  int frame = -1;       // of the capture, that it shows
  int revision = 0;     // never the same for two pictures; 0: not looked at yet
  std::string problem;  // why there is none, one sentence; empty when all is well
};

// How photos that may be either are meant.
enum class PhotosAre { views_of_one_moment, frames_of_one_camera, neither };

// Photos that may be views of one moment or frames of one camera (may_be_frames).
struct PhotosQuestion {
  std::string name;  // of what was opened
  int count = 0;
  std::vector<Image> pictures;  // the first of them, small
};

// What is being worked on: the capture, the run, its result. Knows no window and no OpenGL. Every member
// belongs to the window's thread and returns at once: reading, reconstructing and writing happen on threads
// of their own, and update() takes in what they have finished.
class Session {
 public:
  // reconstruct() with the models behind it; called on a worker.
  using ReconstructViews = std::function<std::shared_ptr<const Reconstruction>(
      const std::vector<View>&, const Options&, const Progress&)>;
  // The same for a range of frames, read one by one.
  using ReconstructRange = std::function<std::shared_ptr<const Reconstruction>(
      const FrameSequence&, const Options&, const Progress&)>;

  // Without `reconstruct_range` single frames can be run only.
  Session(ReconstructViews reconstruct, ReconstructRange reconstruct_range, std::function<void()> wake);
  ~Session();

  // Opens what was dropped or passed; the first frame is run as soon as that has worked. A project is shown
  // as it was saved, a folder of results as it was exported, and nothing is run.
  void open(std::vector<std::filesystem::path> inputs);
  // What open() wants to know before it goes on; nothing: there is no question.
  const std::optional<PhotosQuestion>& question() const { return question_; }
  // `neither`: nothing is opened.
  void answer(PhotosAre photos);
  // More photos or videos beside those of the capture. The result stays until the next run, which follows at
  // once where the capture has one frame. A notice tells what does not go together.
  void add(std::vector<std::filesystem::path> files);
  // Whether the next runs take a camera of the capture; the last one stays in use.
  bool uses(int camera) const { return !now_.unused.contains(camera); }
  void use(int camera, bool used);
  // An autosave, as work that is not saved.
  void restore(const std::filesystem::path& autosave) { open_project(autosave, ProjectKind::autosave); }
  // Reconstructs to_run() with the present options.
  void run();
  // What the next runs do with the intrinsics and poses of the capture's calibration.
  void use_known_cameras(KnownUse use);
  // Reconstructs the shown frame alone.
  void run_shown();
  void stop() { job_.stop(); }

  // Runs these methods on the shown frame, one after the other, with the present options. Those that are done
  // are in compared_methods(), also when the rest is stopped; one that fails is there with its reason. The
  // results are brought beside the one that was shown, else the first (motion_along_floor), and the first is
  // shown. Undo brings back what was there before.
  void compare(std::vector<Method> methods);
  const ComparedMethods& compared_methods() const { return now_.methods; }
  // What is being compared now; empty: nothing. The first compared_count() of them are done.
  const std::vector<Method>& comparing() const { return comparing_; }
  std::size_t compared_count() const { return compared_; }
  void choose_reference(int index);  // of compared_methods(): the others are measured from it
  // Turns to the result of one of them. What was done to the one that was shown stays with it.
  void show_method(int index);
  bool can_show_method(int index) const;
  void show_next_method(int direction);  // 1 or -1, round and round
  // Index of the method that has made this result, as it is now; -1: none of them.
  int method_of(const Reconstruction* result) const;

  // Shows this frame at once; its pictures follow when they are decoded.
  void choose_frame(int frame);
  // For playing, called again and again with the frame that is due: shows a frame together with its pictures,
  // and without them when they take too long. Frames that are over before they can be decoded are left out.
  void play_to(int frame);

  // Frames to reconstruct at once; nothing: the shown one alone. Beyond the capture is its end.
  const std::optional<FrameRange>& range() const { return now_.range; }
  void choose_range(std::optional<FrameRange> range);
  // Moves one end of the range; the other one is the capture's where there was no range or it would end
  // before it begins.
  void begin_range(int frame);
  void end_range(int frame);
  // By how much a camera began later than the reference, as somebody says it, seconds; nothing: a run on a
  // range finds it.
  std::optional<double> offset(int camera) const;
  void set_offset(int camera, std::optional<double> seconds);
  bool can_run_ranges() const { return reconstruct_range_ && frame_count() > 1; }
  FrameRange to_run() const;
  // What is being reconstructed; nothing while no run goes on.
  std::optional<FrameRange> running() const;

  // Corrects the result: new ids of all detections of the shown frame (corrections.h), or other decisions.
  // What is locked outlasts the next run on the frame. `what` is how undo calls it, "Merge Person 3 into
  // Person 1". correct() and decide() only where can_correct().
  void correct(std::string what, std::vector<int> person_ids);
  void decide(std::string what, Decisions decisions);
  void rename(int person_id, const std::string& name);
  void lock(std::string what, const std::vector<int>& detections, bool locked);
  bool can_correct() const;
  // Whether names, scale and tapes can be changed: the result is complete, and no run goes on.
  bool can_edit() const { return result_is_complete() && !job_.state().active(); }
  // Results of one frame alone have locks.
  bool can_lock() const { return can_edit() && now_.result->frames.size() == 1; }
  // Multiplies the whole world of the result (scaled_world.h), the tapes with it.
  void rescale(std::string what, double factor);
  // Brings the result into another world of the same size (moved_world.h), the tapes with it.
  void move_world(std::string what, const Eigen::Isometry3d& new_from_old);
  // Distances that are measured in the result; another run's result begins without any.
  const std::vector<Tape>& tapes() const { return now_.tapes; }
  void change_tapes(std::string what, std::vector<Tape> tapes);
  // People whose bodies are not shown; ids. They mean nobody in the first results of a run on another frame.
  const std::set<int>& hidden_people() const;
  void hide(std::string what, std::set<int> people);
  // Corrections, hiding, runs and opened captures can be undone as long as memory allows. Not while a run
  // goes on.
  void undo();
  void redo();
  // Result or tapes differ from the project file; without one, it was corrected and is not exported since, or
  // there are tapes.
  bool has_unsaved_changes() const;
  bool is_saved() const;  // all of it, in the project file
  // What undo() and redo() would take back and bring back; empty: nothing.
  std::string undoable() const;
  std::string redoable() const;

  // Writes the work into a project file, which becomes its place; a notice tells why that failed.
  void save(const std::filesystem::path& file, const Look& look, Image thumbnail);
  bool saving() const { return saving_ > 0; }
  int saves() const { return saves_; }  // how many have worked
  // Of the work, empty: it was never saved.
  const std::filesystem::path& project_file() const;
  // The work as a value. Needs a capture.
  Project project(const Look& look) const;
  // How an opened project was looked at, once.
  std::optional<Look> take_opened_look();
  // The files of an opened project that are not where they were.
  const std::vector<std::filesystem::path>& missing_sources() const { return now_.missing; }
  // Looks for all of its files there, too.
  void find_sources_in(const std::filesystem::path& folder);
  bool looking_for_sources() const { return looking_for_sources_; }

  // Writes the result, or what `part` makes of it on another thread, into a folder (ResultsFolder); a notice
  // tells the end.
  using Part = std::function<std::shared_ptr<const Reconstruction>(const Reconstruction&)>;
  void write(const std::filesystem::path& folder, const ExportSelection& selection, Part part = {});
  // Whether the result is a run's on a range, whose motion can be shown as smoothed or frame by frame.
  bool can_switch_smoothing() const;
  bool motion_is_smooth() const { return now_.result == smooth_motion_; }
  void switch_smoothing();
  // Runs something slow that touches files; what it returns is told when it has a text, and what has gone
  // wrong.
  void in_background(std::function<Notice()> work);

  // To be called at the start of every frame.
  void update();

  Options options = program_options();
  std::size_t undo_memory = std::size_t(1) << 30;  // bytes that results in undo may take

  bool opening() const { return opening_; }
  // Another for each capture that was opened; 0: none yet.
  std::uint64_t capture_number() const { return now_.number; }
  const std::optional<Capture>& capture() const { return now_.capture; }
  const std::string& capture_name() const { return now_.name; }
  const std::vector<CameraPicture>& pictures() const { return now_.pictures; }
  // The frame of the capture that is shown.
  int frame() const { return now_.frame; }
  int frame_count() const { return now_.capture ? now_.capture->frame_count() : 0; }
  // Of its videos; 0 where there are none or they do not tell.
  double frames_per_second() const;
  // The pictures are those of the shown frame.
  bool pictures_are_here() const { return pictures_of_ == now_.frame; }
  // Changes whenever a picture does.
  int pictures_revision() const { return revision_; }

  Job::State run_state() const { return job_.state(); }
  // The newest result of this capture, null before the first. While a run goes on, what it knows so far,
  // unless a complete result of the same frames is there.
  const std::shared_ptr<const Reconstruction>& result() const { return now_.result; }
  // The shown frame as an index into the result's, -1: the result does not have it.
  int result_frame() const;
  // In a result of several frames the last one of them up to `frame`; `frame` itself beyond them.
  int reconstructed_before(int frame) const;
  bool result_is_complete() const { return now_.result && !now_.result->partial; }

  bool writing() const { return writing_ > 0; }
  std::vector<Notice>& notices() { return notices_; }
  void tell(Notice notice);
  void tell(Notice::Kind kind, std::string text) { tell(Notice{kind, std::move(text), {}}); }

 private:
  void tell_problems(const std::vector<Problem>& problems);
  void ask(Capture capture, PhotosQuestion question);
  // To the window's thread, run by the next update().
  void deliver(std::function<void()> news);
  // `in_one`: all of its frames are to be run as a range.
  void opened(Capture capture, std::string name, bool in_one);
  // A reader for the run, without unused cameras, and one for the pictures, as the present options use the
  // capture's calibration.
  std::pair<std::shared_ptr<FrameReader>, std::shared_ptr<FrameReader>> readers_of(
      const Capture& capture) const;
  void added(Capture capture);
  // What was worked on goes to undo, which calls the step `what`.
  void begin_document(std::string what, std::string name, Capture capture);
  enum class ProjectKind { saved, autosave, results };
  void open_project(const std::filesystem::path& file, ProjectKind kind);
  void load_project(const std::filesystem::path& file, ProjectKind kind, std::uint64_t number, Options chosen,
                    const Progress& progress);
  void look_into_sources(const Project& project, std::uint64_t number, const Progress& progress);
  void project_opened(const Project& project, ProjectKind kind, const Options& chosen,
                      const std::vector<std::filesystem::path>& missing);
  void sources_found(const Project& project, std::uint64_t number,
                     const std::vector<std::filesystem::path>& missing);
  void use_capture(std::uint64_t number, const Capture& capture);
  void run(const FrameRange& range);
  void run_frame(int frame);
  void run_range(const FrameRange& range);
  // Gives a new result of a frame what was decided about it for good.
  std::function<std::shared_ptr<const Reconstruction>(std::shared_ptr<const Reconstruction>, const Progress&)>
  keeping_decisions(int frame);
  void request_pictures(int frame);
  std::function<Image(std::size_t camera, int side)> pictures_in_result(int frame) const;
  // Of successive cameras from `first` on.
  void take_pictures(std::size_t first, std::vector<CameraPicture> pictures);
  void show_frame(int frame);

  // What is worked on, and what undo brings back.
  struct Document {
    std::uint64_t number = 0;  // of the capture
    std::optional<Capture> capture;
    std::string name;
    std::map<std::filesystem::path, ProjectSource> sources;  // its files, as far as they are known
    std::vector<std::filesystem::path> missing;              // of them
    // Null until the videos of an opened project are read through.
    std::shared_ptr<FrameReader> reader;          // used by the run only
    std::shared_ptr<FrameReader> picture_reader;  // used for the pictures only
    std::vector<CameraPicture> pictures;
    int frame = 0;
    std::optional<FrameRange> range;
    std::vector<std::optional<double>> offsets;  // of cameras, by hand; seconds
    std::shared_ptr<const Reconstruction> result;
    bool corrected = false;  // the result is, by a person
    std::vector<Tape> tapes;
    std::set<int> hidden;  // ids of people
    std::set<int> unused;  // cameras of the capture that runs leave out
    ComparedMethods methods;
  };
  struct Step {
    std::string what;
    Document document;  // before it in undo_, after it in redo_
  };
  void remember(std::string what, Document before);
  void go_to(std::vector<Step>& from, std::vector<Step>& to);
  void start(std::string what, bool corrects, Job::Run run);
  void compare(FrameReader& reader, int frame, const std::vector<Method>& methods, const Options& chosen,
               std::shared_ptr<const Reconstruction> world, std::uint64_t number, const Progress& progress);
  void take_method(int frame, int views, const Method& method, MethodRun run);
  void take_up(int index);  // the result of this method is worked on
  // The method that is worked on keeps what the document has; none is worked on then.
  void put_back_method(const Document& document);
  void tell_that_videos_are_read();
  void take_results();

  ReconstructViews reconstruct_;
  ReconstructRange reconstruct_range_;
  std::function<void()> wake_;

  bool opening_ = false;
  std::uint64_t asked_ = 0;   // how often open was called; news of earlier calls are dropped
  std::uint64_t opened_ = 0;  // how often it has worked
  Document now_;
  std::vector<Step> undo_, redo_;
  std::optional<PhotosQuestion> question_;
  Capture questioned_;  // what it is about

  struct Saved {
    std::filesystem::path file;                    // empty: not yet
    std::shared_ptr<const Reconstruction> result;  // that is in it
    std::vector<Tape> tapes;                       // likewise
  };
  std::map<std::uint64_t, Saved> saved_;  // by the number of the capture
  std::uint64_t opened_project_ = 0;      // number of the last one's capture
  std::optional<Look> opened_look_;
  bool looking_for_sources_ = false;
  int saving_ = 0, saves_ = 0;
  int revision_ = 0;

  int pictures_of_ = -1;        // the frame whose pictures were decoded last, -1: none
  int pictures_asked_ = -1;     // the frame whose pictures were asked for last
  std::optional<int> awaited_;  // shown as soon as its pictures are here
  std::chrono::steady_clock::time_point shown_since_, asked_since_;

  // The run under way or the last one: what undo will call it, and the complete result it began with.
  std::string run_name_;
  bool run_corrects_ = false;
  Eigen::Affine3d run_motion_ = Eigen::Affine3d::Identity();  // what it does to places of the world
  FrameRange run_range_;
  std::shared_ptr<const Reconstruction> before_run_;
  std::shared_ptr<const Reconstruction> taken_;                       // from the job, the newest
  std::shared_ptr<const Reconstruction> written_;                     // the last one
  std::shared_ptr<const Reconstruction> raw_motion_, smooth_motion_;  // of the last run on a range
  Job::Phase phase_before_ = Job::Phase::idle;
  std::vector<Method> comparing_;
  std::size_t compared_ = 0;
  std::uint64_t comparison_ = 0;  // how often methods were compared; news of earlier times are dropped

  int writing_ = 0;
  std::vector<Notice> notices_;

  std::mutex mutex_;
  std::vector<std::function<void()>> inbox_;  // guarded by mutex_

  // Last: these threads end before everything that they use.
  TaskThread reading_;
  TaskThread decoding_;
  TaskThread files_;
  Job job_;
};

}  // namespace ahap
