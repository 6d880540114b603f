#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "reconstruction/evaluation/method_run.h"
#include "reconstruction/tape.h"

namespace ahap {

// A model that can be chosen.
struct Method {
  std::string name;   // LoadOptions::model
  std::string title;  // for people

  bool operator==(const Method&) const = default;
};

// A result with what somebody has done to it.
struct EditedResult {
  std::shared_ptr<const Reconstruction> result;
  bool corrected = false;
  std::vector<Tape> tapes = {};
  std::set<int> hidden = {};  // ids of people
};

// What several methods make of one frame of a capture.
struct ComparedMethods {
  int frame = 0, views = 0;
  std::vector<Method> methods = {};     // those that have come to an end
  std::vector<MethodRun> runs = {};     // of each of them
  std::vector<EditedResult> kept = {};  // of each of them, as it was when it was shown last
  int reference = -1;                   // the others are measured from this one; -1: none has a result yet
  int shown = -1;                       // the one that is worked on; -1: the result is another
};

}  // namespace ahap
