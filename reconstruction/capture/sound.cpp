#include "reconstruction/capture/sound.h"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libswresample/swresample.h>
}

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "reconstruction/capture/video_container.h"

namespace ahap {
namespace {

constexpr double kLongest = 3600;  // s
constexpr double kJump = 0.02;     // s by which time stamps must leave the count of samples to be followed
constexpr float kSilence = 2.f / 32768;  // what rounding to 16 bits leaves of nothing

struct FreeSwr {
  void operator()(SwrContext* context) const { swr_free(&context); }
};

// Puts decoded pieces of sound where their time stamps say.
class SoundMixer {
 public:
  explicit SoundMixer(std::size_t most_samples) : most_(most_samples) {}

  // `time`: of the frame's first sample, seconds. False where the frame cannot be converted.
  bool add(const AVFrame& frame, std::optional<double> time) {
    if (!is_as_before(frame) || (time && std::abs(*time - expected_) > kJump)) {
      end_piece();
      if (!begin_piece(frame, time.value_or(expected_))) return false;
    }
    expected_ += double(frame.nb_samples) / frame.sample_rate;
    return convert(frame.extended_data, frame.nb_samples);
  }
  bool is_full() const { return next_ >= std::int64_t(most_); }

  std::vector<float> take() {
    end_piece();
    return std::move(samples_);
  }

 private:
  bool is_as_before(const AVFrame& frame) const {
    return swr_ && frame.format == format_ && frame.sample_rate == rate_ &&
           frame.ch_layout.nb_channels == channels_;
  }

  bool begin_piece(const AVFrame& frame, double time) {
    AVChannelLayout from{}, mono = AV_CHANNEL_LAYOUT_MONO;
    if (frame.sample_rate <= 0 || av_channel_layout_copy(&from, &frame.ch_layout) < 0) return false;
    if (from.order == AV_CHANNEL_ORDER_UNSPEC) av_channel_layout_default(&from, from.nb_channels);
    SwrContext* made = nullptr;
    const int result = swr_alloc_set_opts2(&made, &mono, AV_SAMPLE_FMT_FLT, kSoundRate, &from,
                                           AVSampleFormat(frame.format), frame.sample_rate, 0, nullptr);
    swr_.reset(made);
    av_channel_layout_uninit(&from);
    if (result < 0 || swr_init(swr_.get()) < 0) {
      swr_.reset();
      return false;
    }
    format_ = frame.format;
    rate_ = frame.sample_rate;
    channels_ = frame.ch_layout.nb_channels;
    expected_ = time;
    next_ = std::llround(std::clamp(time, -kLongest, 2 * kLongest) * kSoundRate);
    return true;
  }

  void end_piece() {
    if (swr_) convert(nullptr, 0);
    swr_.reset();
  }

  // No data: what the resampler still holds.
  bool convert(std::uint8_t** data, int count) {
    std::vector<float> out(std::size_t(std::max(0, swr_get_out_samples(swr_.get(), count))));
    auto* plane = reinterpret_cast<std::uint8_t*>(out.data());
    const int made =
        swr_convert(swr_.get(), &plane, int(out.size()), const_cast<const std::uint8_t**>(data), count);
    for (int i = 0; i < made; ++i, ++next_) {
      if (next_ < 0 || next_ >= std::int64_t(most_)) continue;
      if (std::size_t(next_) >= samples_.size()) samples_.resize(std::size_t(next_) + 1);
      samples_[std::size_t(next_)] = std::isfinite(out[std::size_t(i)]) ? out[std::size_t(i)] : 0;
    }
    return made >= 0;
  }

  std::size_t most_;
  std::vector<float> samples_;
  std::unique_ptr<SwrContext, FreeSwr> swr_;  // of the piece that is being put
  int format_ = 0, rate_ = 0, channels_ = 0;  // of its frames
  double expected_ = 0;                       // seconds, where it goes on
  std::int64_t next_ = 0;                     // sample of the result
};

// When the first frame is shown, in the container's seconds.
std::optional<double> time_of_first_frame(const std::filesystem::path& file, const VideoIndex& index) {
  const VideoContainer container = open_container(file);
  const VideoPacket packet(av_packet_alloc());
  for (std::int64_t number = 0; read_packet(*container, *packet);) {
    if (packet->stream_index != index.stream || number++ != index.packets.front()) continue;
    const std::int64_t time = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    if (time == AV_NOPTS_VALUE) break;
    return double(time) * av_q2d(container->streams[index.stream]->time_base);
  }
  return std::nullopt;
}

// Decodes a whole stream; packets and frames that are damaged are passed over. False: there was no frame.
bool decode_sound(AVFormatContext& container, const AVStream& stream, double first_frame, SoundMixer& mixer,
                  const Progress& progress) {
  const VideoDecoder decoder = open_decoder(stream, false);
  const VideoPacket packet(av_packet_alloc());
  const VideoFrame frame(av_frame_alloc());
  bool any = false;
  for (bool more = decoder != nullptr; more && !mixer.is_full();) {
    if (progress.stop_requested && progress.stop_requested()) throw Cancelled();
    more = read_packet(container, *packet);
    if (more && packet->stream_index != stream.index) continue;
    avcodec_send_packet(decoder.get(), more ? packet.get() : nullptr);
    while (avcodec_receive_frame(decoder.get(), frame.get()) == 0) {
      std::optional<double> time;
      if (frame->best_effort_timestamp != AV_NOPTS_VALUE)
        time = double(frame->best_effort_timestamp) * av_q2d(stream.time_base) - first_frame;
      any |= mixer.add(*frame, time);
    }
  }
  return any;
}

}  // namespace

Sound read_sound(const std::filesystem::path& file, const VideoIndex& index, const Progress& progress) {
  const VideoContainer container = open_container(file);
  const int number = av_find_best_stream(container.get(), AVMEDIA_TYPE_AUDIO, -1, index.stream, nullptr, 0);
  if (number < 0) return {.samples = {}, .missing = "has no sound"};
  const std::optional<double> first_frame = time_of_first_frame(file, index);
  if (!first_frame) return {.samples = {}, .missing = "does not say when its sound begins"};
  AVStream& stream = *container->streams[number];
  for (unsigned i = 0; i < container->nb_streams; ++i) container->streams[i]->discard = AVDISCARD_ALL;
  stream.discard = AVDISCARD_DEFAULT;
  SoundMixer mixer(
      std::size_t((index.seconds > 0 ? std::min(index.seconds, kLongest) : kLongest) * kSoundRate));
  if (!decode_sound(*container, stream, *first_frame, mixer, progress)) {
    return {.samples = {},
            .missing = std::string("has sound that cannot be decoded (") +
                       avcodec_get_name(stream.codecpar->codec_id) + ")"};
  }
  Sound sound{.samples = mixer.take(), .missing = {}};
  if (std::all_of(sound.samples.begin(), sound.samples.end(),
                  [](float sample) { return std::abs(sample) <= kSilence; }))
    return {.samples = {}, .missing = "has a silent sound track"};
  return sound;
}

}  // namespace ahap
