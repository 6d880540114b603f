#include "app/gui/person_tracks.h"

#include <algorithm>

namespace ahap {

BodySupport support_of(const Reconstruction& result, const BodyInFrame& body) {
  if (body.detections.empty()) return BodySupport::filled;
  const auto usable = std::count_if(result.views.begin(), result.views.end(),
                                    [](const ReconstructedView& view) { return view.camera_estimated; });
  return body.triangulated || usable < 2 ? BodySupport::seen : BodySupport::one_view;
}

std::vector<PersonTrack> person_tracks(const Reconstruction& result) {
  std::vector<PersonTrack> tracks;
  for (const Person& person : result.people) {
    PersonTrack& track = tracks.emplace_back();
    track.person_id = person.id;
    track.label = person_label(person);
    int frame_before = -1;
    for (const BodyInFrame& body : person.bodies) {
      const int number = result.frames.at(body.frame).number;
      const BodySupport support = support_of(result, body);
      const bool goes_on =
          !track.spans.empty() && body.frame == frame_before + 1 && support == track.spans.back().support;
      if (goes_on) {
        track.spans.back().last = number;
      } else {
        track.spans.push_back({number, number, support});
      }
      frame_before = body.frame;
    }
  }
  return tracks;
}

}  // namespace ahap
