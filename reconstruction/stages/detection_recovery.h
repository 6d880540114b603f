#pragma once

#include "reconstruction/ahap/ahap_heads.h"
#include "reconstruction/stages/cameras.h"

namespace ahap {

// A detection that one view alone would not believe is believed where other views expect that person.
// Detections are sought from this share of the threshold on; those from the threshold on tell who is who and
// where cameras and people are, and those below it are taken where they show a person whom their view has not
// yet got. That they agree with the others is why they were taken: they say that the person is in that view,
// and nothing about where and how (SeenPerson::agrees).
constexpr double kWeakShare = 0.4;

// Moves the weak people that stand, seen from their view, where a person is, to seen.people, and counts them
// among the identities. Needs seeded queries; without, nothing is moved.
void recover_detections(const SceneEstimate& scene, const HumanEstimate& human, AhapHeads& heads,
                        const Cameras& cameras, BranchObservations& seen, Identities& identities);

}  // namespace ahap
