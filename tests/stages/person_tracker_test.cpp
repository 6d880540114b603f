#include "reconstruction/stages/person_tracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/stages/drawn_people.h"

namespace ahap {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr double kHighThreshold = 0.5;

// One camera at 25 frames a second.
class PersonTrackerTest : public ::testing::Test {
 protected:
  void draws(DrawnPeople::Draw draw) {
    people_ = std::make_unique<DrawnPeople>(std::move(draw));
    tracker_ = std::make_unique<PersonTracker>(*people_, kHighThreshold);
  }
  // Where the people of a frame are, by their numbers.
  std::map<int, int> next(int frame) {
    View view;
    view.image = DrawnPeople::picture(frame, 640, 480);
    view.time = frame / 25.0;
    std::map<int, int> seen;
    for (const TrackedPerson& person : tracker_->next(view))
      seen[person.tracklet] = int(std::lround(person.person.observation.ray_pixel.x()));
    return seen;
  }

  std::unique_ptr<DrawnPeople> people_;
  std::unique_ptr<PersonTracker> tracker_;
};

TEST_F(PersonTrackerTest, follows_everybody_and_looks_through_whole_pictures_now_and_then) {
  draws([](int f, int) { return std::vector<DrawnPerson>{{100.0 + 5 * f, 200}, {500.0 - 3 * f, 240}}; });
  for (int f = 0; f < 50; ++f)
    EXPECT_EQ(next(f), (std::map<int, int>{{0, 100 + 5 * f}, {1, 500 - 3 * f}})) << f;
  EXPECT_GE(people_->finds, 5);
  EXPECT_LE(people_->finds, 8) << "two seconds, a third of a second apart";
  EXPECT_GT(people_->looks, 80);
}

TEST_F(PersonTrackerTest, keeps_apart_who_walk_past_each_other) {
  draws([](int f, int) { return std::vector<DrawnPerson>{{100.0 + 8 * f, 200}, {500.0 - 8 * f, 250}}; });
  for (int f = 0; f < 50; ++f)
    EXPECT_EQ(next(f), (std::map<int, int>{{0, 100 + 8 * f}, {1, 500 - 8 * f}})) << f;
}

TEST_F(PersonTrackerTest, finds_who_comes_in_within_a_third_of_a_second) {
  draws([](int f, int) {
    std::vector<DrawnPerson> people = {{100, 200}};
    if (f >= 11) people.push_back({400, 200});
    return people;
  });
  int came = 0;
  for (int f = 0; f < 30 && !came; ++f) came = next(f).contains(1) ? f : 0;
  EXPECT_GE(came, 11);
  EXPECT_LE(came, 20);
}

TEST_F(PersonTrackerTest, knows_again_who_was_hidden_for_less_than_half_a_second) {
  for (const int hidden : {6, 20}) {
    draws([hidden](int f, int) {
      std::vector<DrawnPerson> people = {{100, 200}};
      if (f < 20 || f >= 20 + hidden) people.push_back({400, 200});
      return people;
    });
    for (int f = 0; f < 20; ++f) next(f);
    EXPECT_THAT(next(20), ElementsAre(std::pair(0, 100)));
    for (int f = 21; f < 59; ++f) next(f);
    const auto after = next(59);
    EXPECT_EQ(after.size(), 2u);
    EXPECT_EQ(after.contains(1), hidden == 6) << "else it is somebody new";
  }
}

TEST_F(PersonTrackerTest, takes_nobody_who_is_weak_but_keeps_who_becomes_so) {
  draws([](int f, int) {
    return std::vector<DrawnPerson>{{100, 200, 0.35}, {400, 200, f < 5 ? 0.8 : 0.35}};
  });
  for (int f = 0; f < 30; ++f) EXPECT_THAT(next(f), ElementsAre(std::pair(0, 400))) << f;
}

TEST_F(PersonTrackerTest, looks_through_every_picture_where_steps_are_long) {
  draws([](int f, int) { return std::vector<DrawnPerson>{{100.0 + f, 200}}; });
  for (int f = 0; f < 40; f += 5) EXPECT_THAT(next(f), ElementsAre(std::pair(0, 100 + f)));
  EXPECT_EQ(people_->finds, 8);
}

TEST_F(PersonTrackerTest, knows_nobody_after_a_cut) {
  draws([](int, int) { return std::vector<DrawnPerson>{{100, 200}}; });
  for (int f = 0; f < 10; ++f) EXPECT_THAT(next(f), ElementsAre(std::pair(0, 100)));
  tracker_->cut();
  EXPECT_THAT(next(10), ElementsAre(std::pair(1, 100)));
}

TEST_F(PersonTrackerTest, finds_nobody_in_empty_pictures_and_then_goes_on) {
  draws([](int f, int) {
    return f < 10 ? std::vector<DrawnPerson>() : std::vector<DrawnPerson>{{100, 200}};
  });
  for (int f = 0; f < 10; ++f) EXPECT_THAT(next(f), IsEmpty());
  for (int f = 10; f < 20; ++f) next(f);
  EXPECT_THAT(next(20), ElementsAre(std::pair(0, 100)));
}

TEST_F(PersonTrackerTest, goes_on_from_a_state_as_without_a_break) {
  const auto draw = [](int f, int) {
    std::vector<DrawnPerson> people = {{100.0 + 4 * f, 200}};
    if (f % 17 > 4) people.push_back({500.0 - 2 * f, 220});
    return people;
  };
  for (int end = 1; end < 30; end += 3) {
    draws(draw);
    std::vector<std::map<int, int>> whole, resumed;
    for (int f = 0; f < 40; ++f) whole.push_back(next(f));
    draws(draw);
    for (int f = 0; f < 40; ++f) {
      if (f == end) {
        const TrackerState state = tracker_->state();
        draws(draw);
        tracker_->resume(state);
      }
      resumed.push_back(next(f));
    }
    EXPECT_EQ(resumed, whole) << end;
  }
}

}  // namespace
}  // namespace ahap
