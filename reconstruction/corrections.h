#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reconstruction/progress.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// What somebody decides about a result of one frame. Who is left out stays the same person, but bodies and
// cameras do not follow from it; of a view that is left out, that holds for everybody in it, and its points
// are not shown.
struct Decisions {
  std::vector<int> person_ids;       // of each detection: a person's id, kNobody or kNotAPerson
  std::vector<bool> left_out;        // of each detection
  std::vector<bool> views_left_out;  // of each view

  bool operator==(const Decisions&) const = default;
};

// What a run keeps of its networks' outputs, so that a person can correct its result without running them
// again.
class CorrectableRun {
 public:
  virtual ~CorrectableRun() = default;
  // The result with other decisions. Solved again is what depends on the change; people who stay as they were
  // are equal bit for bit, and so are cameras and points unless the cameras do not explain what is decided.
  // May be called from any thread. Throws std::invalid_argument where a person would be twice in a picture,
  // and Cancelled on request.
  virtual std::shared_ptr<const Reconstruction> with_decisions(const Decisions& decisions,
                                                               const Progress& progress = {}) const = 0;
  // What it keeps alive, bytes, roughly; parts whose addresses are in the set are not counted again.
  virtual std::size_t bytes(std::set<const void*>&) const { return 0; }
};

// The same, names staying with their ids and locks with their detections. Throws std::runtime_error where the
// result cannot be corrected.
std::shared_ptr<const Reconstruction> with_decisions(const Reconstruction& reconstruction,
                                                     const Decisions& decisions,
                                                     const Progress& progress = {});
// The same with other ids alone.
std::shared_ptr<const Reconstruction> with_identities(const Reconstruction& reconstruction,
                                                      const std::vector<int>& person_ids,
                                                      const Progress& progress = {});

// What is decided about the first frame.
Decisions decisions(const Reconstruction& reconstruction);
// Whether bodies and cameras follow from a detection, as far as nobody has said otherwise.
bool counts(const Reconstruction& reconstruction, const Detection& detection);

// Leaves a detection or a whole view out, or counts it again. Throw std::runtime_error, a sentence, where
// nothing would be left to see the person, or anything, in.
Decisions with_detection_left_out(const Reconstruction& reconstruction, int detection, bool left_out);
Decisions with_view_left_out(const Reconstruction& reconstruction, int view, bool left_out);

// Corrections as new ids of all detections of a frame, for with_identities().

std::vector<int> identities(const ReconstructedFrame& frame);
// Indices of all detections of this person, of left out ones, too.
std::vector<int> detections_of(const ReconstructedFrame& frame, int person_id);
// One past the largest id in use.
int new_person_id(const ReconstructedFrame& frame);
// The detection becomes this person. Who was that person in the same picture takes the detection's old id.
std::vector<int> with_detection_assigned(const ReconstructedFrame& frame, int detection, int person_id);
// A view that shows both people; nothing: they may be one.
std::optional<int> common_view(const ReconstructedFrame& frame, int person_a, int person_b);
// All that `from` was is `into`. Throws std::runtime_error, a sentence that names the picture, where both are
// in one.
std::vector<int> with_people_merged(const Reconstruction& reconstruction, int frame, int from, int into);
// Every detection of this person is no person: a statue, a poster, a mistake.
std::vector<int> without_person(const ReconstructedFrame& frame, int person_id);

// The same result with these detections of its first frame locked or unlocked: corrections and other runs
// keep who they are.
std::shared_ptr<const Reconstruction> with_locks(const Reconstruction& reconstruction,
                                                 const std::vector<int>& detections, bool locked);
// The first detection that is locked and would be somebody else with these ids; -1: none.
int locked_against(const ReconstructedFrame& frame, const std::vector<int>& person_ids);

// The same result with another name of a person; an empty one takes it away.
std::shared_ptr<const Reconstruction> with_name(const Reconstruction& reconstruction, int person_id,
                                                const std::string& name);

}  // namespace ahap
