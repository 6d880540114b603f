#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "renderer/gl.h"
#include "renderer/standpoint.h"

namespace ahap {

enum class PictureKind { picture, turntable, way };
enum class PictureSize { view, twice_view, full_hd, ultra_hd, square, own };

// What pictures and films of the 3D view are to be like, kept from frame to frame.
struct PictureDesk {
  bool open = false;  // its window
  PictureKind kind = PictureKind::picture;
  PictureSize size = PictureSize::twice_view;
  int own_width = 1600, own_height = 1200;  // pixels
  bool transparent = false;
  bool labels = true;

  float seconds = 8;  // of a turntable
  int frames_per_second = 30;
  bool plays_time = false;  // the frames of the result go by during the film
  struct Stop {
    CameraStop camera;
    gl::Texture preview;
  };
  std::vector<Stop> stops;  // of the camera's way

  std::string picture_file, film_file;  // typed; empty: named by the time
  std::string problem;                  // why the last one could not be made; empty: all is well

  bool is_film() const { return kind != PictureKind::picture; }
  std::vector<CameraStop> way() const {
    std::vector<CameraStop> way;
    for (const Stop& stop : stops) way.push_back(stop.camera);
    return way;
  }
  double film_seconds() const { return kind == PictureKind::way ? way_seconds(way()) : seconds; }
  // In pixels, where the view has this size; of a film even.
  Eigen::Vector2i pixels(const Eigen::Vector2f& view_size) const;
};

}  // namespace ahap
