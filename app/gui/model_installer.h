#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/gui/task_thread.h"
#include "reconstruction/models/memory_estimate.h"
#include "reconstruction/models/model_choice.h"
#include "reconstruction/models/model_registry.h"

namespace ahap {

// A file that was let go over the window and looks like a part of a model.
struct DroppedModelFile {
  enum class Phase { looking, recognised, placing, placed, refused };
  int number = 0;
  std::filesystem::path file;
  Phase phase = Phase::looking;
  std::optional<ModelFile> found = {};
  double fraction = 0;    // of the copy
  std::string text = {};  // why it was refused or could not be placed; where it is, once placed
};

// The installation of the photo model.
struct ModelInstall {
  enum class Phase { none, running, done, failed };
  Phase phase = Phase::none;
  std::string stage = {};    // "download", ...
  double fraction = 0;       // of the stage
  std::string problem = {};  // why it failed, one sentence
  bool running() const { return phase == Phase::running; }
};

// What the window knows of models. Knows no window and no OpenGL. Every member belongs to the window's thread
// and returns at once; files are read, copied and linked on a thread of their own, and update() takes in what
// it has finished.
class ModelInstaller {
 public:
  // `wake` is called from the worker whenever update() has something to take in.
  explicit ModelInstaller(std::function<void()> wake);
  ~ModelInstaller();

  // Looks at the installed models anew.
  void look();
  bool looked() const { return looked_; }
  const std::vector<InstalledModel>& models() const { return models_; }
  const std::vector<ModelChoice>& choices() const {
    return choices_;
  }                                                                    // models of published networks by name
  const std::string& default_model() const { return default_model_; }  // the name that no choice stands for
  const MachineMemory& memory() const { return memory_; }              // when they were looked at
  const std::filesystem::path& full_folder() const { return full_folder_; }  // where files are placed

  void take(const std::vector<std::filesystem::path>& files);
  const std::vector<DroppedModelFile>& dropped() const { return dropped_; }
  void place(int number, InstallMethod placing);
  // A copy that is under way is stopped and leaves nothing.
  void dismiss(int number);
  bool placing() const { return placing_ != 0; }

  // Fetches and installs the photo model; nothing when that is under way.
  void install_photo();
  // Nothing of it remains.
  void stop_installing();
  const ModelInstall& install() const { return install_; }

  bool busy() const;  // looks at a file, places one or installs

  // To be called at the start of every frame.
  void update();

 private:
  void deliver(std::function<void()> news);
  DroppedModelFile* find(int number);

  std::function<void()> wake_;
  bool looked_ = false;
  std::vector<InstalledModel> models_;
  std::vector<ModelChoice> choices_;
  std::string default_model_;
  MachineMemory memory_;
  std::filesystem::path full_folder_;
  std::vector<DroppedModelFile> dropped_;
  int last_number_ = 0;
  std::atomic<int> placing_{0};  // number of the file whose copy is wanted
  ModelInstall install_;
  std::atomic<bool> install_wanted_{false};

  std::mutex mutex_;
  std::vector<std::function<void()>> inbox_;  // guarded by mutex_
  // Last: they end before everything that they use.
  TaskThread files_;
  TaskThread downloads_;  // of its own, since the network may take long
};

}  // namespace ahap
