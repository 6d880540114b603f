#include "reconstruction/capture/sound.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "reconstruction/motion/synchronisation.h"
#include "tests/capture/video_files.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A burst of 20 ms that begins at this time.
std::function<float(double)> burst_at(double begin) {
  return [begin](double t) {
    return t >= begin && t < begin + 0.02 ? float(0.7 * std::sin(2 * M_PI * 900 * (t - begin))) : 0.f;
  };
}

Sound sound_of(const std::filesystem::path& file) {
  return read_sound(file, *index_video(file));
}

// The middle of what is heard, seconds; NaN where nothing is.
double time_of_burst(const Sound& sound) {
  double sum = 0, moment = 0;
  for (std::size_t i = 0; i < sound.samples.size(); ++i) {
    const double energy = double(sound.samples[i]) * double(sound.samples[i]);
    sum += energy;
    moment += energy * double(i) / kSoundRate;
  }
  return sum > 0.1 ? moment / sum : std::nan("");
}

constexpr double kExact = 0.002;  // s; codecs smear a burst

TEST(Sound, IsHeardWhenItsPictureIsShownWhateverTheFile) {
  const TemporaryFolder folder;
  struct Kind {
    const char *sound_codec, *name;
    int b_frames;
  };
  for (const Kind& kind : std::initializer_list<Kind>{{"aac", "a.mp4", 2},
                                                      {"aac", "a.mkv", 0},
                                                      {"aac", "a.mts", 0},
                                                      {"pcm_s16le", "a.mov", 0},
                                                      {"pcm_s16le", "a.avi", 0},
                                                      {"mp2", "a.mpg", 2}}) {
    const bool mpeg = kind.sound_codec == std::string("mp2") || kind.name == std::string("a.mts");
    write_video(folder / kind.name, VideoRecipe{.codec = mpeg ? "mpeg2video" : "mpeg4",
                                                .frames = 100,
                                                .b_frames = kind.b_frames,
                                                .sound = burst_at(1.2),
                                                .sound_codec = kind.sound_codec});
    const Sound sound = sound_of(folder / kind.name);
    EXPECT_THAT(sound.missing, IsEmpty()) << kind.name;
    EXPECT_NEAR(time_of_burst(sound), 1.21, kExact) << kind.name;
    EXPECT_LE(sound.samples.size(), 2.0 * kSoundRate) << "no longer than the pictures";
  }
}

TEST(Sound, BeginsWithTheFirstShownFrameNotTheFirstStoredOne) {
  const TemporaryFolder folder;
  write_video(folder / "a.mp4", VideoRecipe{.frames = 100, .hidden = 17, .sound = burst_at(1.2)});
  EXPECT_NEAR(time_of_burst(sound_of(folder / "a.mp4")), 1.21 - 17 / 50.0, kExact);
}

TEST(Sound, ThatBeginsLaterThanThePicturesStaysInItsPlace) {
  const TemporaryFolder folder;
  for (const char* name : {"a.mp4", "a.mkv"}) {
    write_video(folder / name, VideoRecipe{.frames = 100, .sound = burst_at(1.2), .sound_begins = 0.7});
    EXPECT_NEAR(time_of_burst(sound_of(folder / name)), 1.21, kExact) << name;
  }
}

TEST(Sound, OneChannelIsAsGoodAsTwo) {
  const TemporaryFolder folder;
  write_video(folder / "a.mp4", VideoRecipe{.frames = 100, .sound = burst_at(0.5), .channels = 1});
  EXPECT_NEAR(time_of_burst(sound_of(folder / "a.mp4")), 0.51, kExact);
}

TEST(Sound, ThatIsMissingOrSilentIsSaid) {
  const TemporaryFolder folder;
  write_video(folder / "none.mp4", VideoRecipe{});
  write_video(folder / "silent.mp4", VideoRecipe{.sound = [](double) { return 0.f; }});
  for (const auto& [name, sentence] :
       {std::pair("none.mp4", "has no sound"), std::pair("silent.mp4", "has a silent sound track")}) {
    const Sound sound = sound_of(folder / name);
    EXPECT_EQ(sound.missing, sentence);
    EXPECT_THAT(sound.samples, IsEmpty()) << name;
  }
}

TEST(Sound, DamagedInTheMiddleKeepsTheRestInItsPlace) {
  const TemporaryFolder folder;
  for (const char* name : {"a.mkv", "a.mp4"}) {
    write_video(folder / name, VideoRecipe{.frames = 150, .sound = burst_at(2.8)});
    std::string bytes = read_bytes(folder / name);
    for (std::size_t i = bytes.size() / 3, end = i + bytes.size() / 20; i < end; ++i) bytes[i] = char(i * 7);
    write_bytes(folder / name, bytes);
    const Sound sound = sound_of(folder / name);
    ASSERT_THAT(sound.missing, IsEmpty()) << name;
    double loudest = 0, when = 0;
    for (std::size_t i = std::size_t(2.5 * kSoundRate); i < sound.samples.size(); ++i) {
      if (std::abs(sound.samples[i]) <= loudest) continue;
      loudest = std::abs(sound.samples[i]);
      when = double(i) / kSoundRate;
    }
    EXPECT_NEAR(when, 2.81, 0.011) << name;
  }
}

// Knocks at irregular times.
float knocks(double time) {
  static constexpr double kTimes[] = {0.3, 0.95, 1.2, 2.05, 2.31, 3.3, 3.72, 4.4, 4.55, 5.37, 6.2, 6.49};
  float sum = 0;
  for (const double begin : kTimes) sum += burst_at(begin)(time);
  return sum;
}

TEST(Sound, TellsByHowMuchOneVideoBeganLaterThanAnother) {
  const TemporaryFolder folder;
  write_video(folder / "a.mp4", VideoRecipe{.frames = 300, .sound = knocks});
  write_video(folder / "b.mkv",
              VideoRecipe{.frames = 250, .sound = [](double t) { return 0.3f * knocks(t + 1.234); }});
  write_video(folder / "c.mp4", VideoRecipe{.frames = 300, .hidden = 23, .sound = knocks});
  std::vector<std::vector<float>> sounds;
  for (const char* name : {"a.mp4", "b.mkv", "c.mp4"}) sounds.push_back(sound_of(folder / name).samples);
  const std::vector<CameraOffset> offsets = offsets_from_sound(sounds, kSoundRate);
  EXPECT_NEAR(offsets[1].seconds, 1.234, 0.003);
  EXPECT_NEAR(offsets[2].seconds, 23 / 50.0, 0.003);
  for (const CameraOffset& offset : offsets) EXPECT_EQ(offset.source, CameraOffset::Source::sound);
}

TEST(Sound, ReadingStopsWhenAsked) {
  const TemporaryFolder folder;
  write_video(folder / "a.mp4", VideoRecipe{.sound = burst_at(0.1)});
  const auto index = index_video(folder / "a.mp4");
  Progress progress;
  progress.stop_requested = [] { return true; };
  EXPECT_THROW(read_sound(folder / "a.mp4", *index, progress), Cancelled);
}

}  // namespace
}  // namespace ahap
