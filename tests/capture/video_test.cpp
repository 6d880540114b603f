#include "reconstruction/capture/video.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "tests/capture/video_files.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

bool can_encode(const std::string& codec) {
  return avcodec_find_encoder_by_name(codec.c_str());
}

std::vector<Image> read_in_order(const std::filesystem::path& file) {
  std::vector<Image> images;
  Video video(file);
  for (int i = 0; i < video.index().frame_count(); ++i) {
    auto frame = video.frame(i);
    images.push_back(frame ? std::move(frame->image) : Image());
  }
  return images;
}

std::vector<int> indices(const std::vector<Image>& images) {
  std::vector<int> indices;
  for (const Image& image : images) indices.push_back(image.empty() ? -1 : index_of_bars(image));
  return indices;
}

std::vector<int> counted(int first, int end) {
  std::vector<int> numbers(std::size_t(end - first));
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

// Every frame, asked for in an order that has nothing to do with time, is to the last bit the one of reading
// in order.
void expect_same_in_any_order(const std::filesystem::path& file) {
  const std::vector<Image> in_order = read_in_order(file);
  std::vector<int> order = counted(0, int(in_order.size()));
  std::shuffle(order.begin(), order.end(), std::mt19937(7));
  Video video(file);
  for (const int i : order) {
    const auto frame = video.frame(i);
    ASSERT_TRUE(frame) << file << " frame " << i;
    EXPECT_EQ(frame->image.rgb, in_order[std::size_t(i)].rgb) << file << " frame " << i;
  }
}

TEST(Video, AnyFrameIsTheOneOfReadingInOrderWhateverTheFile) {
  const TemporaryFolder folder;
  struct Kind {
    const char *codec, *ending;
    int b_frames;
  };
  for (const Kind& kind : std::initializer_list<Kind>{{"mpeg4", "mp4", 2},
                                                      {"mpeg4", "avi", 0},
                                                      {"mpeg4", "avi", 2},
                                                      {"mpeg4", "mkv", 2},
                                                      {"mpeg2video", "mpg", 2},
                                                      {"mpeg2video", "mts", 2},
                                                      {"mjpeg", "mov", 0},
                                                      {"libx264", "mp4", 3},
                                                      {"libx264", "mts", 3},
                                                      {"libx264", "avi", 3},
                                                      {"libvpx", "webm", 0}}) {
    if (!can_encode(kind.codec)) continue;
    const auto file = folder / (std::string(kind.codec) + std::to_string(kind.b_frames) + "." + kind.ending);
    write_video(file, VideoRecipe{.codec = kind.codec, .frames = 30, .b_frames = kind.b_frames});
    EXPECT_EQ(indices(read_in_order(file)), counted(0, 30)) << file;
    expect_same_in_any_order(file);
  }
}

TEST(Video, FramesAtVaryingIntervalsAreFoundByTheirPlaceNotByTheirTime) {
  const TemporaryFolder folder;
  VideoRecipe recipe{.frames = 60, .b_frames = 2};
  for (int i = 0, time = 0; i < recipe.frames; ++i, time += i % 5 == 0 ? 9 : 1) recipe.times.push_back(time);
  for (const char* name : {"a.mp4", "a.mkv"}) {
    write_video(folder / name, recipe);
    EXPECT_EQ(indices(read_in_order(folder / name)), counted(0, 60)) << name;
    expect_same_in_any_order(folder / name);
    const std::shared_ptr<const VideoIndex> index = index_video(folder / name);
    EXPECT_FALSE(index->is_steady) << name;
    ASSERT_EQ(index->times.size(), 60u) << name;
    for (int i = 0; i < recipe.frames; ++i)
      EXPECT_NEAR(index->times[i], recipe.times[i] / 50.0, 1e-3) << name << " " << i;
  }
}

TEST(Video, WhatAnEditListHidesIsNeitherShownNorCounted) {
  const TemporaryFolder folder;
  for (const int hidden : {5, 12, 17}) {
    write_video(folder / "a.mp4", VideoRecipe{.frames = 40, .b_frames = 2, .hidden = hidden});
    EXPECT_EQ(indices(read_in_order(folder / "a.mp4")), counted(hidden, 40)) << hidden;
    expect_same_in_any_order(folder / "a.mp4");
  }
}

TEST(Video, TheStreamWithFramesCountsNotTheCoverPicture) {
  const TemporaryFolder folder;
  for (const auto cover : {VideoRecipe::Cover::marked, VideoRecipe::Cover::unmarked}) {
    write_video(folder / "a.mp4", VideoRecipe{.frames = 20, .cover = cover});
    EXPECT_EQ(indices(read_in_order(folder / "a.mp4")), counted(0, 20));
  }
}

TEST(Video, PixelsBecomeSquare) {
  const TemporaryFolder folder;
  const auto size = [&](AVRational pixel) {
    write_video(folder / "a.mp4", VideoRecipe{.frames = 1, .pixel = pixel});
    const Image image = read_in_order(folder / "a.mp4").at(0);
    return std::pair(image.width, image.height);
  };
  EXPECT_EQ(size({1, 1}), std::pair(96, 64));
  EXPECT_EQ(size({4, 3}), std::pair(128, 64)) << "wide pixels";
  EXPECT_EQ(size({1, 2}), std::pair(96, 128)) << "tall pixels";
}

TEST(Video, FramesAreTurnedAndMirroredAsTheFileSays) {
  const TemporaryFolder folder;
  // Stored as rgbw. Rows of the matrix: where x and y of a pixel's new place come from.
  const std::vector<std::pair<std::array<double, 4>, std::string>> shown = {
      {{1, 0, 0, 1}, "rgbw"},   {{-1, 0, 0, 1}, "grwb"}, {{-1, 0, 0, -1}, "wbgr"},
      {{1, 0, 0, -1}, "bwrg"},  {{0, 1, 1, 0}, "rbgw"},  {{0, -1, 1, 0}, "brwg"},
      {{0, -1, -1, 0}, "wgbr"}, {{0, 1, -1, 0}, "gwrb"}, {{0.9, -0.1, 0.1, 0.9}, "rgbw"}};
  for (const auto& [matrix, letters] : shown) {
    write_video(folder / "a.mov",
                VideoRecipe{.frames = 1, .matrix = matrix, .picture = [](int) { return corners(96, 64); }});
    const Image image = read_in_order(folder / "a.mov").at(0);
    EXPECT_EQ(corner_letters(image), letters);
    EXPECT_EQ(image.width, std::abs(matrix[0]) > 0.5 ? 96 : 64);
  }
}

// A video whose frames differ everywhere, so that damage shows.
cv::Mat noise(int index) {
  cv::Mat picture(64, 96, CV_8UC3);
  cv::RNG(std::uint64_t(index) + 1).fill(picture, cv::RNG::UNIFORM, 0, 255);
  return picture;
}

TEST(Video, DamageInTheMiddleLeavesTheRestInItsPlaceAndIsTold) {
  const TemporaryFolder folder;
  for (const char* name : {"a.avi", "a.mkv", "a.mp4", "a.ts"}) {
    write_video(folder / name, VideoRecipe{.codec = "mpeg2video", .frames = 36, .picture = noise});
    const std::vector<Image> whole = read_in_order(folder / name);
    ASSERT_EQ(whole.size(), 36u) << name;
    std::string bytes = read_bytes(folder / name);
    for (std::size_t i = bytes.size() / 2, end = i + bytes.size() / 20; i < end; ++i) bytes[i] = char(i * 7);
    write_bytes(folder / name, bytes);

    Video video(folder / name);
    int told = 36 - video.index().frame_count();
    for (int i = 0; i < video.index().frame_count(); ++i) {
      const auto frame = video.frame(i);
      told += !frame || frame->damaged;
      if (i < 12) {
        EXPECT_EQ(frame->image.rgb, whole[std::size_t(i)].rgb) << name << " frame " << i;
      }
    }
    EXPECT_GE(told, 1) << name;
    EXPECT_EQ(video.frame(video.index().frame_count() - 1)->image.rgb, whole[35].rgb) << name;
  }
}

TEST(Video, ATruncatedFileSaysHowMuchOfItCanBeRead) {
  const TemporaryFolder folder;
  for (const char* name : {"a.avi", "a.mkv", "a.mov"}) {
    write_video(folder / name,
                VideoRecipe{.codec = "mjpeg", .frames = 60, .faststart = true, .picture = noise});
    EXPECT_THAT(index_video(folder / name)->notes, IsEmpty()) << name;
    cut_to(folder / name, 0.5);
    const auto index = index_video(folder / name);
    EXPECT_NEAR(index->frame_count(), 30, 3) << name;
    EXPECT_THAT(index->notes,
                ElementsAre(HasSubstr("is cut off: " + std::to_string(index->frame_count()) + " frames")))
        << name;
    Video video(folder / name, index);
    EXPECT_TRUE(video.frame(index->frame_count() - 1)) << name;
  }
}

TEST(Video, OnlyFilesThatHoldTheirVideoThemselvesAreOpened) {
  const TemporaryFolder folder;
  write_video(folder / "real.ts", VideoRecipe{.codec = "mpeg2video"});
  write_bytes(folder / "list.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nreal.ts\n#EXT-X-ENDLIST\n");
  write_bytes(folder / "names.mp4", "ffconcat version 1.0\nfile real.ts\n");
  for (const char* name : {"list.mp4", "names.mp4"}) {
    EXPECT_THAT(sentence_of([&] { index_video(folder / name); }), HasSubstr("cannot be read as a video"))
        << name;
  }
}

TEST(Video, IndexingStopsWhenAsked) {
  const TemporaryFolder folder;
  write_video(folder / "a.mp4", VideoRecipe{});
  Progress progress;
  progress.stop_requested = [] { return true; };
  EXPECT_THROW(index_video(folder / "a.mp4", progress), Cancelled);
}

}  // namespace
}  // namespace ahap
