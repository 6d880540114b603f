#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "app/gui/model_installer.h"
#include "app/gui/picture_desk.h"
#include "app/gui/session.h"
#include "app/program_options.h"

struct GLFWwindow;

namespace ahap {

struct StudioOptions {
  std::vector<std::filesystem::path> inputs;  // opened after the first frame, as if they had been dropped
  Session::ReconstructViews reconstruct;      // required; runs on a worker
  Session::ReconstructRange reconstruct_range = {};  // likewise; without it only single frames can be run
  Options options = program_options();               // of the first run
  int width = 0, height = 0;  // of the window, in units of the display; 0: as the last time
  float scale = 0;            // of texts and controls; 0: the display's own
  // Of what the studio remembers from one time to the next (state_folder.h); empty: nothing.
  std::filesystem::path state_folder;
  std::filesystem::path keys_file;  // the keys as somebody wants them (actions.h); empty: none

  // For tests and documentation.
  std::filesystem::path screenshot;  // PNG of the whole window; empty: none
  double screenshot_after = -1;      // seconds after the first frame; negative: when the run has ended
  bool exit_after_screenshot = false;
};

// The window. Everything happens on the constructing thread.
class Studio {
 public:
  // Throws when there is no display or no OpenGL 3.3.
  explicit Studio(const StudioOptions& options);
  ~Studio();

  // One turn of the loop; false when the window is to be closed. Returns at once.
  bool frame();
  // Sleeps until there is something to draw.
  void wait();

  GLFWwindow* window() const;
  Session& session();
  ModelInstaller& models();
  PictureDesk& pictures();
  // Draws a frame and returns it, top row first.
  Image picture();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// Opens the window and returns the exit status when it is closed.
int run_studio(const StudioOptions& options);

}  // namespace ahap
