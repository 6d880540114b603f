#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "reconstruction/capture/video_writer.h"
#include "reconstruction/formats/unfinished.h"

namespace ahap {

// Throws a sentence unless a film may be written there: the name ends with .mp4, and what has it already is a
// film of this program.
void require_film_place(const std::filesystem::path& file);

// A film for players, complete or absent: it is written beside its place and renamed at the end. Throws a
// sentence with the path.
class FilmWriter {
 public:
  // width and height: pixels, even. h264_encoder: FFmpeg's name of it.
  FilmWriter(const std::filesystem::path& file, int width, int height, int frames_per_second,
             const std::string& h264_encoder = "libx264");
  ~FilmWriter();  // nothing is left of a film that is not finished

  void add(const Image& picture);
  void finish();
  // What a person should know about it, one sentence; empty: nothing.
  std::string note() const;

 private:
  std::filesystem::path file_, partial_;
  Unfinished unfinished_;
  std::optional<VideoWriter> writer_;
  bool finished_ = false;
};

}  // namespace ahap
