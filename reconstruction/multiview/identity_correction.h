#pragma once

#include <vector>

#include "reconstruction/multiview/joint_association.h"

namespace ahap {

struct CorrectedAssociation {
  JointAssociation association;
  bool cameras_kept = true;
};

// The association with other identities, as somebody who looked at the pictures gives them: a label of each
// observation, negative for those that belong to nobody. Cameras stay exactly as they are where they explain
// the corrected links nearly as well as cameras solved anew would; else they are solved from the corrected
// links alone, from many starts; known poses that are kept never move. The result has no runner-up.
// Throws std::invalid_argument where two observations of one view have one label or the labels are not one
// for each observation, and Cancelled on request.
CorrectedAssociation correct_identities(const std::vector<ViewObservation>& views,
                                        const std::vector<PersonObservation>& people,
                                        const JointAssociation& before, const std::vector<int>& labels,
                                        const AssociationOptions& options = {},
                                        const Progress& progress = {});

}  // namespace ahap
