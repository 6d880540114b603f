#include "reconstruction/chromm/view_association.h"

#include <gmock/gmock.h>

namespace ahap {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Pair = std::pair<int, int>;

// A body that stands at x and whose arms are raised by `pose`, in frames first to end.
Tracklet track(int view, double x, int first = 0, int end = 10, double pose = 0) {
  Tracklet track;
  track.view = view;
  for (int t = first; t < end; ++t)
    track.frames[t] = {.world = {{x, 0, 0}, {x, 1 + pose, 0}}, .canonical = {{0, 0, 0}, {0, 1 + pose, 0}}};
  return track;
}

const std::vector<Eigen::Vector3d> kThreeViews = {{0, 0, 0}, {4, 0, 0}, {0, 0, 4}};

TEST(ConnectedViewPairs, are_the_nearest_and_where_these_leave_groups_apart_the_shortest_between_them) {
  const std::vector<Eigen::Vector3d> two_groups = {{0, 0, 0}, {1, 0, 0}, {10, 0, 0}, {11, 0, 0}};
  EXPECT_THAT(connected_view_pairs(two_groups, 1), UnorderedElementsAre(Pair(0, 1), Pair(2, 3), Pair(1, 2)));
  EXPECT_THAT(connected_view_pairs(kThreeViews, 3), UnorderedElementsAre(Pair(0, 1), Pair(0, 2), Pair(1, 2)));
  EXPECT_THAT(connected_view_pairs(std::vector<Eigen::Vector3d>(1, Eigen::Vector3d::Zero()), 3), IsEmpty());
}

TEST(ViewTracks, people_are_the_same_where_they_stand_together) {
  const std::vector<Tracklet> tracks = {track(0, 0),   track(0, 2),    track(1, 2.1),
                                        track(1, 0.1), track(2, -0.1), track(2, 7)};
  EXPECT_THAT(associate_tracks(tracks, kThreeViews, 10), ElementsAre(0, 1, 1, 0, 0, 2));
}

TEST(ViewTracks, costs_of_half_a_metre_and_more_are_no_match) {
  // 0.8 of the distance in the world.
  EXPECT_THAT(associate_tracks(std::vector{track(0, 0), track(1, 0.61)}, kThreeViews, 10), ElementsAre(0, 0));
  EXPECT_THAT(associate_tracks(std::vector{track(0, 0), track(1, 0.64)}, kThreeViews, 10), ElementsAre(0, 1));
}

TEST(ViewTracks, the_pose_decides_where_places_do_not) {
  const std::vector<Tracklet> tracks = {track(0, 0, 0, 10, 0), track(0, 0, 0, 10, 0.4),
                                        track(1, 0, 0, 10, 0.4), track(1, 0, 0, 10, 0)};
  EXPECT_THAT(associate_tracks(tracks, kThreeViews, 10), ElementsAre(0, 1, 1, 0));
}

TEST(ViewTracks, tracks_that_share_few_frames_are_not_compared) {
  EXPECT_THAT(associate_tracks(std::vector{track(0, 0, 0, 8), track(1, 0, 4, 12)}, kThreeViews, 12),
              ElementsAre(0, 1))
      << "four of twelve";
  EXPECT_THAT(associate_tracks(std::vector{track(0, 0, 0, 8), track(1, 0, 3, 12)}, kThreeViews, 12),
              ElementsAre(0, 0))
      << "five";
  EXPECT_THAT(associate_tracks(std::vector{track(0, 0, 0, 1), track(1, 0, 0, 1)}, kThreeViews, 1),
              ElementsAre(0, 0))
      << "there is only one frame";
}

TEST(ViewTracks, two_tracks_of_a_view_are_one_person_only_where_no_frame_shows_both) {
  // View 0 loses the person between frames 5 and 6, which view 1 sees throughout.
  std::vector<Tracklet> tracks = {track(0, 0.1, 0, 5), track(0, 0, 6, 12), track(1, 0, 0, 12)};
  EXPECT_THAT(associate_tracks(tracks, kThreeViews, 12), ElementsAre(0, 0, 0));
  tracks[0] = track(0, 0.1, 0, 7);
  EXPECT_THAT(associate_tracks(tracks, kThreeViews, 12), ElementsAre(0, 1, 1)) << "frame 6 shows both";
}

TEST(ViewTracks, the_cheapest_match_wins_where_two_contradict) {
  // a and b of view 0 stand apart; c of view 1 matches a, d of view 2 matches b better than a, and c and d
  // match each other.
  const std::vector<Tracklet> tracks = {track(0, 0), track(0, 0.9), track(1, 0.3), track(2, 0.7)};
  EXPECT_THAT(associate_tracks(tracks, kThreeViews, 10), ElementsAre(0, 1, 0, 1));
}

}  // namespace
}  // namespace ahap
