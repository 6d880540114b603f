#pragma once

#include <algorithm>

#include "reconstruction/corrections.h"
#include "reconstruction/options.h"
#include "reconstruction/view.h"
#include "tests/fixtures/sample_reconstruction.h"

namespace ahap::testing {

// The sample, with those of its people whom the decisions leave.
class SampleRun : public CorrectableRun {
 public:
  std::shared_ptr<const Reconstruction> with_decisions(const Decisions& decided,
                                                       const Progress&) const override {
    auto result = std::make_shared<Reconstruction>(sample_reconstruction());
    const std::vector<int>& ids = decided.person_ids;
    for (std::size_t n = 0; n < ids.size(); ++n) {
      result->frames[0].detections[n].person_id = ids[n];
      result->frames[0].detections[n].left_out = decided.left_out[n];
    }
    for (std::size_t v = 0; v < result->views.size(); ++v)
      result->views[v].left_out = decided.views_left_out[v];
    std::erase_if(result->people,
                  [&](const Person& person) { return std::count(ids.begin(), ids.end(), person.id) == 0; });
    result->run = std::make_shared<SampleRun>();
    return result;
  }
};

inline std::shared_ptr<const Reconstruction> correctable_result(const std::vector<View>&, const Options&,
                                                                const Progress&) {
  return SampleRun().with_decisions(decisions(sample_reconstruction()), {});
}

}  // namespace ahap::testing
