#include "reconstruction/motion/track_association.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/motion/simulated_range.h"

namespace ahap {
namespace {

TrackIdentities identify(const SimulatedRange& range) {
  return identify_tracklets(range.frames, range.capture.views, true_cameras(range));
}

// One identity for each true person and none for two.
void expect_true(const SimulatedRange& range, const TrackIdentities& found) {
  std::map<int, std::set<int>> of_person, of_identity;
  for (std::size_t t = 0; t < range.true_person.size(); ++t) {
    if (found.identity[t] < 0) continue;
    of_person[range.true_person[t]].insert(found.identity[t]);
    of_identity[found.identity[t]].insert(range.true_person[t]);
  }
  for (const auto& [person, identities] : of_person) EXPECT_EQ(identities.size(), 1u) << "person " << person;
  for (const auto& [identity, people] : of_identity) EXPECT_EQ(people.size(), 1u) << "identity " << identity;
  EXPECT_EQ(found.identities, int(of_identity.size()));
}

TEST(TrackAssociation, TrackletsOfAllViewsBecomeTheirPeople) {
  for (const unsigned seed : {1u, 2u, 3u})
    expect_true(simulate_range(seed, 4, 3, 30), identify(simulate_range(seed, 4, 3, 30)));
}

TEST(TrackAssociation, WhoIsHiddenForAWhileInOneViewStaysTheSame) {
  SimulatedRange range = simulate_range(4, 3, 2, 30);
  range.hide(0, 1, 10, 20);
  range.hide(1, 2, 5, 25);
  expect_true(range, identify(range));
}

TEST(TrackAssociation, WhoIsLostInAllViewsForAnInstantGoesOnWhereSomebodyAppearsNearby) {
  SimulatedRange range = simulate_range(5, 3, 2, 30);
  for (int v = 0; v < 3; ++v) range.hide(0, v, 12, 18);
  expect_true(range, identify(range));
}

TEST(TrackAssociation, WhoAppearsElsewhereInTheSameInstantIsSomebodyElse) {
  SimulatedRange range = simulate_range(6, 3, 2, 30);
  for (int v = 0; v < 3; ++v) {
    range.hide(0, v, 14, 30);  // one is gone for good, the other comes later
    range.hide(1, v, 0, 16);
  }
  expect_true(range, identify(range));
}

TEST(TrackAssociation, ViewsWithoutAPoseAreNotLinked) {
  const SimulatedRange range = simulate_range(7, 3, 2, 10);
  std::vector<AssociatedView> cameras = true_cameras(range);
  cameras[2].estimated = false;
  const TrackIdentities found = identify_tracklets(range.frames, range.capture.views, cameras);
  EXPECT_EQ(found.identities, 4);
  EXPECT_EQ(found.identity[0], found.identity[2]);
  EXPECT_NE(found.identity[0], found.identity[4]);
}

TEST(TrackAssociation, NobodyIsNobody) {
  const SimulatedRange range = simulate_range(8, 2, 1, 1);
  const TrackIdentities found = identify_tracklets({}, range.capture.views, true_cameras(range));
  EXPECT_EQ(found.identities, 0);
}

TEST(TrackAssociation, StopsWhenAsked) {
  Progress progress;
  progress.stop_requested = [] { return true; };
  const SimulatedRange range = simulate_range(9, 3, 2, 4);
  EXPECT_THROW(identify_tracklets(range.frames, range.capture.views, true_cameras(range), {}, progress),
               Cancelled);
}

}  // namespace
}  // namespace ahap
