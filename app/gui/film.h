#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "app/gui/picture_options.h"
#include "app/gui/picture_painter.h"
#include "reconstruction/reconstruction.h"
#include "renderer/standpoint.h"

namespace ahap {

// What a film is of.
struct FilmScene {
  std::shared_ptr<const Reconstruction> result;
  int frame = 0;  // that is shown, where time stands still; an index into the result's frames
  ViewState state = {};
  std::vector<Tape> tapes = {};
  // Small pictures of the views in a frame, where the result itself does not keep them; may be null.
  std::function<std::vector<Image>(int frame)> pictures = {};
};

struct FilmPlan {
  int width = 1920, height = 1080;  // pixels, even
  int frames_per_second = 30;
  int frames = 1;
  bool plays_time = false;  // the result's frames go by once during the film
  bool labels = true;
  float pixel_scale = 1;                             // of lines, points and letters
  std::function<Standpoint(int frame)> camera = {};  // of each of the film's frames
};

// The first and the other pictures of a film. Needs a current OpenGL context.
class Film {
 public:
  // Throws a sentence for what no film can be.
  Film(FilmScene scene, FilmPlan plan);

  const FilmPlan& plan() const { return plan_; }
  Image picture(int frame);

 private:
  void show(int frame);  // of the result

  FilmScene scene_;
  FilmPlan plan_;
  SceneRenderer renderer_;
  PicturePainter painter_;
  std::shared_ptr<const Reconstruction> shown_;  // a frame of the result
  int shown_frame_ = -1;
  std::vector<gl::Texture> pictures_;  // of the views in it
};

// One turn around the people, at an even speed from this side on, so that the film can go on from its end.
std::function<Standpoint(int frame)> turntable(const FilmScene& scene, const FilmPlan& plan, float yaw);

// Where people are in one frame of a result, or in all of them (-1); the points of the scene where nobody is.
std::vector<Eigen::Vector3f> places_of_people(const Reconstruction& result, int frame,
                                              const ViewState& state);

}  // namespace ahap
