#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>

#include "reconstruction/reconstruct.h"
#include "tests/gui/studio_fixture.h"

namespace ahap {
namespace {

using namespace testing;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// What the process holds.
struct Holdings {
  double megabytes = 0;  // of memory that is its own
  int handles = 0, threads = 0;
};

Holdings holdings() {
  Holdings now;
  long pages = 0, resident = 0, shared = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident >> shared;
  now.megabytes = double(resident - shared) * double(sysconf(_SC_PAGESIZE)) / (1 << 20);
  const auto count = [](const char* folder) {
    return int(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
  };
  now.handles = count("/proc/self/fd");
  now.threads = count("/proc/self/task");
  return now;
}

Holdings median(std::vector<Holdings> all) {
  const auto middle = [&](auto member) {
    std::nth_element(all.begin(), all.begin() + std::ptrdiff_t(all.size() / 2), all.end(),
                     [&](const Holdings& a, const Holdings& b) { return a.*member < b.*member; });
    return all[all.size() / 2].*member;
  };
  return {middle(&Holdings::megabytes), middle(&Holdings::handles), middle(&Holdings::threads)};
}

// Somebody works on two captures again and again (scripts/soak).
class LongSession : public StudioTest {
 protected:
  void open_studio() {
    const fs::path sample = fs::path(AHAP_SOURCE_DIR) / "assets/sample";
    for (const char* camera : {"cam01.jpg", "cam02.jpg", "cam03.jpg"}) {
      fs::create_directories(place_ / "three");
      fs::copy(sample / camera, place_ / "three" / camera);
    }
    captures_ = {sample, place_ / "three"};
    state_folder_ = place_ / "state";
    const std::shared_ptr<Model> model = load_model(LoadOptions());
    open_window([model](const std::vector<View>& views, const Options& options, const Progress& progress) {
      return reconstruct(views, *model, options, progress);
    });
    session().undo_memory = 50 << 20;
  }
  Session& session() { return studio_->session(); }
  bool idle() { return !session().opening() && !session().run_state().active() && !session().writing(); }

  void work(int round) {
    session().notices().clear();
    drop({captures_[round % 2]});
    ASSERT_TRUE(eventually([&] { return session().run_state().active(); }));
    if (round % 3 == 0) {  // in any of the stages
      const auto until = Clock::now() + std::chrono::milliseconds(150 * (round % 16));
      ASSERT_TRUE(eventually([&] { return Clock::now() > until; }));
      session().stop();
      ASSERT_TRUE(eventually([&] { return idle(); }));
      session().run();
    }
    ASSERT_TRUE(eventually([&] { return idle() && session().result_is_complete(); }));
    drag({{500, 300}, {560, 330}, {450, 360}});
    for (const int key : {GLFW_KEY_X, GLFW_KEY_F5, GLFW_KEY_B, GLFW_KEY_M, GLFW_KEY_ESCAPE}) press(key);
    press(GLFW_KEY_P, GLFW_MOD_CONTROL);
    press(GLFW_KEY_ESCAPE);
    session().write(place_ / "out", {});
    ASSERT_TRUE(eventually([&] { return idle(); }));
    for (const Notice& notice : session().notices())
      EXPECT_NE(notice.kind, Notice::Kind::error) << notice.text;
    press(GLFW_KEY_Z, GLFW_MOD_CONTROL);
    ASSERT_TRUE(eventually([n = 0]() mutable { return ++n > 20; }));
    press(GLFW_KEY_Z, GLFW_MOD_CONTROL | GLFW_MOD_SHIFT);
  }

  std::vector<fs::path> captures_;
};

TEST_F(LongSession, grows_neither_in_memory_nor_in_handles_nor_in_threads) {
  const char* minutes = std::getenv("AHAP_SOAK_MINUTES");
  ASSERT_NE(minutes, nullptr) << "started by scripts/soak";
  open_studio();
  const auto start = Clock::now();
  const std::chrono::duration<double> length(60 * std::atof(minutes));
  std::vector<Holdings> rounds;
  for (int round = 0; Clock::now() - start < length || round < 16; ++round) {
    work(round);
    if (HasFatalFailure()) return;
    rounds.push_back(holdings());
    const double passed = std::chrono::duration<double>(Clock::now() - start).count();
    std::cout << "round " << round << " at " << int(passed) << " s: " << int(rounds.back().megabytes)
              << " MB, " << rounds.back().handles << " handles, " << rounds.back().threads << " threads"
              << std::endl;
  }
  const std::size_t quarter = rounds.size() / 4;
  const auto part = [&](std::size_t k) {
    return median(
        {rounds.begin() + std::ptrdiff_t(k * quarter), rounds.begin() + std::ptrdiff_t((k + 1) * quarter)});
  };
  const Holdings second = part(1), last = part(3);
  std::cout << rounds.size() << " rounds; medians of the second and the last quarter: " << second.megabytes
            << " and " << last.megabytes << " MB, " << second.handles << " and " << last.handles
            << " handles, " << second.threads << " and " << last.threads << " threads" << std::endl;
  EXPECT_LT(last.megabytes, 1.05 * second.megabytes + 10);
  EXPECT_LE(last.handles, second.handles);
  EXPECT_LE(last.threads, second.threads);
}

}  // namespace
}  // namespace ahap
