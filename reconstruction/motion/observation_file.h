#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "reconstruction/motion/shots.h"
#include "reconstruction/motion/tracker_state.h"
#include "reconstruction/observations.h"
#include "reconstruction/range_options.h"

namespace ahap {

// What one camera showed in one frame.
struct ObservedView {
  int camera = 0;
  std::string name, path;
  int width = 0, height = 0;   // pixels
  double focal_length_px = 0;  // 0: nothing tells
  double time = 0;             // of the camera, seconds
  PictureSketch sketch{};
  std::vector<PersonObservation> people;
  std::vector<int> tracklets;  // of each of them, numbers of this camera
  TrackerState tracker;        // after this frame
};

struct ObservedFrame {
  int number = 0;                   // in the capture
  std::vector<ObservedView> views;  // by camera; none: no camera has a picture
};

// Observations of a run's frames, kept while it goes on: a header with the terms, then one record a frame,
// each with its length and its checksum. What a killed process was writing is a torn record at the end, which
// does not count.
struct KeptObservations {
  std::vector<ObservedFrame> frames;
  std::uintmax_t bytes = 0;  // up to the end of the last whole record
};

// A file that begins like one of them.
bool is_observation_file(const std::filesystem::path& file);

// Throws a sentence with the file where it is damaged, of another version of this program, or where its terms
// are others.
KeptObservations read_observations(const std::filesystem::path& file, const ObservationTerms& terms);

// Adds frames to such a file.
class ObservationWriter {
 public:
  // A new file, which takes the place of any other.
  ObservationWriter(const std::filesystem::path& file, const ObservationTerms& terms);
  // Goes on behind what was kept.
  ObservationWriter(const std::filesystem::path& file, const KeptObservations& kept);

  // Throws a sentence with the file where the disk does not take it.
  void add(const ObservedFrame& frame);

 private:
  void open();

  std::filesystem::path file_;
  std::ofstream out_;
};

}  // namespace ahap
