#include "app/gui/picture_options.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace ahap {

void require_picture_size(int width, int height) {
  constexpr int kLeast = 16;
  const auto fits = [](int side) { return side >= kLeast && side <= kLargestPicture; };
  if (fits(width) && fits(height)) return;
  throw std::runtime_error("A picture of " + std::to_string(width) + " x " + std::to_string(height) +
                           " pixels cannot be drawn: each side has " + std::to_string(kLeast) + " to " +
                           std::to_string(kLargestPicture));
}

void require_film(int width, int height, int frames) {
  require_picture_size(width, height);
  if (width > kLargestFilm || height > kLargestFilm)
    throw std::runtime_error("A film of " + std::to_string(width) + " x " + std::to_string(height) +
                             " pixels is too large for players: each side has at most " +
                             std::to_string(kLargestFilm));
  if (frames < 2 || frames > kMostFilmFrames)
    throw std::runtime_error("A film has 2 to " + std::to_string(kMostFilmFrames) + " frames, not " +
                             std::to_string(frames) + ": choose other seconds or another frame rate");
}

int film_frames(double seconds, int frames_per_second) {
  constexpr double kBeyondAll = 2.0 * kMostFilmFrames;
  return std::max(1, int(std::lround(std::min(seconds * frames_per_second, kBeyondAll))));
}

}  // namespace ahap
