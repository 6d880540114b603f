#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

#include <array>
#include <cmath>
#include <functional>
#include <optional>

#include "tests/capture/sample_files.h"

namespace ahap::testing {

// How a video is made: everything that makes its frames hard to find.
struct VideoRecipe {
  std::string codec = "mpeg4";
  int frames = 30;
  int width = 96, height = 64;
  int gop = 12;                 // frames from one that stands for itself to the next
  int b_frames = 0;             // that are stored after one which is shown later
  int hidden = 0;               // frames at the start that are stored but not shown (an edit list; MP4 only)
  std::vector<int> times = {};  // 1/50 s, of each frame; steady when empty
  AVRational pixel = {1, 1};    // width to height
  std::array<double, 4> matrix = {};  // x' = m0 x + m1 y, y' = m2 x + m3 y; none when 0
  enum class Cover { none, marked, unmarked } cover = Cover::none;  // a cover picture as the first stream
  bool faststart = false;                                           // MP4: the header before the frames
  std::function<cv::Mat(int)> picture = {};                         // of frame i; bars when empty
  // The sound track at a time since the first stored frame, -1..1; none when empty.
  std::function<float(double)> sound = {};
  std::string sound_codec = "aac";
  int channels = 2;         // all the same
  double sound_begins = 0;  // seconds after the first stored frame
};

// A picture that tells its index, up to 255: eight bars from the left, black or white, the highest bit first.
inline cv::Mat bars(int index, int width, int height) {
  cv::Mat picture(height, width, CV_8UC3, cv::Scalar::all(0));
  for (int bit = 0; bit < 8; ++bit) {
    if (index >> (7 - bit) & 1) picture(cv::Rect(bit * width / 8, 0, width / 8, height)) = kWhite;
  }
  return picture;
}

inline int index_of_bars(const Image& image) {
  int index = 0;
  for (int bit = 0; bit < 8; ++bit)
    index = 2 * index + (image.pixel((2 * bit + 1) * image.width / 16, image.height / 2)[0] > 127);
  return index;
}

// Encodes a frame (null: what the encoder still holds) and writes what comes of it.
inline void encode_into(AVFormatContext* file, AVStream* stream, AVCodecContext* encoder,
                        const AVFrame* frame) {
  ASSERT_GE(avcodec_send_frame(encoder, frame), 0);
  AVPacket* packet = av_packet_alloc();
  while (avcodec_receive_packet(encoder, packet) == 0) {
    packet->stream_index = stream->index;
    if (packet->duration == 0 && encoder->codec_type == AVMEDIA_TYPE_VIDEO) packet->duration = 1;
    av_packet_rescale_ts(packet, encoder->time_base, stream->time_base);
    ASSERT_GE(av_interleaved_write_frame(file, packet), 0);
  }
  av_packet_free(&packet);
}

// Encodes one stream of a file.
class VideoStreamWriter {
 public:
  VideoStreamWriter(AVFormatContext* file, const VideoRecipe& recipe) : file_(file), recipe_(recipe) {
    const AVCodec* codec = avcodec_find_encoder_by_name(recipe.codec.c_str());
    encoder_ = avcodec_alloc_context3(codec);
    encoder_->width = recipe.width;
    encoder_->height = recipe.height;
    encoder_->pix_fmt = recipe.codec == "mjpeg" ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P;
    encoder_->time_base = {1, 50};
    encoder_->framerate = {50, 1};
    encoder_->gop_size = recipe.gop;
    encoder_->max_b_frames = recipe.b_frames;
    encoder_->sample_aspect_ratio = recipe.pixel;
    encoder_->bit_rate = 4'000'000;
    encoder_->thread_count = 1;
    encoder_->strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL;
    if (file->oformat->flags & AVFMT_GLOBALHEADER) encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    EXPECT_GE(avcodec_open2(encoder_, codec, nullptr), 0) << recipe.codec;
    stream_ = avformat_new_stream(file, nullptr);
    stream_->time_base = encoder_->time_base;
    stream_->avg_frame_rate = recipe.times.empty() ? AVRational{50, 1} : AVRational{0, 1};
    stream_->sample_aspect_ratio = recipe.pixel;
    avcodec_parameters_from_context(stream_->codecpar, encoder_);
    set_matrix();
  }
  ~VideoStreamWriter() { avcodec_free_context(&encoder_); }

  void write() {
    AVFrame* frame = av_frame_alloc();
    frame->width = recipe_.width;
    frame->height = recipe_.height;
    frame->format = encoder_->pix_fmt;
    SwsContext* sws =
        sws_getContext(frame->width, frame->height, AV_PIX_FMT_BGR24, frame->width, frame->height,
                       encoder_->pix_fmt, SWS_BICUBIC, nullptr, nullptr, nullptr);
    for (int i = 0; i < recipe_.frames; ++i) {
      const cv::Mat picture = recipe_.picture ? recipe_.picture(i) : bars(i, recipe_.width, recipe_.height);
      av_frame_get_buffer(frame, 0);
      const int stride = int(picture.step);
      sws_scale(sws, &picture.data, &stride, 0, frame->height, frame->data, frame->linesize);
      frame->pts = (recipe_.times.empty() ? i : recipe_.times[std::size_t(i)]) - recipe_.hidden;
      encode_into(file_, stream_, encoder_, frame);
      for (AVBufferRef*& buffer : frame->buf) av_buffer_unref(&buffer);
    }
    encode_into(file_, stream_, encoder_, nullptr);
    sws_freeContext(sws);
    av_frame_free(&frame);
  }

