#pragma once

#include <filesystem>
#include <functional>
#include <map>
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

// One camera of the capture at the chosen moment, as far as its small picture is known.
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

  // Opens what was dropped or passed; the first moment is run as soon as that has worked.
  void open(std::vector<std::filesystem::path> inputs);
  // Reconstructs the chosen moment with the present options.
  void run();
  void stop() { job_.stop(); }
  void choose_moment(int moment);
  // Writes the result into a folder (ResultsFolder); a notice tells the end.
  void write(const std::filesystem::path& folder, const ExportSelection& selection);
  // Runs something slow that touches files, with a notice when it has gone wrong (or, if not empty, what it
  // returns).
  void in_background(std::function<std::string()> work);

  // To be called at the start of every frame.
  void update();

  Options options = program_options();

  bool opening() const { return opening_; }
  // Counts the captures that were opened; 0: none yet.
  std::uint64_t capture_number() const { return opened_; }
  const std::optional<Capture>& capture() const { return capture_; }
  const std::string& capture_name() const { return capture_name_; }
  const std::vector<CameraPicture>& pictures() const { return pictures_; }
  int moment() const { return moment_; }
  int moment_count() const { return moment_count_; }

  Job::State run_state() const { return job_.state(); }
  // The newest result of this capture, null before the first; the moment it shows. While a run goes on, what
  // it knows so far, unless a complete result of the same moment is there.
  const std::shared_ptr<const Reconstruction>& result() const { return result_; }
  int result_moment() const { return result_moment_; }
  bool result_is_complete() const { return result_ && !result_->partial; }

  bool writing() const { return writing_ > 0; }
  std::vector<Notice>& notices() { return notices_; }
  void tell(Notice::Kind kind, std::string text);

 private:
  // To the window's thread, run by the next update().
  void deliver(std::function<void()> news);
  void opened(Capture capture, std::string name);
  void request_thumbnails();

  ReconstructViews reconstruct_;
  std::function<void()> wake_;

  bool opening_ = false;
  std::uint64_t asked_ = 0;   // how often open was called; news of earlier calls are dropped
  std::uint64_t opened_ = 0;  // how often it has worked
  std::optional<Capture> capture_;
  std::string capture_name_;
  std::shared_ptr<MomentReader> reader_;  // used by the run only
  std::vector<CameraPicture> pictures_;
  std::uint64_t thumbnails_number_ = 0;
  int revision_ = 0;
  int moment_ = 0;
  int moment_count_ = 0;

  std::shared_ptr<const Reconstruction> result_;
  std::shared_ptr<const Reconstruction> of_earlier_capture_;
  int result_moment_ = 0;
  int run_moment_ = 0;
  Job::Phase phase_before_ = Job::Phase::idle;

  int writing_ = 0;
  std::vector<Notice> notices_;

  std::mutex mutex_;
  std::vector<std::function<void()>> inbox_;        // guarded by mutex_
  std::map<const Reconstruction*, int> moment_of_;  // of complete results; guarded by mutex_

  // Last: these threads end before everything that they use.
  TaskThread reading_;
  TaskThread files_;
  Job job_;
};

}  // namespace ahap
