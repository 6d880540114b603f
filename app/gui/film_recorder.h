#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "app/gui/film.h"
#include "app/gui/task_thread.h"
#include "reconstruction/capture/film_writer.h"

namespace ahap {

// Makes a film a few pictures at a time, between the frames of a window; a thread encodes them. One that is
// destroyed before its end leaves no file.
class FilmRecorder {
 public:
  // Throws a sentence for what no film can be, and where none may be written. wake: called on the thread when
  // there is more to do.
  FilmRecorder(FilmScene scene, FilmPlan plan, const std::filesystem::path& file, std::function<void()> wake);

  // Draws for about so long, at least one picture unless the encoder has enough to do.
  void advance(std::chrono::milliseconds budget);
  // Whether advance() would draw something.
  bool wants_time() const;
  double fraction() const;  // 0..1, of the pictures that are encoded
  int pictures() const { return film_.plan().frames; }
  const std::filesystem::path& file() const { return file_; }

  struct End {
    std::string problem;  // why there is no film, one sentence; empty: there is one
    std::string note;     // what a person should know about it
  };
  // Nothing while it is being made.
  std::optional<End> end() const;

 private:
  void encode(std::function<void()> work);

  std::filesystem::path file_;
  Film film_;
  std::optional<FilmWriter> writer_;  // the thread's
  std::function<void()> wake_;
  int drawn_ = 0;
  std::atomic<int> waiting_ = 0, encoded_ = 0;
  mutable std::mutex mutex_;
  std::optional<End> end_;  // guarded by mutex_
  TaskThread thread_;       // last
};

}  // namespace ahap
