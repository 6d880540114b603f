#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "app/cli/range_request.h"
#include "app/cli/terminal_progress.h"
#include "app/gui/picture_options.h"
#include "app/program_options.h"
#include "reconstruction/export/exporters.h"
#include "reconstruction/reconstruct.h"

namespace ahap {

// Which frames of a capture: first, first + step, ... below end. Counted from 0.
struct FrameSelection {
  int first = 0;
  int end = -1;  // exclusive; negative: to the capture's end
  int step = 1;
};
// "12" is one frame; "A:B:STEP" goes from A up to, not including, B; each part may be left out. Throws
// std::invalid_argument.
FrameSelection parse_frames(const std::string& text);

struct ReconstructRequest {
  std::vector<std::filesystem::path> inputs;
  std::filesystem::path output;
  std::filesystem::path known_cameras;  // a calibration; empty: the one beside the inputs, if any
  Options options = program_options();
  std::optional<FrameSelection> frames;  // nothing: the first frame only
  ExportSelection exports;
  bool each_frame = false;  // several frames one by one; so they are, too, where the model has no range
  std::vector<OffsetByHand> offsets;  // of cameras, in a range
  bool resume = false;                // a range goes on with what an earlier run has observed
  double smoothing = 1;               // of motion over several frames; 0: bodies as they are frame by frame
  std::filesystem::path picture;      // PNG of the result; empty: none
  std::filesystem::path turntable;    // MP4 of one turn around the people; empty: none
  PictureOptions picture_options;     // of both
  bool json = false;                  // a summary as JSON on stdout
  // One of many, which nobody watches: Ctrl-C ends it at once, and a range goes on with what an earlier run
  // has observed wherever that is of the same request.
  bool in_batch = false;
};

// Of the last result that was written.
struct ReconstructSummary {
  int views = 0, people = 0;
};

// What a request is carried out with, so that tests need neither networks nor OpenGL.
struct ReconstructTools {
  using Reconstruct = std::function<std::shared_ptr<const Reconstruction>(const std::vector<View>&,
                                                                          const Options&, const Progress&)>;
  using ReconstructRange = std::function<std::shared_ptr<const Reconstruction>(
      const FrameSequence&, const Options&, const Progress&)>;
  struct Runs {
    Reconstruct frame;
    ReconstructRange range = {};
  };
  std::function<bool()> has_ranges;  // else the model reconstructs frames one by one; asked before load
  std::function<bool()> takes_one_camera =
      {};                      // the model takes the frames of one camera that moves, all of them
  std::function<Runs()> load;  // loads the models
  std::function<void(const Reconstruction&, const std::filesystem::path& png)> draw;
  // What a person should know about the film, one sentence; empty: nothing.
  std::function<std::string(const Reconstruction&, const std::filesystem::path& mp4, const Progress&)> film =
      {};
};

// Opens the capture, reconstructs the frames that were asked for, writes results and tells about them.
// Several frames are one result in the output folder; one by one, their results lie in frame_000123 and so on
// inside it. Throws one sentence when it fails, Cancelled on Ctrl-C; then nothing of the frame in work is
// left. In a range the first Ctrl-C ends with the frames that are observed, and what is observed is kept
// beside the output folder until the result is complete.
ReconstructSummary run_reconstruct(const ReconstructRequest& request, const ReconstructTools& tools,
                                   TerminalProgress& terminal, std::ostream& out);

}  // namespace ahap
