#include "reconstruction/networks/view_workers.h"

#include <gtest/gtest.h>

#include <mutex>
#include <set>

namespace ahap {
namespace {

TEST(ViewWorkers, EveryViewIsDoneOnce) {
  std::mutex mutex;
  std::multiset<int> done;
  for_each_view(7, "people", {}, [&](int v) {
    const std::lock_guard lock(mutex);
    done.insert(v);
  });
  EXPECT_EQ(done, (std::multiset<int>{0, 1, 2, 3, 4, 5, 6}));
}

TEST(ViewWorkers, ThreadsOfTheNetworksAreDividedAndComeBack) {
  const int before = at::get_num_threads();
  at::set_num_threads(4);
  std::atomic<int> most{0};
  for_each_view(4, "people", {}, [&](int) { most = std::max(most.load(), int(at::get_num_threads())); });
  EXPECT_EQ(most, 1);
  int alone = 0;
  for_each_view(1, "people", {}, [&](int) { alone = at::get_num_threads(); });
  EXPECT_EQ(alone, 4);
  EXPECT_EQ(at::get_num_threads(), 4);
  at::set_num_threads(before);
}

TEST(ViewWorkers, AFailureReachesTheCaller) {
  EXPECT_THROW(for_each_view(3, "people", {},
                             [](int v) {
                               if (v == 1) throw std::invalid_argument("no such view");
                             }),
               std::invalid_argument);
}

TEST(ViewWorkers, AStopEndsTheRunAfterTheTasksUnderWay) {
  std::atomic<int> done{0};
  Progress progress;
  progress.stop_requested = [&] { return done > 0; };
  EXPECT_THROW(for_each_view(1000, "people", progress,
                             [&](int) {
                               std::this_thread::sleep_for(std::chrono::milliseconds(5));
                               ++done;
                             }),
               Cancelled);
  EXPECT_LT(done, 100);
}

TEST(ViewWorkers, NoViewsAreNoWork) {
  for_each_view(0, "people", {}, [](int) { FAIL(); });
}

}  // namespace
}  // namespace ahap