 private:
  void set_matrix() {
    const auto& m = recipe_.matrix;
    if (m == std::array<double, 4>{}) return;
    const auto fixed = [](double value) { return std::int32_t(value * 65536); };
    const std::int32_t matrix[9] = {fixed(m[0]), fixed(m[2]), 0, fixed(m[1]), fixed(m[3]), 0, 0, 0, 1 << 30};
#if LIBAVFORMAT_VERSION_MAJOR >= 61
    std::uint8_t* data =
        av_packet_side_data_new(&stream_->codecpar->coded_side_data, &stream_->codecpar->nb_coded_side_data,
                                AV_PKT_DATA_DISPLAYMATRIX, sizeof matrix, 0)
            ->data;
#else
    std::uint8_t* data = av_stream_new_side_data(stream_, AV_PKT_DATA_DISPLAYMATRIX, sizeof matrix);
#endif
    std::memcpy(data, matrix, sizeof matrix);
  }

  AVFormatContext* file_;
  VideoRecipe recipe_;
  AVCodecContext* encoder_ = nullptr;
  AVStream* stream_ = nullptr;
};

// Encodes the sound of a file.
class SoundStreamWriter {
 public:
  SoundStreamWriter(AVFormatContext* file, const VideoRecipe& recipe) : file_(file), recipe_(recipe) {
    const AVCodec* codec = avcodec_find_encoder_by_name(recipe.sound_codec.c_str());
    encoder_ = avcodec_alloc_context3(codec);
    encoder_->sample_rate = kRate;
    encoder_->sample_fmt = recipe.sound_codec == "aac" ? AV_SAMPLE_FMT_FLTP : AV_SAMPLE_FMT_S16;
    encoder_->time_base = {1, kRate};
    encoder_->bit_rate = 128'000;
    av_channel_layout_default(&encoder_->ch_layout, recipe.channels);
    if (file->oformat->flags & AVFMT_GLOBALHEADER) encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    EXPECT_GE(avcodec_open2(encoder_, codec, nullptr), 0) << recipe.sound_codec;
    stream_ = avformat_new_stream(file, nullptr);
    stream_->time_base = encoder_->time_base;
    avcodec_parameters_from_context(stream_->codecpar, encoder_);
  }
  ~SoundStreamWriter() { avcodec_free_context(&encoder_); }

  void write() {
    const double lasts = recipe_.frames / 50.0 - recipe_.sound_begins;
    const std::int64_t count = std::llround(lasts * kRate),
                       begin = std::llround(recipe_.sound_begins * kRate),
                       hidden = std::int64_t(recipe_.hidden) * kRate / 50;
    const int piece = encoder_->frame_size > 0 ? encoder_->frame_size : 1024;
    for (std::int64_t done = 0; done < count; done += piece) {
      AVFrame* frame = av_frame_alloc();
      frame->nb_samples = int(std::min<std::int64_t>(piece, count - done));
      frame->format = encoder_->sample_fmt;
      frame->sample_rate = kRate;
      av_channel_layout_copy(&frame->ch_layout, &encoder_->ch_layout);
      av_frame_get_buffer(frame, 0);
      for (int i = 0; i < frame->nb_samples; ++i)
        put(*frame, i, recipe_.sound(double(begin + done + i) / kRate));
      frame->pts = begin + done - hidden;
      encode_into(file_, stream_, encoder_, frame);
      av_frame_free(&frame);
    }
    encode_into(file_, stream_, encoder_, nullptr);
  }

 private:
  static constexpr int kRate = 48000;

  void put(AVFrame& frame, int i, float value) const {
    for (int c = 0; c < recipe_.channels; ++c) {
      if (frame.format == AV_SAMPLE_FMT_FLTP)
        reinterpret_cast<float*>(frame.data[c])[i] = value;
      else
        reinterpret_cast<std::int16_t*>(frame.data[0])[i * recipe_.channels + c] =
            std::int16_t(std::lround(32767 * value));
    }
  }

  AVFormatContext* file_;
  VideoRecipe recipe_;
  AVCodecContext* encoder_ = nullptr;
  AVStream* stream_ = nullptr;
};

inline void write_video(const std::filesystem::path& file, const VideoRecipe& recipe) {
  av_log_set_level(AV_LOG_QUIET);
  std::filesystem::create_directories(file.parent_path());
  AVFormatContext* container = nullptr;
  avformat_alloc_output_context2(&container, nullptr, nullptr, file.c_str());
  ASSERT_TRUE(container) << file;
  if (recipe.hidden > 0) container->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
  {
    std::vector<std::unique_ptr<VideoStreamWriter>> streams;
    if (recipe.cover != VideoRecipe::Cover::none) {
      streams.push_back(std::make_unique<VideoStreamWriter>(
          container, VideoRecipe{.codec = "mjpeg", .frames = 1, .width = 320, .height = 240}));
      if (recipe.cover == VideoRecipe::Cover::marked)
        container->streams[0]->disposition |= AV_DISPOSITION_ATTACHED_PIC;
    }
    streams.push_back(std::make_unique<VideoStreamWriter>(container, recipe));
    std::optional<SoundStreamWriter> sound;
    if (recipe.sound) sound.emplace(container, recipe);
    ASSERT_GE(avio_open(&container->pb, file.c_str(), AVIO_FLAG_WRITE), 0);
    AVDictionary* options = nullptr;
    if (recipe.faststart) av_dict_set(&options, "movflags", "faststart", 0);
    ASSERT_GE(avformat_write_header(container, &options), 0) << file;
    av_dict_free(&options);
    for (const auto& stream : streams) stream->write();
    if (sound) sound->write();
    av_write_trailer(container);
  }
  avio_closep(&container->pb);
  avformat_free_context(container);
}

}  // namespace ahap::testing
