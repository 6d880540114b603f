#include "reconstruction/capture/video_writer.h"

extern "C" {
#include <libavutil/error.h>
#include <libswscale/swscale.h>
}

#include <array>
#include <stdexcept>
#include <string>

#include "reconstruction/capture/video_container.h"

namespace ahap {
namespace {

constexpr int kQuality = 2;  // FFmpeg's quantiser scale, 1 = finest to 31

struct FreeOutput {
  void operator()(AVFormatContext* context) const {
    avio_closep(&context->pb);
    avformat_free_context(context);
  }
};
struct FreeScaler {
  void operator()(SwsContext* scaler) const { sws_freeContext(scaler); }
};

}  // namespace

struct VideoWriter::Parts {
  std::filesystem::path file;
  std::unique_ptr<AVFormatContext, FreeOutput> output;
  std::unique_ptr<AVCodecContext, FreeLibav> encoder;
  std::unique_ptr<SwsContext, FreeScaler> scaler;
  VideoFrame frame{av_frame_alloc()};
  VideoPacket packet{av_packet_alloc()};

  void require(int result) const {
    if (result >= 0) return;
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(result, text.data(), text.size());
    throw std::runtime_error("cannot write the video " + file.string() + ": " + text.data());
  }

  // Nothing: the last one.
  void encode(const AVFrame* picture) {
    require(avcodec_send_frame(encoder.get(), picture));
    for (int result; (result = avcodec_receive_packet(encoder.get(), packet.get())) != AVERROR(EAGAIN);) {
      if (result == AVERROR_EOF) return;
      require(result);
      packet->duration = 1;
      av_packet_rescale_ts(packet.get(), encoder->time_base, output->streams[0]->time_base);
      require(av_interleaved_write_frame(output.get(), packet.get()));
    }
  }
};

VideoWriter::VideoWriter(const std::filesystem::path& file, int width, int height, double fps)
    : parts_(std::make_unique<Parts>()) {
  Parts& p = *parts_;
  p.file = file;
  AVFormatContext* output = nullptr;
  p.require(avformat_alloc_output_context2(&output, nullptr, nullptr, file.c_str()));
  p.output.reset(output);
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
  if (!codec) p.require(AVERROR_ENCODER_NOT_FOUND);
  p.encoder.reset(avcodec_alloc_context3(codec));
  p.encoder->width = width;
  p.encoder->height = height;
  p.encoder->pix_fmt = AV_PIX_FMT_YUVJ420P;
  p.encoder->framerate = av_d2q(fps, 1 << 20);
  p.encoder->time_base = av_inv_q(p.encoder->framerate);
  p.encoder->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
  p.encoder->global_quality = kQuality * FF_QP2LAMBDA;
  p.encoder->thread_count = 1;
  if (output->oformat->flags & AVFMT_GLOBALHEADER) p.encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  p.require(avcodec_open2(p.encoder.get(), codec, nullptr));
  AVStream* stream = avformat_new_stream(output, nullptr);
  stream->time_base = p.encoder->time_base;
  stream->avg_frame_rate = p.encoder->framerate;
  p.require(avcodec_parameters_from_context(stream->codecpar, p.encoder.get()));
  output->flags |= AVFMT_FLAG_BITEXACT;
  p.require(avio_open(&output->pb, file.c_str(), AVIO_FLAG_WRITE));
  p.require(avformat_write_header(output, nullptr));
  p.scaler.reset(sws_getContext(width, height, AV_PIX_FMT_RGB24, width, height, p.encoder->pix_fmt,
                                SWS_BICUBIC, nullptr, nullptr, nullptr));
  p.frame->width = width;
  p.frame->height = height;
  p.frame->format = p.encoder->pix_fmt;
  p.frame->quality = p.encoder->global_quality;
  p.frame->pts = 0;
  p.require(av_frame_get_buffer(p.frame.get(), 0));
}

VideoWriter::~VideoWriter() = default;
VideoWriter::VideoWriter(VideoWriter&&) noexcept = default;
VideoWriter& VideoWriter::operator=(VideoWriter&&) noexcept = default;

void VideoWriter::add(const Image& picture) {
  Parts& p = *parts_;
  if (picture.width != p.frame->width || picture.height != p.frame->height)
    throw std::invalid_argument("a video's pictures are all of one size");
  p.require(av_frame_make_writable(p.frame.get()));
  const std::array<const std::uint8_t*, 4> rows = {picture.rgb.data()};
  const std::array<int, 4> stride = {3 * picture.width};
  sws_scale(p.scaler.get(), rows.data(), stride.data(), 0, picture.height, p.frame->data, p.frame->linesize);
  p.encode(p.frame.get());
  ++p.frame->pts;
}

void VideoWriter::finish() {
  parts_->encode(nullptr);
  parts_->require(av_write_trailer(parts_->output.get()));
  parts_->require(avio_closep(&parts_->output->pb));
}

}  // namespace ahap
