#include "app/gui/film.h"

#include <algorithm>
#include <utility>

#include "app/gui/shown_frame.h"

namespace ahap {
namespace {

constexpr float kTurntablePitch = 0.3f;  // radians: people are seen from a little above

}  // namespace

Film::Film(FilmScene scene, FilmPlan plan) : scene_(std::move(scene)), plan_(std::move(plan)) {
  require_film(plan_.width, plan_.height, plan_.frames);
}

void Film::show(int frame) {
  if (frame == shown_frame_) return;
  shown_frame_ = frame;
  shown_ = shown_frame(scene_.result, frame);
  renderer_.show(shown_, 0);
  renderer_.show_motion(scene_.result, frame);
  std::vector<const gl::Texture*> borrowed;
  const std::vector<Image> pictures = scene_.pictures ? scene_.pictures(frame) : std::vector<Image>();
  pictures_.resize(pictures.size());
  for (std::size_t v = 0; v < pictures.size(); ++v) {
    if (!pictures[v].empty()) pictures_[v].upload(pictures[v]);
    borrowed.push_back(pictures[v].empty() ? nullptr : &pictures_[v]);
  }
  renderer_.use_pictures(std::move(borrowed));
}

Image Film::picture(int frame) {
  const std::int64_t count = std::int64_t(scene_.result->frames.size());
  show(plan_.plays_time ? int(frame * count / plan_.frames) : scene_.frame);
  ViewState state = scene_.state;
  state.look_through = -1;
  const Eigen::Vector2f size(plan_.width, plan_.height);
  return painter_
      .paint(renderer_, plan_.camera(frame).view(size, renderer_.bounds()), state, shown_.get(), scene_.tapes,
             {.labels = plan_.labels, .pixel_scale = plan_.pixel_scale})
      .image;
}

std::function<Standpoint(int frame)> turntable(const FilmScene& scene, const FilmPlan& plan, float yaw) {
  const std::vector<Eigen::Vector3f> people =
      places_of_people(*scene.result, plan.plays_time ? -1 : scene.frame, scene.state);
  const Standpoint start =
      turned_around(people, yaw, kTurntablePitch, float(plan.width) / float(plan.height));
  return [start, frames = plan.frames](int frame) {
    Standpoint standpoint = start;
    standpoint.yaw += 2 * float(EIGEN_PI) * float(frame) / float(frames);
    return standpoint;
  };
}

std::vector<Eigen::Vector3f> places_of_people(const Reconstruction& result, int frame,
                                              const ViewState& state) {
  constexpr float kAroundJoint = 0.15f;  // metres from joints to the body's ends: crown, fingers, soles
  std::vector<Eigen::Vector3f> places;
  for (const Person& person : result.people) {
    if (!state.shows_person(person.id)) continue;
    for (const BodyInFrame& body : person.bodies) {
      if (frame >= 0 && body.frame != frame) continue;
      places.insert(places.end(), body.mesh.positions.begin(), body.mesh.positions.end());
      if (!body.mesh.positions.empty()) continue;
      for (const Eigen::Vector3f& joint : body.joints) {
        places.push_back(joint - Eigen::Vector3f::Constant(kAroundJoint));
        places.push_back(joint + Eigen::Vector3f::Constant(kAroundJoint));
      }
    }
  }
  if (places.empty()) places = result.frames[std::size_t(std::max(0, frame))].points->positions;
  if (places.empty()) places = {{-1, 0, -1}, {1, 2, 1}};
  return places;
}

}  // namespace ahap
