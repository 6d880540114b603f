#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reconstruction/capture/capture.h"
#include "reconstruction/image.h"
#include "reconstruction/reconstruction.h"
#include "reconstruction/tape.h"

namespace ahap {

// What a picture or video is recognised by: its size in bytes and the FNV-1a hash of its first and last
// 16 KiB, so that a long video costs no more than a photo.
struct SourceMark {
  std::uint64_t size = 0;
  std::uint64_t hash = 0;
  bool operator==(const SourceMark&) const = default;
};

// A file of the capture.
struct ProjectSource {
  std::filesystem::path relative;  // to the project's folder when it was saved; empty: not saved yet
  std::optional<SourceMark> mark;  // nothing: it was missing
};

// One thing that undo takes back.
struct ProjectStep {
  std::string what;  // "Merge Person 3 into Person 1"
  std::shared_ptr<const Reconstruction> before;
  bool corrected = false;  // `before` was, by a person
  int frame = 0;           // that was shown then
  std::vector<Tape> tapes = {};
  std::set<int> hidden = {};  // ids of people who were not shown then
};

// Work in the studio as a value: a capture, what became of it and how it is looked at.
struct Project {
  std::string name;  // of the capture
  // Files by their absolute paths; problems and the indexes of videos are left out.
  Capture capture;
  std::map<std::filesystem::path, ProjectSource> sources;  // its files, by these paths
  int frame = 0;                                           // of the capture, that is shown
  std::optional<std::array<int, 3>> range;                 // first, last and step of the chosen frames

  std::shared_ptr<const Reconstruction> result;  // null: nothing is reconstructed yet; without its `run`
  bool corrected = false;                        // by a person
  std::vector<Tape> tapes;                       // in the result
  std::vector<ProjectStep> undo;                 // the oldest first

  // Objects whose keys belong to the studio: the next run's options, and how the result is looked at.
  nlohmann::ordered_json options = nlohmann::ordered_json::object();
  nlohmann::ordered_json view = nlohmann::ordered_json::object();
  Image thumbnail;                 // of the 3D view; empty: none
  std::filesystem::path saved_as;  // of an autosave: the project file of this work; empty: there is none
};

}  // namespace ahap
