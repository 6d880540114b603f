#include "reconstruction/chromm/token_tracking.h"

#include <gmock/gmock.h>

#include <random>

namespace ahap {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Views = std::vector<std::vector<TokensOfFrame>>;

TokensOfFrame tokens(std::initializer_list<std::pair<float, float>> places) {
  TokensOfFrame rows(Eigen::Index(places.size()), 2);
  Eigen::Index row = 0;
  for (const auto& [x, y] : places) rows.row(row++) << x, y;
  return rows;
}

TEST(TokenBoundary, lies_between_one_person_in_two_frames_and_two_people_in_one) {
  const Views views = {{tokens({{0, 0}, {30, 0}}), tokens({{0, 2}, {30, 2}}), tokens({{0, 4}, {30, 4}})}};
  EXPECT_DOUBLE_EQ(token_boundary(views), (2 + 30) / 2.0);
}

TEST(TokenBoundary, of_one_person_alone_is_twice_the_usual_distance) {
  const Views views = {{tokens({{0, 0}}), tokens({{0, 3}})}};
  EXPECT_DOUBLE_EQ(token_boundary(views), 6);
}

TEST(TokenBoundary, takes_all_views_and_is_none_without_successive_frames) {
  const Views views = {{tokens({{0, 0}}), tokens({{0, 4}})}, {tokens({{0, 0}, {20, 0}})}};
  EXPECT_DOUBLE_EQ(token_boundary(views), (4 + 20) / 2.0);
  EXPECT_EQ(token_boundary(Views{{tokens({{0, 0}, {20, 0}})}}), 0);
  EXPECT_EQ(token_boundary({}), 0);
}

TEST(TokenTracking, people_keep_their_tracks_whatever_their_order) {
  const std::vector<TokensOfFrame> frames = {
      tokens({{0, 0}, {100, 0}, {0, 100}}), tokens({{1, 101}, {1, 1}, {99, 0}}), tokens({{98, 1}, {2, 102}})};
  EXPECT_THAT(track_tokens(frames, {.boundary = 50}),
              ElementsAre(ElementsAre(0, 1, 2), ElementsAre(2, 0, 1), ElementsAre(1, 2)));
}

TEST(TokenTracking, somebody_beyond_the_boundary_is_new) {
  EXPECT_THAT(track_tokens(std::vector{tokens({{0, 0}}), tokens({{80, 0}})}, {.boundary = 50}),
              ElementsAre(ElementsAre(0), ElementsAre(1)));
  EXPECT_THAT(track_tokens(std::vector{tokens({{0, 0}}), tokens({{40, 0}})}, {.boundary = 50}),
              ElementsAre(ElementsAre(0), ElementsAre(0)));
}

TEST(TokenTracking, gives_the_same_tracks_in_any_unit_of_the_tokens) {
  std::mt19937 generator(3);
  std::normal_distribution<float> normal;
  std::vector<TokensOfFrame> frames, large;
  TokensOfFrame people(5, 16);
  for (float& value : people.reshaped()) value = normal(generator);
  for (int t = 0; t < 6; ++t) {
    TokensOfFrame noise(5, 16);
    for (float& value : noise.reshaped()) value = 0.3f * normal(generator);
    frames.push_back(people + noise);
    large.push_back(1000 * frames.back());
  }
  const double boundary = token_boundary(Views{frames});
  const auto tracks = track_tokens(frames, {.boundary = boundary});
  for (const auto& here : tracks) EXPECT_THAT(here, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(track_tokens(large, {.boundary = token_boundary(Views{large})}), tracks);
}

TEST(TokenTracking, remembers_the_frame_before_alone_unless_it_is_told_otherwise) {
  const std::vector<TokensOfFrame> frames = {tokens({{0, 0}, {100, 0}}), tokens({{0, 1}}),
                                             tokens({{0, 2}, {100, 1}})};
  EXPECT_THAT(track_tokens(frames, {.boundary = 50}),
              ElementsAre(ElementsAre(0, 1), ElementsAre(0), ElementsAre(0, 2)));
  EXPECT_THAT(track_tokens(frames, {.boundary = 50, .memory = 2}),
              ElementsAre(ElementsAre(0, 1), ElementsAre(0), ElementsAre(0, 1)));
}

TEST(TokenTracking, of_frames_without_people_or_without_a_boundary_keeps_nobody) {
  const std::vector<TokensOfFrame> frames = {tokens({{0, 0}}), TokensOfFrame(0, 2), tokens({{0, 0}})};
  EXPECT_THAT(track_tokens(frames, {.boundary = 50}), ElementsAre(ElementsAre(0), IsEmpty(), ElementsAre(1)));
  EXPECT_THAT(track_tokens(std::vector{tokens({{0, 0}}), tokens({{0, 0}})}, {}),
              ElementsAre(ElementsAre(0), ElementsAre(1)));
}

}  // namespace
}  // namespace ahap
