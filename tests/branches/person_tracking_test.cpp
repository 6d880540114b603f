#include "reconstruction/branches/human3r/person_tracking.h"

#include <gmock/gmock.h>

#include <numeric>

namespace ahap {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Ids = std::vector<std::int64_t>;

// People as points of a plane, whose distances decide.
torch::Tensor people_at(std::initializer_list<std::pair<float, float>> places) {
  std::vector<torch::Tensor> rows;
  for (const auto& [x, y] : places) rows.push_back(torch::tensor({x, y}));
  return torch::stack(rows);
}

TEST(PersonTracking, ThePersonsOfTheFirstFrameAreNumbered) {
  PersonBank bank;
  EXPECT_THAT(track_people(bank, people_at({{0, 0}, {3, 0}, {0, 30}})), ElementsAre(0, 1, 2));
}

TEST(PersonTracking, PeopleKeepTheirNumbersWhateverTheirOrder) {
  PersonBank bank;
  track_people(bank, people_at({{0, 0}, {100, 0}, {0, 100}}));
  EXPECT_THAT(track_people(bank, people_at({{1, 101}, {1, 1}, {99, 0}})), ElementsAre(2, 0, 1));
}

TEST(PersonTracking, SomebodyFartherThanTheDustbinIsNew) {
  PersonBank bank;
  track_people(bank, people_at({{0, 0}}));
  EXPECT_THAT(track_people(bank, people_at({{25, 0}})), ElementsAre(1));
  EXPECT_THAT(track_people(bank, people_at({{26, 0}, {1, 0}})), ElementsAre(1, 0));
}

TEST(PersonTracking, WhoLeavesIsKnownOnReturn) {
  PersonBank bank;
  track_people(bank, people_at({{0, 0}, {100, 0}}));
  EXPECT_THAT(track_people(bank, people_at({{2, 0}})), ElementsAre(0));
  EXPECT_THAT(track_people(bank, people_at({{100, 0}})), ElementsAre(1));
  EXPECT_THAT(track_people(bank, people_at({{2, 0}})), ElementsAre(0));
}

TEST(PersonTracking, WhoIsSeenAgainIsRememberedAsLastSeen) {
  PersonBank bank;
  track_people(bank, people_at({{0, 0}}));
  for (const float x : {6.f, 12.f, 18.f}) {
    EXPECT_THAT(track_people(bank, people_at({{x, 0}})), ElementsAre(0));
    ASSERT_EQ(bank.ids, Ids{0});
    EXPECT_EQ(bank.tokens[0][0].item<float>(), x);
  }
}

TEST(PersonTracking, AFrameWithoutPeopleChangesNothing) {
  PersonBank bank;
  EXPECT_THAT(track_people(bank, torch::empty({0, 2})), IsEmpty());
  track_people(bank, people_at({{0, 0}, {50, 0}}));
  const auto before = bank.tokens;
  EXPECT_THAT(track_people(bank, torch::empty({0, 2})), IsEmpty());
  EXPECT_TRUE(torch::equal(bank.tokens, before));
  EXPECT_THAT(track_people(bank, people_at({{50, 0}})), ElementsAre(1));
}

TEST(PersonTracking, TheLatestAreRememberedUpToABound) {
  PersonBank bank;
  bank.tokens = torch::zeros({kMostRemembered, 2});
  bank.tokens.select(1, 0).copy_(torch::arange(kMostRemembered) * 100);
  bank.ids.resize(std::size_t(kMostRemembered));
  std::iota(bank.ids.begin(), bank.ids.end(), 0);
  bank.next_id = kMostRemembered;

  EXPECT_THAT(track_people(bank, people_at({{0, 0}, {0, 500}})), ElementsAre(0, kMostRemembered));
  EXPECT_EQ(bank.tokens.size(0), kMostRemembered);
  EXPECT_EQ(std::int64_t(bank.ids.size()), kMostRemembered);
  EXPECT_EQ(bank.ids[1], kMostRemembered);
  EXPECT_EQ(bank.ids.back(), kMostRemembered - 2) << "the last of the list is forgotten";
}

}  // namespace
}  // namespace ahap
