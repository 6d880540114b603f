#include "app/gui/motion_renderer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "app/gui/playback.h"
#include "app/gui/shown_frame.h"
#include "reconstruction/palette.h"

namespace ahap {

namespace {

constexpr int kPelvis = 0;
constexpr std::array<int, 2> kAnkles = {7, 8}, kWrists = {20, 21};
constexpr int kGhostsEachWay = 2;
constexpr float kGhostOpacity = 0.34f;         // of the nearest; body and picture behind it stay readable
constexpr int kOpaque = 255, kFilledIn = 110;  // of a trail: where the person is seen, where it is filled in

double rate_of(const Reconstruction& range) {
  const double rate = frame_rate(range);
  return rate > 0 ? rate : kAssumedFrameRate;
}

int frames_in(const Reconstruction& range, float seconds) {
  return std::max(1, int(std::lround(seconds * rate_of(range))));
}

std::vector<int> chosen_joints(const ViewState& state) {
  std::vector<int> joints;
  if (state.trail_pelvis) joints.push_back(kPelvis);
  if (state.trail_wrists) joints.insert(joints.end(), kWrists.begin(), kWrists.end());
  if (state.trail_ankles) joints.insert(joints.end(), kAnkles.begin(), kAnkles.end());
  return joints;
}

bool in_motion(const Reconstruction& range, const ViewState& state, int id) {
  const auto is_selected = [&](const Person& person) { return person.id == state.selected.person; };
  const bool one_selected = std::any_of(range.people.begin(), range.people.end(), is_selected);
  return state.shows_person(id) && (!one_selected || state.selected.person == id);
}

}  // namespace

std::vector<LineSegment> motion_trails(const Reconstruction& range, int frame, const ViewState& state) {
  const std::vector<int> joints = chosen_joints(state);
  const int reach = frames_in(range, state.trail_seconds);
  std::vector<LineSegment> lines;
  for (const Person& person : range.people) {
    if (!in_motion(range, state, person.id)) continue;
    const Color color = person_color(person.id);
    const auto first =
        std::lower_bound(person.bodies.begin(), person.bodies.end(), frame - reach,
                         [](const BodyInFrame& body, int wanted) { return body.frame < wanted; });
    for (auto body = first; body != person.bodies.end() && body->frame <= frame + reach; ++body) {
      if (body == first || body->frame != std::prev(body)->frame + 1) continue;
      const BodyInFrame& before = *std::prev(body);
      if (body->joints.size() < kSmplJoints || before.joints.size() < kSmplJoints) continue;
      const float near = 1 - std::abs(float(body->frame - frame) - 0.5f) / float(reach);
      const int opacity = body->detections.empty() ? kFilledIn : kOpaque;
      const auto fading = std::uint8_t(std::lround(float(opacity) * std::max(0.0f, near)));
      for (const int j : joints)
        lines.push_back({before.joints[j], body->joints[j], {color[0], color[1], color[2], fading}});
    }
  }
  return lines;
}

void MotionRenderer::show(std::shared_ptr<const Reconstruction> range, int frame) {
  if (range != range_) {
    ghost_frames_.clear();
    ghosts_.clear();
  }
  range_ = std::move(range);
  frame_ = range_ && range_->frames.size() > 1 ? frame : -1;
}

void MotionRenderer::draw_trails(const ViewTransform& view, const ViewState& state, float pixel_scale) {
  if (frame_ < 0) return;
  trails_.upload(motion_trails(*range_, frame_, state));
  trails_.draw(view, 2 * pixel_scale);
}

// Ghosts stand at multiples of the interval, so that they stay while the shown frame moves between them.
void MotionRenderer::prepare_ghosts(int interval) {
  std::map<int, std::shared_ptr<const Reconstruction>> frames;
  const int middle = frame_ / interval;
  for (int k = middle - kGhostsEachWay; k <= middle + kGhostsEachWay; ++k) {
    const int frame = k * interval;
    if (frame < 0 || frame >= int(range_->frames.size())) continue;
    const auto known = ghost_frames_.find(frame);
    frames[frame] = known != ghost_frames_.end() ? known->second : shown_frame(range_, frame);
  }
  const auto same_frame = [](const auto& a, const auto& b) { return a.first == b.first; };
  if (std::equal(frames.begin(), frames.end(), ghost_frames_.begin(), ghost_frames_.end(), same_frame))
    return;
  ghost_frames_ = std::move(frames);
  ghosts_.clear();
  std::vector<const TriangleMesh*> meshes;
  for (const auto& [frame, one] : ghost_frames_) {
    for (const PersonInFrame& person : people_in(*one, 0)) {
      ghosts_.push_back({frame, person.person.id});
      meshes.push_back(&person.body.mesh);
    }
  }
  bodies_.upload(meshes);
}

void MotionRenderer::draw_ghosts(const ViewTransform& view, const ViewState& state) {
  if (frame_ < 0) return;
  const int interval = frames_in(*range_, state.ghost_seconds);
  prepare_ghosts(interval);
  const float reach = float(interval) * (kGhostsEachWay + 1);
  for (std::size_t i = 0; i < ghosts_.size(); ++i) {
    const int distance = std::abs(ghosts_[i].frame - frame_);
    // One that the body covers would only blur it.
    if (distance < (interval + 3) / 4 || !in_motion(*range_, state, ghosts_[i].person_id)) continue;
    MeshStyle style;
    style.color = person_color(ghosts_[i].person_id);
    style.opacity = kGhostOpacity * std::max(0.0f, 1 - float(distance) / reach);
    bodies_.draw(i, view, style);
  }
}

}  // namespace ahap
