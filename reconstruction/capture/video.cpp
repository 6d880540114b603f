#include "reconstruction/capture/video.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>
#include <stdexcept>

#include "reconstruction/capture/picture.h"
#include "reconstruction/capture/quiet_stderr.h"

namespace ahap {
namespace {

constexpr int kNearAhead = 30;    // frames that are skipped by decoding rather than by seeking
constexpr int kSearchBack = 100;  // frames before a doubtful end from which on frames are counted

cv::VideoCapture open(const std::filesystem::path& file) {
  static const bool silenced = [] {
    setenv("OPENCV_FFMPEG_LOGLEVEL", "-8", 0);  // AV_LOG_QUIET
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    return true;
  }();
  static_cast<void>(silenced);
  const QuietStderr quiet;
  cv::VideoCapture video;
  try {
    video.open(std::filesystem::absolute(file).string(), cv::CAP_FFMPEG);
    video.set(cv::CAP_PROP_ORIENTATION_AUTO, 0);
  } catch (const cv::Exception&) {
  }
  return video;
}

// Turns a frame as its container says. OpenCV 4.6 has the sign wrong (opencv/opencv issue 22088), so it is
// done here.
void turn_upright(cv::Mat& frame, const cv::VideoCapture& video) {
  const int angle = (int(std::lround(video.get(cv::CAP_PROP_ORIENTATION_META))) % 360 + 360) % 360;
  constexpr bool counter_clockwise = CV_VERSION_MAJOR == 4 && CV_VERSION_MINOR == 6;
  const int clockwise = counter_clockwise ? (360 - angle) % 360 : angle;
  if (clockwise == 90) cv::rotate(frame, frame, cv::ROTATE_90_CLOCKWISE);
  if (clockwise == 180) cv::rotate(frame, frame, cv::ROTATE_180);
  if (clockwise == 270) cv::rotate(frame, frame, cv::ROTATE_90_COUNTERCLOCKWISE);
}

}  // namespace

struct Video::Decoder {
  cv::VideoCapture capture;
};

Video::Video(const std::filesystem::path& file) : file_(file) {
  require_readable(file);
  decoder_.reset(new Decoder{open(file)});
  if (!decoder_->capture.isOpened()) {
    throw std::runtime_error("cannot be read as a video: it is damaged, cut off or of an unknown kind");
  }
  const double fps = decoder_->capture.get(cv::CAP_PROP_FPS);
  fps_ = std::isfinite(fps) && fps > 0 && fps < 10000 ? fps : 0;
  const double frames = decoder_->capture.get(cv::CAP_PROP_FRAME_COUNT);
  if (frames >= 1 && frames < std::numeric_limits<int>::max()) {
    frame_count_ = int(frames);
  } else {
    find_end(0);
  }
  if (frame_count_ == 0) throw std::runtime_error("is a video without a single readable frame");
}

Video::~Video() = default;
Video::Video(Video&&) noexcept = default;

void Video::find_end(int expected) {
  cv::VideoCapture& capture = decoder_->capture;
  frame_count_ = 0;
  if (const int start = expected - kSearchBack; start > 0) {
    capture = open(file_);
    capture.set(cv::CAP_PROP_POS_FRAMES, start);
    if (std::lround(capture.get(cv::CAP_PROP_POS_FRAMES)) == start) {
      for (frame_count_ = start; capture.grab(); ++frame_count_) {
      }
      if (frame_count_ == start) frame_count_ = 0;
    }
  }
  capture = open(file_);
  next_ = 0;
  if (frame_count_ > 0) return;
  for (; capture.grab(); ++frame_count_) {
  }
  capture = open(file_);
}

bool Video::move_to(int index) {
  cv::VideoCapture& capture = decoder_->capture;
  if (index < next_ || index > next_ + kNearAhead) {
    capture.set(cv::CAP_PROP_POS_FRAMES, index);
    next_ =
        int(std::lround(capture.get(cv::CAP_PROP_POS_FRAMES)));  // falls short of `index` past the real end
    return next_ == index;
  }
  for (; next_ < index; ++next_) {
    if (!capture.grab()) return false;
  }
  return true;
}

std::optional<Image> Video::frame(int index) {
  if (index < 0 || index >= frame_count_) return std::nullopt;
  const QuietStderr quiet;
  cv::Mat bgr;
  bool found = move_to(index) && decoder_->capture.read(bgr);
  if (!found) {
    // Either the file ends early or it cannot be searched. Counting tells which, once and for all.
    find_end(next_);
    if (index >= frame_count_) return std::nullopt;
    for (; next_ < index && decoder_->capture.grab(); ++next_) {
    }
    found = decoder_->capture.read(bgr);
  }
  ++next_;
  if (!found || bgr.empty() || bgr.type() != CV_8UC3) return std::nullopt;
  turn_upright(bgr, decoder_->capture);
  Image image(bgr.cols, bgr.rows);
  cv::cvtColor(bgr, cv::Mat(bgr.size(), CV_8UC3, image.rgb.data()), cv::COLOR_BGR2RGB);
  return image;
}

}  // namespace ahap
