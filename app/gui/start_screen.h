#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/gui/task_thread.h"
#include "reconstruction/project/project_file.h"
#include "renderer/gl.h"

namespace ahap {

// What the window before the first capture offers beside a place to drop files: the projects of late, and the
// work of a program that ended without saving it. Files are read on a thread.
class StartScreen {
 public:
  struct Offer {
    std::filesystem::path file;
    std::string name;                    // of the project or capture
    std::string content;                 // "4 cameras, 3 people"
    std::string age;                     // "12 minutes ago"
    Image picture;                       // empty: none
    std::optional<gl::Texture> texture;  // of it, made on the window's thread
  };

  // `state`: the folder of the program's state; empty: there is nothing to offer.
  StartScreen(std::filesystem::path state, std::function<void()> wake);

  // To be called at the start of every frame.
  void update();

  const std::vector<Offer>& recents() const { return recents_; }
  const std::optional<Offer>& lost() const { return lost_; }
  bool looked() const { return looked_; }  // all that there is has been found
  // Removes the lost session.
  void discard_lost();
  // A project was opened or saved.
  void remember(const std::filesystem::path& project);

 private:
  std::filesystem::path state_;
  std::function<void()> wake_;
  std::vector<Offer> recents_;
  std::optional<Offer> lost_;
  bool looked_ = false;

  struct Found {
    std::vector<Offer> recents;
    std::optional<Offer> lost;
  };
  std::mutex mutex_;
  std::optional<Found> found_;  // guarded by mutex_
  TaskThread thread_;           // last
};

}  // namespace ahap
