#include "app/gui/film_recorder.h"

#include <utility>

#include "reconstruction/formats/error_text.h"

namespace ahap {
namespace {

constexpr int kMostWaiting = 3;  // pictures before the encoder, which may be large

}  // namespace

FilmRecorder::FilmRecorder(FilmScene scene, FilmPlan plan, const std::filesystem::path& file,
                           std::function<void()> wake)
    : file_(file), film_(std::move(scene), std::move(plan)), wake_(std::move(wake)) {
  require_film_place(file);
  // On the thread, whose low priority the encoder's own threads take over.
  encode([this] {
    writer_.emplace(file_, film_.plan().width, film_.plan().height, film_.plan().frames_per_second);
  });
}

bool FilmRecorder::wants_time() const {
  return drawn_ < film_.plan().frames && waiting_ < kMostWaiting && !end();
}

void FilmRecorder::advance(std::chrono::milliseconds budget) {
  const auto start = std::chrono::steady_clock::now();
  while (wants_time()) {
    encode([this, picture = film_.picture(drawn_)] {
      writer_->add(picture);
      ++encoded_;
    });
    ++drawn_;
    if (drawn_ == film_.plan().frames)
      encode([this] {
        writer_->finish();
        const std::scoped_lock lock(mutex_);
        end_ = End{{}, writer_->note()};
      });
    if (std::chrono::steady_clock::now() - start > budget) return;
  }
}

void FilmRecorder::encode(std::function<void()> work) {
  ++waiting_;
  thread_.post([this, work = std::move(work)](std::stop_token) {
    if (!end()) {
      try {
        work();
      } catch (const std::exception& error) {
        const std::scoped_lock lock(mutex_);
        end_ = End{error_text(error), {}};
      }
    }
    --waiting_;
    wake_();
  });
}

double FilmRecorder::fraction() const {
  return double(encoded_) / film_.plan().frames;
}

std::optional<FilmRecorder::End> FilmRecorder::end() const {
  const std::scoped_lock lock(mutex_);
  return end_;
}

}  // namespace ahap
