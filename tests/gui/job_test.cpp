#include "app/gui/job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>

namespace ahap {
namespace {

using namespace std::chrono_literals;
using Phase = Job::Phase;

std::shared_ptr<const Reconstruction> result_named(const std::string& name) {
  auto result = std::make_shared<Reconstruction>();
  result->model_name = name;
  return result;
}

// True as soon as the condition is; false after ten seconds.
bool eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

// Runs until it is asked to stop.
std::shared_ptr<const Reconstruction> endless(const Progress& progress) {
  while (true) {
    step(progress, "endless", 0.5);
    std::this_thread::sleep_for(1ms);
  }
}

TEST(Job, is_idle_before_the_first_run) {
  const Job job;
  EXPECT_EQ(job.state().phase, Phase::idle);
  EXPECT_EQ(job.latest(), nullptr);
}

TEST(Job, ends_with_the_result_of_its_run) {
  const auto result = result_named("answer");
  Job job;
  job.start([&](const Progress&) { return result; });
  ASSERT_TRUE(eventually([&] { return job.state().phase == Phase::done; }));
  EXPECT_EQ(job.latest(), result);
}

TEST(Job, publishes_snapshots_while_it_runs) {
  std::promise<void> seen;
  Job job;
  job.start([&](const Progress& progress) {
    progress.publish(result_named("cameras and points"));
    seen.get_future().wait();
    return result_named("everything");
  });
  ASSERT_TRUE(eventually([&] { return job.latest() != nullptr; }));
  const auto snapshot = job.latest();
  EXPECT_EQ(snapshot->model_name, "cameras and points");
  EXPECT_EQ(job.state().phase, Phase::running);
  seen.set_value();
  ASSERT_TRUE(eventually([&] { return job.state().phase == Phase::done; }));
  EXPECT_EQ(job.latest()->model_name, "everything");
  EXPECT_EQ(snapshot->model_name, "cameras and points") << "a snapshot stays valid after newer results";
}

std::shared_ptr<const Reconstruction> partial_named(const std::string& name) {
  auto result = std::make_shared<Reconstruction>();
  result->model_name = name;
  result->partial = true;
  return result;
}

TEST(Job, a_stopped_first_run_keeps_what_it_knew) {
  Job job;
  job.start([](const Progress& progress) -> std::shared_ptr<const Reconstruction> {
    progress.publish(partial_named("half"));
    return endless(progress);
  });
  ASSERT_TRUE(eventually([&] { return job.latest() != nullptr; }));
  job.stop();
  ASSERT_TRUE(eventually([&] { return job.state().phase == Phase::cancelled; }));
  EXPECT_EQ(job.latest()->model_name, "half");
}

TEST(Job, lists_the_stages_in_their_order_with_their_progress) {
  std::promise<void> seen;
  Job job;
  job.start([&](const Progress& progress) {
    step(progress, "depth and cameras", 0);
    std::this_thread::sleep_for(20ms);
    step(progress, "depth and cameras", 0.5);
    step(progress, "identity", 0.25);
    seen.get_future().wait();
    return result_named("");
  });
  ASSERT_TRUE(eventually([&] { return job.state().stages.size() == 2; }));
  const Job::State state = job.state();
  EXPECT_EQ(state.stages[0].name, "depth and cameras");
  EXPECT_EQ(state.stages[0].fraction, 1);
  EXPECT_GE(state.stages[0].seconds, 0.015);
  EXPECT_EQ(state.stages[1].name, "identity");
  EXPECT_EQ(state.stages[1].fraction, 0.25);
  EXPECT_GE(state.seconds, state.stages[0].seconds);
  seen.set_value();
}

TEST(Job, stops_when_it_is_asked_to_and_keeps_the_result_before) {
  Job job;
  job.start([](const Progress&) { return result_named("first"); });
  ASSERT_TRUE(eventually([&] { return job.state().phase == Phase::done; }));
  job.start(endless);
  ASSERT_TRUE(eventually([&] { return !job.state().stages.empty(); }));
  job.stop();
  EXPECT_TRUE(job.state().phase == Phase::stopping || job.state().phase == Phase::cancelled);
  ASSERT_TRUE(eventually([&] { return job.state().phase == Phase::cancelled; }));
  EXPECT_EQ(job.latest()->model_name, "first");
}

TEST(Job, carries_the_sentence_of_a_failed_run) {
  Job job;
  job.start([](const Progress&) -> std::shared_ptr<const Reconstruction> {
    throw std::runtime_error("cam03.jpg is cut off; copy it again.");
  });
  ASSERT_TRUE(eventually([&] { return job.state().phase == Phase::failed; }));
  EXPECT_EQ(job.state().error, "cam03.jpg is cut off; copy it again.");
}

// As c10::Error: no error of ours.
struct LibraryError : std::exception {
  const char* what() const noexcept override { return "shape mismatch\nframe #0: c10::Error"; }
};

TEST(Job, never_carries_the_words_of_a_library) {
  Job job;
  job.start([](const Progress&) -> std::shared_ptr<const Reconstruction> { throw LibraryError(); });
  ASSERT_TRUE(eventually([&] { return job.state().phase == Phase::failed; }));
  EXPECT_THAT(job.state().error, ::testing::HasSubstr("did not expect"));
  EXPECT_THAT(job.state().error, ::testing::Not(::testing::HasSubstr("c10")));
}

TEST(Job, says_when_memory_is_short) {
  Job job;
  job.start([](const Progress&) -> std::shared_ptr<const Reconstruction> { throw std::bad_alloc(); });
  ASSERT_TRUE(eventually([&] { return job.state().phase == Phase::failed; }));
  EXPECT_NE(job.state().error.find("memory"), std::string::npos);
}

TEST(Job, works_again_after_a_failure) {
  Job job;
  job.start([](const Progress&) -> std::shared_ptr<const Reconstruction> { throw std::runtime_error("no"); });
  ASSERT_TRUE(eventually([&] { return job.state().phase == Phase::failed; }));
  job.start([](const Progress&) { return result_named("yes"); });
  ASSERT_TRUE(eventually([&] { return job.state().phase == Phase::done; }));
  EXPECT_TRUE(job.state().error.empty());
}

TEST(Job, a_new_run_replaces_the_one_under_way) {
  Job job;
  job.start(endless);
  ASSERT_TRUE(eventually([&] { return !job.state().stages.empty(); }));
  job.start([](const Progress&) { return result_named("second"); });
  ASSERT_TRUE(eventually([&] { return job.state().phase == Phase::done; }));
  EXPECT_EQ(job.latest()->model_name, "second");
}

TEST(Job, a_replaced_run_that_does_not_listen_changes_nothing_any_more) {
  std::promise<void> let_go;
  Job job;
  job.start([&](const Progress& progress) {
    let_go.get_future().wait();
    progress.publish(result_named("late snapshot"));
    progress.report("late stage", 0.5);
    return result_named("late result");
  });
  job.start(endless);
  let_go.set_value();
  ASSERT_TRUE(eventually([&] { return !job.state().stages.empty(); }));
  EXPECT_EQ(job.state().stages[0].name, "endless");
  EXPECT_EQ(job.latest(), nullptr);
}

TEST(Job, never_makes_its_caller_wait) {
  std::promise<void> let_go;
  Job job;
  const auto start = std::chrono::steady_clock::now();
  job.start([&](const Progress&) {
    let_go.get_future().wait();
    return result_named("");
  });
  for (int i = 0; i < 1000; ++i) {
    (void)job.state();
    (void)job.latest();
  }
  job.stop();
  job.start(endless);
  job.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 500ms);
  let_go.set_value();
}

TEST(Job, wakes_the_window_for_progress_snapshots_and_the_end) {
  std::atomic<int> woken = 0;
  Job job([&] { ++woken; });
  job.start([](const Progress& progress) {
    step(progress, "a", 0);
    progress.publish(result_named("snapshot"));
    return result_named("result");
  });
  EXPECT_TRUE(eventually([&] { return woken == 4; }));
}

TEST(Job, hears_nothing_more_of_a_run_that_is_abandoned) {
  std::promise<void> begun;
  Job job;
  job.start([&](const Progress& progress) {
    begun.set_value();
    try {
      endless(progress);
    } catch (const Cancelled&) {
      progress.publish(result_named("too late"));
    }
    return result_named("too late");
  });
  begun.get_future().wait();
  job.abandon();
  EXPECT_EQ(job.state().phase, Phase::idle);
  job.start([](const Progress&) { return result_named("next"); });
  EXPECT_TRUE(eventually([&] { return job.state().phase == Phase::done; }));
  EXPECT_EQ(job.latest()->model_name, "next");
}

TEST(Job, destroying_it_ends_an_endless_run) {
  const auto start = std::chrono::steady_clock::now();
  {
    Job job;
    job.start(endless);
    job.start(endless);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
}

}  // namespace
}  // namespace ahap
