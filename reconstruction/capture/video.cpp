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
  int stream = 0;
  std::int64_t next_packet = 0;  // its number
  int shown = -1;                // the place of `frame`; -1: nothing is decoded yet

  void open(const std::filesystem::path& file, int index_stream) {
    container = open_container(file);
    stream = index_stream;
    for (unsigned i = 0; i < container->nb_streams; ++i) {
      if (int(i) != stream) container->streams[i]->discard = AVDISCARD_ALL;
    }
    restart();
  }

  void restart() {
    shown = -1;
    next_packet = 0;
    decoder = open_decoder(*container->streams[stream], true);
    if (!decoder) throw std::runtime_error("cannot be decoded");
  }

  bool decode() { return decode_frame(*container, *decoder, stream, *packet, next_packet, *frame); }

  // Gives the packet of a start, which has been read, to the decoder.
  bool begin_with(const VideoIndex::Start& start) {
    packet->pts = start.packet;
    next_packet = start.packet + 1;
    return avcodec_send_packet(decoder.get(), packet.get()) == 0;
  }

  // Reads on up to the packet of this start, which is known by its time stamps.
  bool seek(const VideoIndex::Start& start) {
    if (start.dts == AV_NOPTS_VALUE ||
        av_seek_frame(container.get(), stream, start.dts, AVSEEK_FLAG_BACKWARD) < 0)
      return false;
    while (read_packet(*container, *packet)) {
      if (packet->stream_index != stream) continue;
      if (packet->pts == start.pts && packet->dts == start.dts && packet->size == start.size)
        return begin_with(start);
      if (packet->dts != AV_NOPTS_VALUE && packet->dts > start.dts) return false;
    }
    return false;
  }

  // The same from the beginning of the file, where packets can be counted.
  bool count_up_to(const VideoIndex::Start& start) {
    for (std::int64_t number = 0; read_packet(*container, *packet);) {
      if (packet->stream_index == stream && number++ == start.packet) return begin_with(start);
    }
    return false;
  }
};

Video::Video(const std::filesystem::path& file) : Video(file, index_video(file)) {}

Video::Video(const std::filesystem::path& file, std::shared_ptr<const VideoIndex> index)
    : file_(file), index_(index ? std::move(index) : index_video(file)) {
  frame_of_.assign(std::size_t(*std::max_element(index_->packets.begin(), index_->packets.end())) + 1, -1);
  for (int i = 0; i < index_->frame_count(); ++i) frame_of_[std::size_t(index_->packets[std::size_t(i)])] = i;
}

Video::~Video() = default;
Video::Video(Video&&) noexcept = default;

// Makes what is decoded next lead up to `index`: from the start before it, or `starts_back` earlier.
void Video::begin(int index, std::size_t starts_back) {
  if (!reading_) {
    reading_ = std::make_unique<Reading>();
    reading_->open(file_, index_->stream);
  }
  const auto& starts = index_->starts;
  const auto after = std::upper_bound(starts.begin(), starts.end(), index,
                                      [](int frame, const auto& start) { return frame < start.frame; });
  const std::size_t before = std::size_t(after - starts.begin());
  if (!index_->only_in_order && before > starts_back + 1) {
    const VideoIndex::Start& start = starts[before - 1 - starts_back];
    reading_->restart();
    if (reading_->seek(start)) return;
    reading_->open(file_, index_->stream);
    if (reading_->count_up_to(start)) return;
  }
  reading_->open(file_, index_->stream);
}

bool Video::can_go_on_to(int index) const {
  if (!reading_ || reading_->shown < 0 || reading_->shown > index) return false;
  const bool start_between =
      std::any_of(index_->starts.begin(), index_->starts.end(),
                  [&](const auto& start) { return start.frame > reading_->shown && start.frame <= index; });
  return index - reading_->shown <= kNearAhead || !start_between;
}

// False when the frame is not among those that are decoded.
bool Video::go_on_to(int index) {
  while (reading_->shown < index) {
    if (!reading_->decode()) {
      reading_->shown = -1;
      return false;
    }
    const std::size_t packet = std::size_t(reading_->frame->pts);
    if (index_->only_in_order)
      ++reading_->shown;
    else if (packet < frame_of_.size() && frame_of_[packet] >= 0)
      reading_->shown = frame_of_[packet];
  }
  return reading_->shown == index;
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
