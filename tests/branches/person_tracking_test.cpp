#include "reconstruction/branches/human3r/person_tracking.h"

#include <gmock/gmock.h>

#include <cmath>
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

TEST(PersonTracking, TheTransportHasItsMarginals) {
  const auto Z = transport_with_dustbin(torch::tensor({{-1.f, -8.f, -20.f}, {-9.f, -2.f, -15.f}}));
  ASSERT_EQ(Z.sizes(), torch::IntArrayRef({3, 4}));
  const auto columns = Z.exp().sum(0);  // everybody once, the dustbin as often as there are others
  const auto expected = torch::tensor({1, 1, 1, 2}, torch::kDouble);
  EXPECT_LT((columns - expected).abs().max().item<double>(), 1e-9);
  EXPECT_LT((Z.exp().sum(1) - torch::tensor({1, 1, 3}, torch::kDouble)).abs().max().item<double>(), 0.05);
}

TEST(PersonTracking, AMatchAsFarAsTheDustbinIsAsProbableAsNone) {
  // One known, one seen, at distance d: a plan (x, 1 - x; 1 - x, x) with (x / (1 - x))^2 = e^(10 - d).
  for (const double d : {9.0, 10.0, 11.0, 14.0}) {
    const auto Z = transport_with_dustbin(torch::full({1, 1}, -d));
    const double ratio = std::exp((10 - d) / 2);
    EXPECT_NEAR(std::exp(Z[0][0].item<double>()), ratio / (1 + ratio), 1e-5) << d;
  }
}

TEST(PersonTracking, AMatchIsMutualAndProbable) {
  const auto log_of = [](std::initializer_list<std::initializer_list<float>> rows) {
    std::vector<torch::Tensor> stacked;
    for (const auto& row : rows) stacked.push_back(torch::tensor(std::vector<float>(row)));
    return torch::stack(stacked).log();
  };
  EXPECT_THAT(mutual_matches(log_of({{0.9f, 0.1f}, {0.05f, 0.8f}})), ElementsAre(0, 1));
  EXPECT_THAT(mutual_matches(log_of({{0.9f, 0.7f}, {0.05f, 0.6f}})), ElementsAre(0, -1)) << "row 0 prefers 0";
  EXPECT_THAT(mutual_matches(log_of({{0.19f, 0.01f}, {0.01f, 0.21f}})), ElementsAre(-1, 1));
}

}  // namespace
}  // namespace ahap
