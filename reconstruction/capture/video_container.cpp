#include "reconstruction/capture/video_container.h"

extern "C" {
#include <libavutil/avstring.h>
}

#include <cstring>
#include <stdexcept>
#include <vector>

#include "reconstruction/capture/picture.h"

namespace ahap {
namespace {

// FFmpeg's names of the containers that cameras, phones and editing programs write.
constexpr const char* kContainers =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,asf,flv,live_flv,ogg,dv,"
    "mxf,ivf";
constexpr int kDecodingThreads = 4;
constexpr int kMaxErrors = 64;  // in a row, before the rest of a file is given up

bool is_shown(const AVStream& stream) {
  constexpr int pictures =
      AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS | AV_DISPOSITION_STILL_IMAGE;
  return stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !(stream.disposition & pictures);
}

}  // namespace

bool is_video_content(std::span<const std::uint8_t> beginning) {
  av_log_set_level(AV_LOG_QUIET);
  std::vector<std::uint8_t> padded(beginning.begin(), beginning.end());
  padded.resize(beginning.size() + AVPROBE_PADDING_SIZE);
  AVProbeData probe{};
  probe.filename = "";
  probe.buf = padded.data();
  probe.buf_size = int(beginning.size());
  int score = 0;
  const AVInputFormat* format = av_probe_input_format3(&probe, 1, &score);
  return format && score > AVPROBE_SCORE_RETRY && av_match_list(format->name, kContainers, ',') > 0;
}

VideoContainer open_container(const std::filesystem::path& file) {
  av_log_set_level(AV_LOG_QUIET);
  require_readable(file);
  AVDictionary* options = nullptr;
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  av_dict_set(&options, "format_whitelist", kContainers, 0);
  AVFormatContext* opened = nullptr;
  const std::string url = "file:" + std::filesystem::absolute(file).string();
  const int result = avformat_open_input(&opened, url.c_str(), nullptr, &options);
  av_dict_free(&options);
  VideoContainer container(opened);
  if (result < 0 || avformat_find_stream_info(container.get(), nullptr) < 0) {
    throw std::runtime_error("cannot be read as a video: it is damaged, cut off or of an unknown kind");
  }
  for (unsigned i = 0; i < container->nb_streams; ++i) {
    AVStream& stream = *container->streams[i];
    if (!is_shown(stream)) stream.discard = AVDISCARD_ALL;
  }
  return container;
}

bool read_packet(AVFormatContext& container, AVPacket& packet) {
  for (int errors = 0; errors < kMaxErrors;) {
    av_packet_unref(&packet);
    const int result = av_read_frame(&container, &packet);
    if (result == AVERROR_EOF) return false;
    if (result < 0) {
      ++errors;
    } else if (packet.size > 0 && container.streams[packet.stream_index]->discard != AVDISCARD_ALL) {
      return true;
    }
  }
  return false;
}

VideoDecoder open_decoder(const AVStream& stream, bool for_pictures) {
  const AVCodec* codec = avcodec_find_decoder(stream.codecpar->codec_id);
  VideoDecoder decoder(codec ? avcodec_alloc_context3(codec) : nullptr);
  if (!decoder || avcodec_parameters_to_context(decoder.get(), stream.codecpar) < 0) return nullptr;
  decoder->pkt_timebase = stream.time_base;
  decoder->max_pixels = kMaxPixels;
  decoder->thread_count = kDecodingThreads;
  decoder->thread_type = for_pictures ? FF_THREAD_SLICE : FF_THREAD_SLICE | FF_THREAD_FRAME;
  if (!for_pictures) decoder->skip_loop_filter = AVDISCARD_ALL;
  if (avcodec_open2(decoder.get(), codec, nullptr) < 0) return nullptr;
  return decoder;
}

bool decode_frame(AVFormatContext& container, AVCodecContext& decoder, int stream, AVPacket& packet,
                  std::int64_t& number, AVFrame& frame) {
  for (int errors = 0; errors < kMaxErrors;) {
    const int result = avcodec_receive_frame(&decoder, &frame);
    if (result == 0) return true;
    if (result == AVERROR_EOF) return false;
    if (result != AVERROR(EAGAIN)) {  // a damaged frame
      ++errors;
      continue;
    }
    bool more = read_packet(container, packet);
    while (more && packet.stream_index != stream) more = read_packet(container, packet);
    if (more) packet.pts = number++;
    avcodec_send_packet(&decoder, more ? &packet : nullptr);
    errors = 0;
  }
  return false;
}

}  // namespace ahap
