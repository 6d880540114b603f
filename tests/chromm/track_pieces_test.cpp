#include "reconstruction/chromm/track_pieces.h"

#include <gmock/gmock.h>

namespace ahap {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Frames at 30 per second with a body whose joints all stand at these places of a line.
std::vector<TrackedJoints> track_along(const std::vector<double>& places, double rate = 30) {
  std::vector<TrackedJoints> track;
  for (std::size_t t = 0; t < places.size(); ++t)
    track.push_back({double(t) / rate, {Eigen::Vector3d(places[t], 0, 0), Eigen::Vector3d(places[t], 1, 0)}});
  return track;
}

TEST(TrackPieces, a_steady_track_is_one_piece) {
  EXPECT_THAT(consistent_pieces(track_along({0, 0.1, 0.2, 0.6})), ElementsAre(ElementsAre(0, 1, 2, 3)));
  EXPECT_THAT(consistent_pieces({}), IsEmpty());
}

TEST(TrackPieces, a_jump_of_more_than_half_a_metre_is_left_out) {
  EXPECT_THAT(consistent_pieces(track_along({0, 0.49, 1.1, 0.5})), ElementsAre(ElementsAre(0, 1, 3)));
}

TEST(TrackPieces, the_limit_grows_with_the_time_since_the_last_frame_that_was_kept) {
  EXPECT_THAT(consistent_pieces(track_along({0, 3, 0.9})), ElementsAre(ElementsAre(0, 2)));
  EXPECT_THAT(consistent_pieces(track_along({0, 3, 1.1})), ElementsAre(ElementsAre(0)));
  EXPECT_THAT(consistent_pieces(track_along({0, 3, 6}, /*rate=*/3)), ElementsAre(ElementsAre(0, 1, 2)));
}

TEST(TrackPieces, three_jumps_in_a_row_begin_a_piece_of_their_own) {
  EXPECT_THAT(consistent_pieces(track_along({0, 0, 9, 9, 9, 9.1, 9.2})),
              ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3, 4, 5, 6)));
  EXPECT_THAT(consistent_pieces(track_along({0, 0, 9, 9, 0})), ElementsAre(ElementsAre(0, 1, 4)));
  EXPECT_THAT(consistent_pieces(track_along({0, 0, 9, 9, 9})),
              ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3, 4)))
      << "at the end, too";
}

TEST(TrackPieces, what_never_agrees_ends_as_single_frames) {
  const auto pieces = consistent_pieces(track_along({0, 50, 100, 150, 200, 250}));
  EXPECT_THAT(pieces, ElementsAre(ElementsAre(0), ElementsAre(1), ElementsAre(2), ElementsAre(3)));
}

}  // namespace
}  // namespace ahap
