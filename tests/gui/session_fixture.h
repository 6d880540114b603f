#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "app/gui/session.h"
#include "tests/capture/sample_files.h"
#include "tests/fixtures/sample_reconstruction.h"

namespace ahap::testing {

// A session on small pictures, and a window that only takes in what is new.
class SessionTest : public ::testing::Test {
 protected:
  void start(Session::ReconstructViews reconstruct, Session::ReconstructRange reconstruct_range = {}) {
    session_.emplace(std::move(reconstruct), std::move(reconstruct_range), [this] { ++woken_; });
  }
  static std::shared_ptr<Reconstruction> empty_result(int frame) {
    auto result = std::make_shared<Reconstruction>();
    result->frames.emplace_back().number = frame;
    return result;
  }
  // Number in the capture of the result's first frame; -1 without a result.
  int first_frame() const { return session_->result() ? session_->result()->frames[0].number : -1; }
  void start() {
    start([](const std::vector<View>& views, const Options&, const Progress& progress) {
      step(progress, "networks", 0.5);
      auto result = std::make_shared<Reconstruction>(sample_reconstruction_of(views));
      result->model_name = std::to_string(views.size()) + " views";
      return result;
    });
  }

  // As the window does: update at the start of every frame. False after ten seconds.
  bool eventually(const std::function<bool()>& condition) {
    for (int i = 0; i < 2000; ++i) {
      session_->update();
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }
  bool finished() {
    return eventually([&] {
      return session_->capture() && session_->run_state().phase == Job::Phase::done && session_->result();
    });
  }

  std::filesystem::path pictures(int count, const std::string& name = "capture") {
    for (int i = 0; i < count; ++i)
      write_picture(place_ / name / ("cam" + std::to_string(i) + ".png"), corners(320 + i, 240));
    return place_ / name;
  }
  bool told(Notice::Kind kind, const std::string& text) {
    for (const Notice& notice : session_->notices()) {
      if (notice.kind == kind && notice.text.find(text) != std::string::npos) return true;
    }
    return false;
  }

  TemporaryFolder place_;
  std::atomic<int> woken_ = 0;
  std::optional<Session> session_;
};

}  // namespace ahap::testing
