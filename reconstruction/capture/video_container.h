#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace ahap {

// FFmpeg's objects, freed as each of them wants it.
struct FreeLibav {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
using VideoContainer = std::unique_ptr<AVFormatContext, FreeLibav>;
using VideoDecoder = std::unique_ptr<AVCodecContext, FreeLibav>;
using VideoPacket = std::unique_ptr<AVPacket, FreeLibav>;
using VideoFrame = std::unique_ptr<AVFrame, FreeLibav>;

// True when a file that begins with these bytes is of a kind that open_container reads.
bool is_video_content(std::span<const std::uint8_t> beginning);

// Opens a local file, of a list of containers of videos only: playlists, which lead to other files, are none.
// Streams other than videos are not read. Throws std::runtime_error with a sentence without the path.
VideoContainer open_container(const std::filesystem::path& file);

// The next packet of a video, nothing at the end. Damage is passed over.
bool read_packet(AVFormatContext& container, AVPacket& packet);

// Null where FFmpeg has no decoder for it, or cannot set it up. `for_pictures`: what is shown of damaged
// frames does not depend on the timing of threads, which takes longer.
VideoDecoder open_decoder(const AVStream& stream, bool for_pictures);
// The next frame of a stream in the order of showing, nothing after the last; its `pts` is the number of its
// packet in the stream. Damage is passed over. `packet` is what is read into, `number` that of the packet
// that is read next.
bool decode_frame(AVFormatContext& container, AVCodecContext& decoder, int stream, AVPacket& packet,
                  std::int64_t& number, AVFrame& frame);

}  // namespace ahap
