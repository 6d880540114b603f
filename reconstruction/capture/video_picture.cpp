#include "reconstruction/capture/video_picture.h"

extern "C" {
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "reconstruction/capture/picture.h"

namespace ahap {
namespace {

constexpr double kLongestPixel = 8;  // width to height, or height to width; more is a mistake

// Where a picture's columns and rows go (FFmpeg's display matrix: x' = m0 x + m3 y, y' = m1 x + m4 y), to the
// nearest quarter turn.
struct Turn {
  bool transposed = false, flipped_x = false, flipped_y = false;  // flipped after transposing
};

Turn turn_of(const std::int32_t* m) {
  if (!m) return {};
  const auto size = [&](int i) { return std::abs(double(m[i])); };
  if (size(0) + size(4) >= size(1) + size(3)) return {false, m[0] < 0, m[4] < 0};
  return {true, m[3] < 0, m[1] < 0};
}

const std::int32_t* display_matrix(const AVStream& stream, const AVFrame& frame) {
#if LIBAVFORMAT_VERSION_MAJOR >= 61
  const AVPacketSideData* data = av_packet_side_data_get(
      stream.codecpar->coded_side_data, stream.codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
  if (data && data->size >= 9 * sizeof(std::int32_t))
    return reinterpret_cast<const std::int32_t*>(data->data);
#else
  std::size_t size = 0;
  const std::uint8_t* data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  if (data && size >= 9 * sizeof(std::int32_t)) return reinterpret_cast<const std::int32_t*>(data);
#endif
  const AVFrameSideData* of_frame = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX);
  return of_frame ? reinterpret_cast<const std::int32_t*>(of_frame->data) : nullptr;
}

// The frame's size with square pixels, of which there are never fewer than stored ones.
std::pair<int, int> square_size(AVFormatContext& container, AVStream& stream, AVFrame& frame) {
  const AVRational pixel = av_guess_sample_aspect_ratio(&container, &stream, &frame);
  const double aspect = pixel.num > 0 && pixel.den > 0 ? av_q2d(pixel) : 1;
  if (aspect > kLongestPixel || aspect < 1 / kLongestPixel) return {frame.width, frame.height};
  if (aspect >= 1) return {int(std::lround(frame.width * aspect)), frame.height};
  return {frame.width, int(std::lround(frame.height / aspect))};
}

// Formats with a "J" are those without, in full range.
AVPixelFormat plain_format(int format, bool& full_range) {
  const auto full = [&](AVPixelFormat plain) {
    full_range = true;
    return plain;
  };
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      return full(AV_PIX_FMT_YUV420P);
    case AV_PIX_FMT_YUVJ422P:
      return full(AV_PIX_FMT_YUV422P);
    case AV_PIX_FMT_YUVJ444P:
      return full(AV_PIX_FMT_YUV444P);
    case AV_PIX_FMT_YUVJ440P:
      return full(AV_PIX_FMT_YUV440P);
    case AV_PIX_FMT_YUVJ411P:
      return full(AV_PIX_FMT_YUV411P);
    default:
      return AVPixelFormat(format);
  }
}

Image turned(const AVFrame& rgb, const Turn& turn) {
  const int width = rgb.width, height = rgb.height;
  Image image(turn.transposed ? height : width, turn.transposed ? width : height);
  for (int y = 0; y < image.height; ++y) {
    const int v = turn.flipped_y ? image.height - 1 - y : y;
    if (!turn.transposed && !turn.flipped_x) {
      std::memcpy(image.pixel(0, y), rgb.data[0] + std::ptrdiff_t(v) * rgb.linesize[0],
                  3 * std::size_t(width));
      continue;
    }
    for (int x = 0; x < image.width; ++x) {
      const int u = turn.flipped_x ? image.width - 1 - x : x;
      const int column = turn.transposed ? v : u, row = turn.transposed ? u : v;
      std::memcpy(image.pixel(x, y), rgb.data[0] + std::ptrdiff_t(row) * rgb.linesize[0] + 3 * column, 3);
    }
  }
  return image;
}

}  // namespace

void FramePainter::FreeSws::operator()(SwsContext* context) const {
  sws_freeContext(context);
}

FramePainter::FramePainter() = default;
FramePainter::~FramePainter() = default;

Image FramePainter::paint(AVFormatContext& container, AVStream& stream, AVFrame& frame) {
  const auto [width, height] = square_size(container, stream, frame);
  bool full_range = frame.color_range == AVCOL_RANGE_JPEG;
  const AVPixelFormat format = plain_format(frame.format, full_range);
  const VideoFrame rgb(av_frame_alloc());
  rgb->width = width;
  rgb->height = height;
  rgb->format = AV_PIX_FMT_RGB24;
  constexpr int flags = SWS_BICUBIC | SWS_ACCURATE_RND;
  if (std::int64_t(width) * height <= kMaxPixels && av_frame_get_buffer(rgb.get(), 64) == 0) {
    sws_.reset(sws_getCachedContext(sws_.release(), frame.width, frame.height, format, width, height,
                                    AV_PIX_FMT_RGB24, flags, nullptr, nullptr, nullptr));
    // Where a file does not say, televisions' way: BT.601 for small pictures, BT.709 from 720 lines on.
    const int colors = frame.colorspace != AVCOL_SPC_UNSPECIFIED && frame.colorspace != AVCOL_SPC_RGB
                           ? frame.colorspace
                       : frame.height >= 720 ? SWS_CS_ITU709
                                             : SWS_CS_ITU601;
    constexpr int one = 1 << 16;
    if (sws_) {
      sws_setColorspaceDetails(sws_.get(), sws_getCoefficients(colors), full_range,
                               sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, one, one);
      if (sws_scale(sws_.get(), frame.data, frame.linesize, 0, frame.height, rgb->data, rgb->linesize) ==
          height)
        return turned(*rgb, turn_of(display_matrix(stream, frame)));
    }
  }
  throw std::runtime_error("has frames of " + std::to_string(width) + " x " + std::to_string(height) +
                           " pixels in a format that cannot be converted");
}

}  // namespace ahap
