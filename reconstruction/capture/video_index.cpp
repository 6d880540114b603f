#include "reconstruction/capture/video_index.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "reconstruction/capture/video_container.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCheckedFrames = 16;  // at the start, whose order is compared with that of time stamps
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

// What the packets of one stream say.
struct Scan {
  struct Shown {
    std::int64_t time, packet;
  };
  std::vector<Shown> shown;  // by time
  std::vector<VideoIndex::Start> starts;
  std::int64_t packets = 0;
  std::int64_t last_duration = 0;
  bool all_timed = true;
  bool ends_damaged = false;
};

void stop_if_asked(const Progress& progress) {
  if (progress.stop_requested && progress.stop_requested()) throw Cancelled();
}

// A VP8 packet without a picture of its own: an "alternate reference" that later frames are predicted from
// (RFC 6386, 9.1).
bool is_hidden(const AVPacket& packet, AVCodecID codec) {
  return codec == AV_CODEC_ID_VP8 && !(packet.data[0] & 0x10);
}

void take(const AVPacket& packet, AVCodecID codec, Scan& scan) {
  const std::int64_t number = scan.packets++;
  if (packet.pts == AV_NOPTS_VALUE) scan.all_timed = false;
  if (packet.flags & AV_PKT_FLAG_KEY) scan.starts.push_back({number, packet.size, packet.pts, packet.dts, 0});
  if (packet.flags & AV_PKT_FLAG_DISCARD || is_hidden(packet, codec)) return;
  scan.ends_damaged = packet.flags & AV_PKT_FLAG_CORRUPT;
  scan.shown.push_back({packet.pts, number});
  scan.last_duration = packet.duration;
}

