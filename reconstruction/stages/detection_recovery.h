#pragma once

#include "reconstruction/ahap/ahap_heads.h"
#include "reconstruction/stages/cameras.h"

namespace ahap {

// A detection that one view alone would not believe is believed where other views expect that person.
// Detections are sought from this share of the threshold on; those from the threshold on tell who is who and
// where cameras and people are, and those below it are taken where they show a person whom their view has not
// yet got. That they agree with the others is why they were taken: they say that the person is in that view,
// and nothing about where and how (CameraEstimates::used).
constexpr double kWeakShare = 0.4;

// Rows of the detections with this score or more.
std::vector<int64_t> detections_from(const HumanEstimate& human, double threshold);
HumanEstimate select_detections(const HumanEstimate& human, const std::vector<int64_t>& rows);

// with_weak: what `human` is the rows `sure` of, as it was with the intrinsics K_then (V, 3, 3). Adds the
// weak ones that stand, seen from their view, where a person is. Needs seeded queries; without, nothing is
// added.
void recover_detections(const HumanEstimate& with_weak, const std::vector<int64_t>& sure,
                        const torch::Tensor& K_then, const SceneEstimate& scene, AhapHeads& heads, int S,
                        HumanEstimate& human, Identities& identities, CameraEstimates& cameras);

}  // namespace ahap
