#pragma once

namespace ahap {

// Where to look from. The front is the side of the first camera that has a pose.
enum class Viewpoint { all, people, top, front, side };

// How a result is drawn without a window.
struct PictureOptions {
  Viewpoint view = Viewpoint::all;
  int width = 1600, height = 1000;  // pixels
  bool transparent = false;         // no backdrop; of pictures alone
  bool labels = false;              // names of people and cameras
  double film_seconds = 0;          // 0: of several frames as long as they last, else eight
};

constexpr int kLargestPicture = 8192;  // pixels, each side
// Throws a sentence for a size that no picture can have.
void require_picture_size(int width, int height);

constexpr int kLargestFilm = 4096;  // pixels, each side: what players take
constexpr int kMostFilmFrames = 36'000;
// Throws a sentence for what no film can be.
void require_film(int width, int height, int frames);
constexpr int kTurntableRate = 30;  // frames per second, without a window
int film_frames(double seconds, int frames_per_second);

}  // namespace ahap
