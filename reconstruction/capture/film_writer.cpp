#include "reconstruction/capture/film_writer.h"

#include <algorithm>
#include <cctype>
#include <random>
#include <stdexcept>

#include "reconstruction/capture/file_kind.h"
#include "reconstruction/results/output_file.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

// In the same folder, so that the rename stays within one file system.
fs::path partial_of(const fs::path& file) {
  return file.parent_path() / (".ahap-" + std::to_string(std::random_device()()) + ".partial.mp4");
}

fs::path checked(const fs::path& file) {
  require_film_place(file);
  std::error_code ignored;
  return fs::absolute(fs::is_symlink(file, ignored) ? fs::weakly_canonical(file) : file);
}

}  // namespace

void require_film_place(const fs::path& file) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  if (ending != ".mp4")
    throw std::runtime_error(file.string() + ": films are MP4 files; choose a name that ends with .mp4");
  require_writable(file);
  std::error_code ignored;
  if (fs::exists(file, ignored) && kind_of_file(file) != FileKind::own_picture)
    throw std::runtime_error(file.string() +
                             ": is there already and no film of this program; choose another name");
}

FilmWriter::FilmWriter(const fs::path& file, int width, int height, int frames_per_second,
                       const std::string& h264_encoder)
    : file_(checked(file)), partial_(partial_of(file_)), unfinished_(partial_) {
  try {
    writer_.emplace(partial_, width, height, frames_per_second, VideoCoding::film, h264_encoder);
  } catch (...) {
    std::error_code ignored;
    fs::remove(partial_, ignored);
    throw;
  }
}

FilmWriter::~FilmWriter() {
  writer_.reset();
  std::error_code ignored;
  if (!finished_) fs::remove(partial_, ignored);
}

void FilmWriter::add(const Image& picture) {
  writer_->add(picture);
}

void FilmWriter::finish() {
  writer_->finish();
  std::error_code error;
  fs::rename(partial_, file_, error);
  if (error) throw std::runtime_error("cannot write the video " + file_.string() + ": " + error.message());
  finished_ = true;
}

std::string FilmWriter::note() const {
  return writer_->is_h264()
             ? ""
             : "FFmpeg has no encoder for H.264 here, so the film is MPEG-4 Part 2: larger, and "
               "not shown by every player";
}

}  // namespace ahap
