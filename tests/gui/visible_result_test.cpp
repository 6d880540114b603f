#include "app/gui/visible_result.h"

#include <gmock/gmock.h>

#include "tests/gui/session_fixture.h"

namespace ahap {
namespace {

using namespace testing;
namespace fs = std::filesystem;

TEST(VisibleResult, has_all_of_it_where_nothing_is_hidden) {
  const Reconstruction result = sample_reconstruction();
  ViewState state;
  state.min_confidence = 0;
  state.person_points = true;
  const auto visible = visible_result(result, state);
  EXPECT_EQ(visible->people.size(), result.people.size());
  EXPECT_EQ(visible->frames[0].points->positions, result.frames[0].points->positions);
}

TEST(VisibleResult, lacks_hidden_people_and_what_refers_to_them) {
  const Reconstruction result = sample_reconstruction();
  ViewState state;
  state.hidden_people = {1};
  const auto visible = visible_result(result, state);
  ASSERT_EQ(visible->people.size(), result.people.size() - 1);
  EXPECT_EQ(visible->people[0].id, 2);
  for (std::size_t n = 0; n < result.frames[0].detections.size(); ++n) {
    const int before = result.frames[0].detections[n].person_id;
    EXPECT_EQ(visible->frames[0].detections[n].person_id, before == 1 ? kNobody : before);
  }
  EXPECT_THAT(visible->frames[0].association.person_ids, ::testing::Not(::testing::Contains(1)));
  EXPECT_EQ(visible->frames[0].association.weight.size(), visible->frames[0].association.person_ids.size());
}

TEST(VisibleResult, has_the_points_that_are_drawn) {
  Reconstruction result = sample_reconstruction();
  auto points = std::make_shared<PointCloud>();
  points->positions = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}};
  points->colors.resize(3);
  points->confidence = {0.9f, 0.1f, 0.9f};
  points->view = {0, 0, 0};
  points->person = {0, 0, 1};
  result.frames[0].points = points;
  ViewState state;
  state.min_confidence = 0.5f;
  EXPECT_EQ(visible_result(result, state)->frames[0].points->size(), 1u)
      << "bodies stand for points on people";
  state.bodies = false;
  EXPECT_EQ(visible_result(result, state)->frames[0].points->size(), 2u);
  state.points = false;
  EXPECT_EQ(visible_result(result, state)->frames[0].points->size(), 0u);
}

TEST(VisibleResult, frames_share_their_points_as_before) {
  Reconstruction result = sample_reconstruction();
  result.frames.push_back(result.frames[0]);
  const auto visible = visible_result(result, {});
  EXPECT_EQ(visible->frames[0].points, visible->frames[1].points);
}

class ExportOfAPart : public SessionTest {};

TEST_F(ExportOfAPart, writes_no_hidden_person_and_tells_where_it_is) {
  start();
  session_->open({pictures(3)});
  ASSERT_TRUE(finished());
  session_->hide("Hide Person 1", {1});
  const auto write = [&] {
    session_->write(place_ / "out", {}, [](const Reconstruction& whole) {
      ViewState state;
      state.hidden_people = {1};
      return visible_result(whole, state);
    });
    return eventually([&] { return !session_->writing(); });
  };
  session_->write(place_ / "out", {});
  ASSERT_TRUE(eventually([&] { return !session_->writing(); }));
  EXPECT_TRUE(fs::exists(place_ / "out/people/01.obj"));
  ASSERT_TRUE(write());
  EXPECT_FALSE(fs::exists(place_ / "out/people/01.obj")) << "it is of the export before";
  EXPECT_TRUE(fs::exists(place_ / "out/people/02.obj"));
  ASSERT_FALSE(session_->notices().empty());
  EXPECT_EQ(session_->notices().back().place, place_ / "out");
}

}  // namespace
}  // namespace ahap
