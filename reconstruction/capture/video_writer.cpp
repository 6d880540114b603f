#include "reconstruction/capture/video_writer.h"

extern "C" {
#include <libavutil/error.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

#include <array>
#include <stdexcept>
#include <string>

#include "reconstruction/capture/own_film.h"
#include "reconstruction/capture/video_container.h"

namespace ahap {
namespace {

constexpr int kQuality = 2;                 // FFmpeg's quantiser scale, 1 = finest to 31
constexpr const char* kH264Quality = "20";  // x264's rate factor: hardly any loss can be seen

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

  AVCodecContext* open_encoder(const AVCodec* codec, int width, int height, double fps) {
    encoder.reset(avcodec_alloc_context3(codec));
    encoder->width = width;
    encoder->height = height;
    encoder->framerate = av_d2q(fps, 1 << 20);
    encoder->time_base = av_inv_q(encoder->framerate);
    if (output->oformat->flags & AVFMT_GLOBALHEADER) encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    return encoder.get();
  }

  void encode_pictures(int width, int height, double fps) {
    const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
    if (!codec) require(AVERROR_ENCODER_NOT_FOUND);
    AVCodecContext* context = open_encoder(codec, width, height, fps);
    context->pix_fmt = AV_PIX_FMT_YUVJ420P;
    context->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
    context->global_quality = kQuality * FF_QP2LAMBDA;
    context->thread_count = 1;
    require(avcodec_open2(context, codec, nullptr));
  }

  void encode_film(int width, int height, double fps, const std::string& h264_encoder) {
    const AVCodec* codec = avcodec_find_encoder_by_name(h264_encoder.c_str());
    const bool h264 = codec && codec->id == AV_CODEC_ID_H264;
    if (!h264) codec = avcodec_find_encoder(AV_CODEC_ID_MPEG4);
    if (!codec) require(AVERROR_ENCODER_NOT_FOUND);
    AVCodecContext* context = open_encoder(codec, width, height, fps);
    context->pix_fmt = AV_PIX_FMT_YUV420P;
    context->color_range = AVCOL_RANGE_MPEG;
    context->colorspace = AVCOL_SPC_BT709;
    context->color_primaries = AVCOL_PRI_BT709;
    context->color_trc = AVCOL_TRC_BT709;
    if (h264) {
      av_opt_set(context->priv_data, "crf", kH264Quality, 0);
    } else {
      context->flags |= AV_CODEC_FLAG_QSCALE;
      context->global_quality = kQuality * FF_QP2LAMBDA;
    }
    require(avcodec_open2(context, codec, nullptr));
  }

  AVDictionary* film_header(AVStream* stream) const {
    av_dict_set(&stream->metadata, "handler_name", kOwnFilmMark, 0);
    AVDictionary* options = nullptr;
    av_dict_set(&options, "movflags", "+faststart", 0);  // the header, with the mark, before the pictures
    return options;
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

VideoWriter::VideoWriter(const std::filesystem::path& file, int width, int height, double fps,
                         VideoCoding coding, const std::string& h264_encoder)
    : parts_(std::make_unique<Parts>()) {
  av_log_set_level(AV_LOG_QUIET);  // encoders talk about themselves
  const bool film = coding == VideoCoding::film;
  Parts& p = *parts_;
  p.file = file;
  AVFormatContext* output = nullptr;
  p.require(avformat_alloc_output_context2(&output, nullptr, nullptr, file.c_str()));
  p.output.reset(output);
  film ? p.encode_film(width, height, fps, h264_encoder) : p.encode_pictures(width, height, fps);
  AVStream* stream = avformat_new_stream(output, nullptr);
  stream->time_base = p.encoder->time_base;
  stream->avg_frame_rate = p.encoder->framerate;
  p.require(avcodec_parameters_from_context(stream->codecpar, p.encoder.get()));
  output->flags |= AVFMT_FLAG_BITEXACT;
  p.require(avio_open(&output->pb, file.c_str(), AVIO_FLAG_WRITE));
  AVDictionary* options = film ? p.film_header(stream) : nullptr;
  const int begun = avformat_write_header(output, &options);
  av_dict_free(&options);
  p.require(begun);
  p.scaler.reset(sws_getContext(width, height, AV_PIX_FMT_RGB24, width, height, p.encoder->pix_fmt,
                                SWS_BICUBIC, nullptr, nullptr, nullptr));
  constexpr int kNeutral = 1 << 16;  // of contrast and saturation
  if (film)
    sws_setColorspaceDetails(p.scaler.get(), sws_getCoefficients(SWS_CS_DEFAULT), 1,
                             sws_getCoefficients(SWS_CS_ITU709), 0, 0, kNeutral, kNeutral);
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

bool VideoWriter::is_h264() const {
  return parts_->encoder->codec_id == AV_CODEC_ID_H264;
}

void VideoWriter::finish() {
  parts_->encode(nullptr);
  parts_->require(av_write_trailer(parts_->output.get()));
  parts_->require(avio_closep(&parts_->output->pb));
}

}  // namespace ahap
