#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reconstruction/progress.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// What a run keeps of its networks' outputs, so that a person can correct its result without running them
// again.
class CorrectableRun {
 public:
  virtual ~CorrectableRun() = default;
  // The result with other identities: of each detection a person's id, kNobody or kNotAPerson. Solved again
  // is what depends on the change; people who stay as they were are equal bit for bit, and so are cameras and
  // points unless the cameras do not explain the corrected identities. May be called from any thread. Throws
  // std::invalid_argument where a person would be twice in a picture, and Cancelled on request.
  virtual std::shared_ptr<const Reconstruction> with_identities(const std::vector<int>& person_ids,
                                                                const Progress& progress = {}) const = 0;
};

// The same, names staying with their ids. Throws std::runtime_error where the result cannot be corrected.
std::shared_ptr<const Reconstruction> with_identities(const Reconstruction& reconstruction,
                                                      const std::vector<int>& person_ids,
                                                      const Progress& progress = {});

// Corrections as new ids of all detections of a frame, for with_identities().

std::vector<int> identities(const ReconstructedFrame& frame);
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

// The same result with another name of a person; an empty one takes it away.
std::shared_ptr<const Reconstruction> with_name(const Reconstruction& reconstruction, int person_id,
                                                const std::string& name);

}  // namespace ahap
