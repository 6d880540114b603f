#include "app/gui/person_tracks.h"

#include <gmock/gmock.h>

#include "app/gui/shown_frame.h"
#include "tests/fixtures/sample_reconstruction.h"
#include "tests/fixtures/walking_people.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::ElementsAre;

TEST(PersonTracks, tell_gaps_filled_frames_and_those_seen_by_one_camera) {
  const std::vector<PersonTrack> tracks = person_tracks(walking_people(25, 100));
  ASSERT_EQ(tracks.size(), 2u);
  EXPECT_EQ(tracks[0].person_id, 1);
  EXPECT_THAT(tracks[0].spans,
              ElementsAre(TrackSpan{100, 107, BodySupport::seen}, TrackSpan{108, 111, BodySupport::filled},
                          TrackSpan{112, 113, BodySupport::seen}, TrackSpan{114, 117, BodySupport::one_view},
                          TrackSpan{118, 124, BodySupport::seen}));
  EXPECT_THAT(tracks[1].spans,
              ElementsAre(TrackSpan{103, 109, BodySupport::seen}, TrackSpan{113, 124, BodySupport::seen}));
}

TEST(PersonTracks, doubt_nobody_where_there_is_one_camera_only) {
  Reconstruction range = walking_people(25);
  range.views.resize(1);
  for (const PersonTrack& track : person_tracks(range)) {
    for (const TrackSpan& span : track.spans) EXPECT_NE(span.support, BodySupport::one_view);
  }
}

TEST(PersonTracks, carry_names) {
  Reconstruction range = walking_people(4);
  range.people[1].name = "Anna";
  EXPECT_EQ(person_tracks(range)[1].label, "Anna");
}

TEST(ShownFrame, of_a_range_has_the_meshes_of_its_instant) {
  const auto range = std::make_shared<const Reconstruction>(walking_people(12));
  const auto shown = shown_frame(range, 11);
  ASSERT_EQ(shown->frames.size(), 1u);
  ASSERT_EQ(shown->people.size(), 1u) << "the other one is missing there";
  EXPECT_FALSE(shown->people[0].bodies[0].mesh.positions.empty());
  EXPECT_EQ(shown->frames[0].points, range->frames[0].points);
}

TEST(ShownFrame, of_a_single_frame_is_the_result_itself) {
  const auto result = std::make_shared<const Reconstruction>(sample_reconstruction());
  EXPECT_EQ(shown_frame(result, 0), result);
}

TEST(ShownPlace, has_the_points_and_the_cameras_that_stand_still_and_nobody) {
  Reconstruction range = walking_people(4);
  range.views[1].cameras.resize(4, range.views[1].cameras[0]);
  const auto place = shown_place(range, 17);
  EXPECT_EQ(place->frames.at(0).number, 17);
  EXPECT_EQ(place->frames[0].points, range.frames[0].points);
  EXPECT_TRUE(place->people.empty());
  EXPECT_TRUE(place->views[0].camera_estimated);
  EXPECT_FALSE(place->views[1].camera_estimated) << "where it was then is not known";
}

TEST(ShownFrame, knows_the_cameras_of_its_views_by_their_files) {
  Capture capture;
  for (const char* name : {"/a/1.mp4", "/a/2.mp4", "/a/3.mp4"}) {
    capture.cameras.emplace_back().paths = {name};
  }
  Reconstruction result;
  result.views.resize(2);
  result.views[0].path = "/a/2.mp4";
  result.views[1].path = "/a/3.mp4";
  EXPECT_THAT(cameras_of_views(capture, result), ElementsAre(1, 2));
  result.views[0].path = result.views[1].path = "";
  EXPECT_THAT(cameras_of_views(capture, result), ElementsAre(0, 1)) << "without files in their order";
}

}  // namespace
}  // namespace ahap
