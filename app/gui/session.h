#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/gui/job.h"
#include "app/gui/task_thread.h"
#include "app/program_options.h"
#include "reconstruction/capture/capture.h"
#include "reconstruction/capture/views.h"
#include "reconstruction/export/exporters.h"
#include "reconstruction/reconstruct.h"

namespace ahap {

// Something to tell, shown in the window until it is dismissed.
struct Notice {
  enum class Kind { info, warning, error };
  Kind kind = Kind::info;
  std::string text;
};

// One camera of the capture at the chosen frame, as far as its small picture is known.
struct CameraPicture {
  Image thumbnail;      // empty until it is decoded
  int revision = 0;     // never the same for two pictures; 0: not looked at yet
  std::string problem;  // why there is none, one sentence; empty when all is well
};

// What is being worked on: the capture, the run, its result. Knows no window and no OpenGL. Every member
// belongs to the window's thread and returns at once: reading, reconstructing and writing happen on threads
// of their own, and update() takes in what they have finished.
class Session {
 public:
  // reconstruct() with the models behind it; called on a worker.
  using ReconstructViews = std::function<std::shared_ptr<const Reconstruction>(
      const std::vector<View>&, const Options&, const Progress&)>;

  Session(ReconstructViews reconstruct, std::function<void()> wake);
  ~Session();

  // Opens what was dropped or passed; the first frame is run as soon as that has worked.
  void open(std::vector<std::filesystem::path> inputs);
  // Reconstructs the chosen frame with the present options.
  void run();
  void stop() { job_.stop(); }
  void choose_frame(int frame);

  // Corrects the result: new ids of all detections of the shown frame (corrections.h), or a name. `what` is
  // how undo calls it, "Merge Person 3 into Person 1". Only where can_correct().
  void correct(std::string what, std::vector<int> person_ids);
  void rename(int person_id, const std::string& name);
  bool can_correct() const;
  // Corrections, runs and opened captures can be undone as long as memory allows. Not while a run goes on.
  void undo();
  void redo();
  // The result was corrected and is not exported since.
  bool has_unsaved_corrections() const { return now_.corrected && now_.result != written_; }
  // What undo() and redo() would take back and bring back; empty: nothing.
  std::string undoable() const;
  std::string redoable() const;

  // Writes the result into a folder (ResultsFolder); a notice tells the end.
  void write(const std::filesystem::path& folder, const ExportSelection& selection);
  // Runs something slow that touches files, with a notice when it has gone wrong (or, if not empty, what it
  // returns).
  void in_background(std::function<std::string()> work);

  // To be called at the start of every frame.
  void update();

  Options options = program_options();

  bool opening() const { return opening_; }
  // Another for each capture that was opened; 0: none yet.
  std::uint64_t capture_number() const { return now_.number; }
  const std::optional<Capture>& capture() const { return now_.capture; }
  const std::string& capture_name() const { return now_.name; }
  const std::vector<CameraPicture>& pictures() const { return now_.pictures; }
  int frame() const { return now_.frame; }
  int frame_count() const { return now_.capture ? now_.capture->frame_count() : 0; }

  Job::State run_state() const { return job_.state(); }
  // The newest result of this capture, null before the first. While a run goes on, what it knows so far,
  // unless a complete result of the same frames is there.
  const std::shared_ptr<const Reconstruction>& result() const { return now_.result; }
  // Index into its frames: of the chosen one, or of its first where it does not have that.
  int result_frame() const;
  bool result_is_complete() const { return now_.result && !now_.result->partial; }

  bool writing() const { return writing_ > 0; }
  std::vector<Notice>& notices() { return notices_; }
  void tell(Notice::Kind kind, std::string text);

 private:
  // To the window's thread, run by the next update().
  void deliver(std::function<void()> news);
  void opened(Capture capture, std::string name);
  void request_thumbnails();

  // What is worked on, and what undo brings back.
  struct Document {
    std::uint64_t number = 0;  // of the capture
    std::optional<Capture> capture;
    std::string name;
    std::shared_ptr<FrameReader> reader;  // used by the run only
    std::vector<CameraPicture> pictures;
    int frame = 0;
    std::shared_ptr<const Reconstruction> result;
    bool corrected = false;  // the result is, by a person
  };
  struct Step {
    std::string what;
    Document document;  // before it in undo_, after it in redo_
  };
  void remember(std::string what, Document before);
  void go_to(std::vector<Step>& from, std::vector<Step>& to);
  void start(std::string what, bool corrects, Job::Run run);
  void take_results();

  ReconstructViews reconstruct_;
  std::function<void()> wake_;

  bool opening_ = false;
  std::uint64_t asked_ = 0;   // how often open was called; news of earlier calls are dropped
  std::uint64_t opened_ = 0;  // how often it has worked
  Document now_;
  std::vector<Step> undo_, redo_;
  std::uint64_t thumbnails_number_ = 0;
  int revision_ = 0;

  // The run under way or the last one: what undo will call it, and the complete result it began with.
  std::string run_name_;
  bool run_corrects_ = false;
  std::shared_ptr<const Reconstruction> before_run_;
  std::shared_ptr<const Reconstruction> taken_;    // from the job, the newest
  std::shared_ptr<const Reconstruction> written_;  // the last one
  Job::Phase phase_before_ = Job::Phase::idle;

  int writing_ = 0;
  std::vector<Notice> notices_;

  std::mutex mutex_;
  std::vector<std::function<void()>> inbox_;  // guarded by mutex_

  // Last: these threads end before everything that they use.
  TaskThread reading_;
  TaskThread files_;
  Job job_;
};

}  // namespace ahap
