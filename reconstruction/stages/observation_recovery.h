#pragma once

#include <vector>

#include "reconstruction/branches/photo/photo_people.h"
#include "reconstruction/multiview/joint_association.h"

namespace ahap {

// People whom a view alone shows too little of, found where other views expect them.

// Takes those below the threshold out of `found` and returns them.
std::vector<PhotoPerson> take_weak(std::vector<PhotoPerson>& found, double threshold);

// Every person that is known in space is sought in the views with a pose where nothing is linked to it: among
// the weak detections, then by looking again in its projected region. What agrees joins `found`, and the
// association as that person's observation; cameras stay. Returns how many.
int recover_people(const std::vector<View>& views, const PhotoPeople& networks,
                   const std::vector<PhotoPerson>& weak, JointAssociation& association,
                   std::vector<PhotoPerson>& found, const Progress& progress);

// Somebody seen in one view alone joins a person whom that view should show at the same place and does not.
// Where several views with poses show the same people, somebody else whom one of them alone shows, and not
// surely, is taken for a mistake: the observation belongs to nobody.
void settle_single_observations(JointAssociation& association, const std::vector<PhotoPerson>& found);

}  // namespace ahap
