#include "reconstruction/capture/film_writer.h"

#include <gmock/gmock.h>

#include "reconstruction/capture/file_kind.h"
#include "reconstruction/capture/video.h"
#include "tests/capture/sample_files.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

// Grey levels that go up by 8 from frame to frame, with a red left half.
Image picture_of(int frame, int width = 128, int height = 96) {
  Image picture(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c)
        picture.pixel(x, y)[c] = std::uint8_t(x < width / 2 ? (c == 0 ? 200 : 20) : 8 * frame);
    }
  }
  return picture;
}

void write_film(const fs::path& file, int frames, const std::string& encoder = "libx264") {
  FilmWriter film(file, 128, 96, 30, encoder);
  for (int i = 0; i < frames; ++i) film.add(picture_of(i));
  film.finish();
}

std::size_t files_in(const fs::path& folder) {
  return std::size_t(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

class FilmWriting : public ::testing::TestWithParam<const char*> {
 protected:
  const TemporaryFolder place_;
};

TEST_P(FilmWriting, comes_back_frame_by_frame_in_its_colours) {
  write_film(place_ / "film.mp4", 30, GetParam());
  Video film(place_ / "film.mp4");
  ASSERT_EQ(film.index().frame_count(), 30);
  EXPECT_NEAR(film.index().seconds, 1.0, 0.04);
  for (const int i : {0, 13, 29}) {
    const auto frame = film.frame(i);
    ASSERT_TRUE(frame);
    EXPECT_FALSE(frame->damaged);
    EXPECT_EQ(frame->image.width, 128);
    EXPECT_EQ(frame->image.height, 96);
    EXPECT_NEAR(frame->image.pixel(96, 48)[1], 8 * i, 6);
    EXPECT_NEAR(frame->image.pixel(32, 48)[0], 200, 12);
    EXPECT_NEAR(frame->image.pixel(32, 48)[2], 20, 12);
  }
}

INSTANTIATE_TEST_SUITE_P(WithAndWithoutH264, FilmWriting,
                         ::testing::Values("libx264", "an encoder that is not there"));

TEST(FilmWriter, says_where_it_had_to_do_without_h264) {
  const TemporaryFolder place;
  FilmWriter film(place / "film.mp4", 64, 48, 25, "an encoder that is not there");
  film.add(Image(64, 48));
  film.finish();
  EXPECT_THAT(film.note(), HasSubstr("no encoder for H.264"));
}

TEST(FilmWriter, is_known_as_drawn_by_this_program_however_long_it_is) {
  const TemporaryFolder place;
  write_film(place / "short.mp4", 3);
  write_film(place / "long.mp4", 3000);
  EXPECT_EQ(kind_of_file(place / "short.mp4"), FileKind::own_picture);
  EXPECT_EQ(kind_of_file(place / "long.mp4"), FileKind::own_picture);
  write_video(place / "camera.mp4", 5);
  EXPECT_EQ(kind_of_file(place / "camera.mp4"), FileKind::video);
}

TEST(FilmWriter, leaves_nothing_of_a_film_that_is_not_finished) {
  const TemporaryFolder place;
  {
    FilmWriter film(place / "film.mp4", 128, 96, 30);
    for (int i = 0; i < 20; ++i) film.add(picture_of(i));
    EXPECT_FALSE(fs::exists(place / "film.mp4")) << "it is written beside its place";
    EXPECT_EQ(files_in(place.path()), 1u);
  }
  EXPECT_EQ(files_in(place.path()), 0u);
}

TEST(FilmWriter, replaces_a_film_of_its_own_and_no_other_file) {
  const TemporaryFolder place;
  write_film(place / "film.mp4", 3);
  write_film(place / "film.mp4", 7);
  EXPECT_EQ(Video(place / "film.mp4").index().frame_count(), 7);
  write_video(place / "camera.mp4", 5);
  const std::string before = read_bytes(place / "camera.mp4");
  EXPECT_THAT(sentence_of([&] { write_film(place / "camera.mp4", 3); }),
              HasSubstr("camera.mp4: is there already and no film of this program; choose another name"));
  EXPECT_EQ(read_bytes(place / "camera.mp4"), before);
}

TEST(FilmWriter, refuses_places_where_no_film_can_be) {
  const TemporaryFolder place;
  EXPECT_THAT(sentence_of([&] { write_film(place / "film.avi", 3); }),
              HasSubstr("choose a name that ends with .mp4"));
  EXPECT_THAT(sentence_of([&] { write_film(place / "nowhere/film.mp4", 3); }),
              HasSubstr("its folder does not exist"));
  fs::create_directory(place / "folder.mp4");
  EXPECT_THAT(sentence_of([&] { write_film(place / "folder.mp4", 3); }), HasSubstr("it is a folder"));
  EXPECT_EQ(files_in(place.path()), 1u);
}

TEST(FilmWriter, takes_any_name_that_a_file_can_have) {
  const TemporaryFolder place;
  fs::create_directory(place / "cam:1 100%d");
  write_film(place / "cam:1 100%d/pipe:2.MP4", 3);
  EXPECT_EQ(Video(place / "cam:1 100%d/pipe:2.MP4").index().frame_count(), 3);
}

}  // namespace
}  // namespace ahap
