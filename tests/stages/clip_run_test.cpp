#include "reconstruction/stages/clip_run.h"

#include <gtest/gtest.h>

#include <thread>

namespace ahap {
namespace {

TEST(PacedPublisher, shows_the_first_at_once_and_the_next_after_a_second) {
  int published = 0;
  Progress progress;
  progress.publish = [&](std::shared_ptr<const Reconstruction> partial) {
    EXPECT_TRUE(partial->partial);
    ++published;
  };
  PacedPublisher publisher;
  const auto nothing = [] { return Reconstruction(); };
  for (int n = 0; n < 10; ++n) publisher.publish(progress, nothing);
  EXPECT_EQ(published, 1);
  std::this_thread::sleep_for(std::chrono::milliseconds(1050));
  for (int n = 0; n < 10; ++n) publisher.publish(progress, nothing);
  EXPECT_EQ(published, 2);
}

TEST(PacedPublisher, takes_no_more_than_a_twentieth_of_the_time) {
  int published = 0;
  Progress progress;
  progress.publish = [&](std::shared_ptr<const Reconstruction>) { ++published; };
  PacedPublisher publisher;
  const auto slow = [] {
    std::this_thread::sleep_for(std::chrono::milliseconds(80));
    return Reconstruction();
  };
  publisher.publish(progress, slow);
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  publisher.publish(progress, slow);
  EXPECT_EQ(published, 1) << "80 ms wait for 1.6 s";
}

}  // namespace
}  // namespace ahap