std::vector<Scan> scan_packets(AVFormatContext& container, const Progress& progress) {
  std::vector<Scan> scans(container.nb_streams);
  const VideoPacket packet(av_packet_alloc());
  while (read_packet(container, *packet)) {
    stop_if_asked(progress);
    if (std::size_t(packet->stream_index) >= scans.size()) continue;  // a stream that begins later
    take(*packet, container.streams[packet->stream_index]->codecpar->codec_id, scans[packet->stream_index]);
  }
  for (Scan& scan : scans) {
    if (scan.ends_damaged) scan.shown.pop_back();
    std::stable_sort(scan.shown.begin(), scan.shown.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
  }
  return scans;
}

std::int64_t pixels(const AVStream& stream) {
  return std::int64_t(stream.codecpar->width) * stream.codecpar->height;
}

// The stream with frames: a cover picture has one, a small preview may have as many as the video. -1: there
// is none.
int video_stream(const AVFormatContext& container, const std::vector<Scan>& scans) {
  std::size_t most = 0;
  const auto frames = [&](std::size_t i) {
    return avcodec_find_decoder(container.streams[i]->codecpar->codec_id) ? scans[i].shown.size() : 0;
  };
  for (std::size_t i = 0; i < scans.size(); ++i) most = std::max(most, frames(i));
  int best = -1;
  for (std::size_t i = 0; i < scans.size(); ++i) {
    if (frames(i) == 0 || 2 * frames(i) < most) continue;
    if (best < 0 || pixels(*container.streams[i]) > pixels(*container.streams[best])) best = int(i);
  }
  return best;
}

[[noreturn]] void refuse_without_frames(const AVFormatContext& container, const std::vector<Scan>& scans) {
  for (std::size_t i = 0; i < scans.size(); ++i) {
    if (scans[i].shown.empty()) continue;
    throw std::runtime_error(std::string("is a video that cannot be decoded here (") +
                             avcodec_get_name(container.streams[i]->codecpar->codec_id) +
                             "); convert it to H.264 in an MP4 file");
  }
  throw std::runtime_error("is a video without a single readable frame");
}

// The packets of the frames that decoding gives, in the order in which it gives them.
std::vector<std::int64_t> decoded_packets(const fs::path& file, int stream, std::size_t limit,
                                          const Progress& progress) {
  const VideoContainer container = open_container(file);
  const VideoDecoder decoder = open_decoder(*container->streams[stream], false);
  const VideoPacket packet(av_packet_alloc());
  const VideoFrame frame(av_frame_alloc());
  std::vector<std::int64_t> packets;
  std::int64_t number = 0;
  while (decoder && packets.size() < limit &&
         decode_frame(*container, *decoder, stream, *packet, number, *frame)) {
    stop_if_asked(progress);
    packets.push_back(frame->pts);
  }
  return packets;
}

bool has_distinct_times(const Scan& scan) {
  const auto not_later = [](const Scan::Shown& a, const Scan::Shown& b) { return b.time <= a.time; };
  return scan.all_timed &&
         std::adjacent_find(scan.shown.begin(), scan.shown.end(), not_later) == scan.shown.end();
}

// Two packets may hold the two fields of one frame.
bool has_fields(const AVStream& stream) {
  const AVFieldOrder order = stream.codecpar->field_order;
  return stream.codecpar->codec_id == AV_CODEC_ID_H264 && order != AV_FIELD_PROGRESSIVE &&
         order != AV_FIELD_UNKNOWN;
}

// The frames that decoding gives. The time stamps of packets tell them where every packet is a frame with a
// time of its own, which the first frames must confirm; else everything is decoded once.
std::vector<std::int64_t> find_frames(const fs::path& file, const AVStream& stream, const Scan& scan,
                                      const Progress& progress) {
  if (has_distinct_times(scan) && !has_fields(stream)) {
    const std::vector<std::int64_t> first = decoded_packets(file, stream.index, kCheckedFrames, progress);
    std::vector<std::int64_t> packets;
    for (const Scan::Shown& shown :
         scan.shown) {  // what leads up to the first needs frames before the file begins
      if (!packets.empty() || (!first.empty() && shown.packet == first.front()))
        packets.push_back(shown.packet);
    }
    const bool confirmed = !first.empty() && first.size() <= packets.size() &&
                           std::equal(first.begin(), first.end(), packets.begin());
    if (confirmed) return packets;
  }
  return decoded_packets(file, stream.index, kNoLimit, progress);
}

// The starts of which it is known which frames they lead to.
void find_starts(const Scan& scan, VideoIndex& index) {
  std::vector<int> frame_of(std::size_t(scan.packets), -1);
  for (int frame = 0; frame < index.frame_count(); ++frame) {
    int& known = frame_of[std::size_t(index.packets[std::size_t(frame)])];
    index.only_in_order = index.only_in_order || known >= 0;
    known = frame;
  }
  const bool timed = has_distinct_times(scan);
  for (VideoIndex::Start start : scan.starts) {
    if (!timed) start.dts = AV_NOPTS_VALUE;
    start.frame = frame_of[std::size_t(start.packet)];
    if (start.frame < 0 && scan.all_timed) {  // decoded but not shown
      const auto first =
          std::lower_bound(scan.shown.begin(), scan.shown.end(), start.pts,
                           [](const Scan::Shown& shown, std::int64_t time) { return shown.time < time; });
      if (first != scan.shown.end()) start.frame = frame_of[std::size_t(first->packet)];
    }
    if (start.frame >= 0) index.starts.push_back(start);
  }
  std::stable_sort(index.starts.begin(), index.starts.end(),
                   [](const auto& a, const auto& b) { return a.frame < b.frame; });
}

void measure_time(const AVStream& stream, const Scan& scan, VideoIndex& index) {
  const AVRational rate = stream.avg_frame_rate;
  if (rate.num > 0 && rate.den > 0) index.fps = av_q2d(rate);
  const double unit = av_q2d(stream.time_base);
  if (!has_distinct_times(scan)) {
    if (index.fps > 0) index.seconds = index.frame_count() / index.fps;
    return;
  }
  std::vector<std::int64_t> time_of(std::size_t(scan.packets), 0);
  for (const Scan::Shown& shown : scan.shown) time_of[std::size_t(shown.packet)] = shown.time;
  for (const std::int64_t packet : index.packets)
    index.times.push_back(double(time_of[std::size_t(packet)] - time_of[std::size_t(index.packets[0])]) *
                          unit);
  if (scan.shown.size() < 2) {
    index.seconds = double(scan.last_duration) * unit;
    return;
  }
  std::vector<std::int64_t> gaps;
  for (std::size_t i = 1; i < scan.shown.size(); ++i)
    gaps.push_back(scan.shown[i].time - scan.shown[i - 1].time);
  const double length = double(scan.shown.back().time - scan.shown.front().time) * unit;
  const double measured = double(gaps.size()) / length;
  if (!(std::abs(index.fps - measured) < 0.02 * measured)) index.fps = measured;
  index.seconds = length + 1 / measured;
  const auto middle = gaps.begin() + std::ptrdiff_t(gaps.size() / 2);
  std::nth_element(gaps.begin(), middle, gaps.end());
  index.is_steady = double(*std::max_element(gaps.begin(), gaps.end())) <= 1.5 * double(*middle);
}

// The header of a file promises more than there is.
bool is_cut_off(const AVFormatContext& container, const AVStream& stream, const Scan& scan,
                const VideoIndex& index) {
  if (std::strstr(container.iformat->name, "mov")) {
    return avformat_index_get_entries_count(&stream) > scan.packets;
  }
  if (container.duration_estimation_method != AVFMT_DURATION_FROM_STREAM || index.seconds == 0) return false;
  const double promised = stream.duration != AV_NOPTS_VALUE
                              ? double(stream.duration) * av_q2d(stream.time_base)
                              : double(container.duration) / AV_TIME_BASE;
  const double tolerance =
      container.nb_streams > 1 ? 1 : std::max(0.25, 2 / index.fps);  // s; sound may last longer
  return promised - index.seconds > tolerance;
}

}  // namespace

std::shared_ptr<const VideoIndex> index_video(const fs::path& file, const Progress& progress) {
  const VideoContainer container = open_container(file);
  const std::vector<Scan> scans = scan_packets(*container, progress);
  auto index = std::make_shared<VideoIndex>();
  index->stream = video_stream(*container, scans);
  if (index->stream < 0) refuse_without_frames(*container, scans);
  const AVStream& stream = *container->streams[index->stream];
  const Scan& scan = scans[index->stream];
  index->width = stream.codecpar->width;
  index->height = stream.codecpar->height;
  index->packets = find_frames(file, stream, scan, progress);
  if (index->packets.empty()) throw std::runtime_error("is a video without a single readable frame");
  if (index->packets.size() > std::size_t(std::numeric_limits<int>::max()))
    throw std::runtime_error("has more frames than can be counted");
  find_starts(scan, *index);
  measure_time(stream, scan, *index);
  if (scan.ends_damaged || is_cut_off(*container, stream, scan, *index)) {
    index->notes.push_back("is cut off: " + std::to_string(index->frame_count()) + " frames can be read");
  }
  return index;
}

}  // namespace ahap
