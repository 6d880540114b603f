#include "reconstruction/capture/video.h"

#include <algorithm>
#include <stdexcept>

#include "reconstruction/capture/video_picture.h"

namespace ahap {
namespace {

constexpr int kNearAhead = 4;              // frames that are decoded on the way rather than jumped over
constexpr std::size_t kEarlierStarts = 2;  // that are tried when a frame is not reached from the nearest one

}  // namespace

// The file from some start on.
struct Video::Reading {
  VideoContainer container;
  VideoDecoder decoder;
  VideoPacket packet{av_packet_alloc()};
  VideoFrame frame{av_frame_alloc()};
  FramePainter painter;
  bool has_frame = false;
  int count = -1;  // the frame's place, where frames are counted
  int stream = 0;

  void open(const std::filesystem::path& file, int index_stream) {
    container = open_container(file);
    stream = index_stream;
    for (unsigned i = 0; i < container->nb_streams; ++i) {
      if (int(i) != stream) container->streams[i]->discard = AVDISCARD_ALL;
    }
    restart();
  }

  void restart() {
    has_frame = false;
    count = -1;
    decoder = open_decoder(*container->streams[stream], true);
    if (!decoder) throw std::runtime_error("cannot be decoded");
  }

  bool next() {
    has_frame = decode_frame(*container, *decoder, stream, *packet, *frame);
    if (has_frame) ++count;
    return has_frame;
  }

  // Reads on up to the packet of this start and gives it to the decoder.
  bool reach(const VideoIndex::Start& start) {
    while (read_packet(*container, *packet)) {
      if (packet->stream_index != stream) continue;
      if (packet->pts == start.pts && packet->dts == start.dts)
        return avcodec_send_packet(decoder.get(), packet.get()) == 0;
      if (packet->dts != AV_NOPTS_VALUE && packet->dts > start.dts) return false;
    }
    return false;
  }
};

Video::Video(const std::filesystem::path& file) : Video(file, index_video(file)) {}

Video::Video(const std::filesystem::path& file, std::shared_ptr<const VideoIndex> index)
    : file_(file), index_(std::move(index)) {}

Video::~Video() = default;
Video::Video(Video&&) noexcept = default;

// Makes the frame that is decoded next one that precedes `index`: from the start before it, or `starts_back`
// earlier.
void Video::begin(int index, std::size_t starts_back) {
  if (!reading_) {
    reading_ = std::make_unique<Reading>();
    reading_->open(file_, index_->stream);
  }
  const auto& starts = index_->starts;
  const auto after = std::upper_bound(starts.begin(), starts.end(), index_->times[index],
                                      [](std::int64_t time, const auto& start) { return time < start.pts; });
  const std::size_t before = std::size_t(after - starts.begin());
  if (index_->by_time && before > starts_back + 1) {
    const VideoIndex::Start& start = starts[before - 1 - starts_back];
    reading_->restart();
    const bool sought =
        av_seek_frame(reading_->container.get(), index_->stream, start.dts, AVSEEK_FLAG_BACKWARD) >= 0;
    if (sought && reading_->reach(start)) return;
    reading_->open(file_, index_->stream);  // whose packets are read up to the start
    if (reading_->reach(start)) return;
  }
  reading_->open(file_, index_->stream);
}

bool Video::can_go_on_to(int index) const {
  if (!reading_ || !reading_->has_frame) return false;
  if (!index_->by_time) return reading_->count <= index;
  const std::int64_t now = reading_->frame->pts, then = index_->times[index];
  if (now > then) return false;
  const auto place =
      std::lower_bound(index_->times.begin(), index_->times.end(), now) - index_->times.begin();
  const bool start_between =
      std::any_of(index_->starts.begin(), index_->starts.end(),
                  [&](const auto& start) { return start.pts > now && start.pts <= then; });
  return index - place <= kNearAhead || !start_between;
}

bool Video::go_on_to(int index) {
  if (!index_->by_time) {
    while (reading_->count < index) {
      if (!reading_->next()) return false;
    }
    return true;
  }
  const std::int64_t time = index_->times[index];
  while (!reading_->has_frame || reading_->frame->pts < time) {
    if (!reading_->next()) return false;
  }
  return reading_->frame->pts == time;
}

std::optional<Video::Frame> Video::frame(int index) {
  if (index < 0 || index >= index_->frame_count()) return std::nullopt;
  bool found = can_go_on_to(index) && go_on_to(index);
  for (std::size_t back = 0; !found && back <= kEarlierStarts; ++back) {
    begin(index, back);
    found = go_on_to(index);
  }
  if (!found) return std::nullopt;
  AVFrame& frame = *reading_->frame;
  const bool damaged = frame.flags & AV_FRAME_FLAG_CORRUPT || frame.decode_error_flags;
  return Frame{
      reading_->painter.paint(*reading_->container, *reading_->container->streams[index_->stream], frame),
      damaged};
}

}  // namespace ahap
