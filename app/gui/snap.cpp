#include "app/gui/snap.h"

#include <algorithm>
#include <tuple>
#include <vector>

namespace ahap {
namespace {

using Kind = TapeEnd::Kind;

constexpr float kBodyDepth = 0.35f;  // metres: joints lie so deep below the surface that is seen, at most

struct Candidate {
  SnapTarget target;
  float depth = 0;     // along the optical axis, metres
  float distance = 0;  // from the cursor, pixels
};

// Collects what is near the cursor.
class Snap {
 public:
  Snap(const ViewTransform& view, const Eigen::Vector2f& cursor, float reach)
      : view_(view),
        ndc_from_world_(view.ndc_from_world()),
        eye_(view.eye()),
        cursor_(cursor),
        reach_(reach) {}

  void offer(const TapeEnd& end, const Eigen::Vector3f& place) {
    const Eigen::Vector4f clip = ndc_from_world_ * place.homogeneous();
    if (!(clip.w() > view_.near_plane)) return;
    const Eigen::Vector2f pixel((clip.x() / clip.w() + 1) / 2 * view_.size.x(),
                                (1 - clip.y() / clip.w()) / 2 * view_.size.y());
    const float distance = (pixel - cursor_).norm();
    if (distance <= reach_) near_.push_back({{end, place}, clip.w(), distance});
  }
  bool faces_away(const Eigen::Vector3f& normal, const Eigen::Vector3f& place) const {
    return normal.dot(eye_ - place) < 0;
  }

  std::optional<SnapTarget> best() const {
    float front = 1e30f;
    for (const Candidate& candidate : near_) front = std::min(front, candidate.depth);
    const auto rank = [&](const Candidate& candidate) {
      return std::tuple(candidate.depth > front + kBodyDepth, candidate.target.end.kind != Kind::joint,
                        candidate.distance);
    };
    const auto found =
        std::min_element(near_.begin(), near_.end(),
                         [&](const Candidate& a, const Candidate& b) { return rank(a) < rank(b); });
    return found == near_.end() ? std::nullopt : std::optional(found->target);
  }

 private:
  const ViewTransform& view_;
  Eigen::Matrix4f ndc_from_world_;
  Eigen::Vector3f eye_;
  Eigen::Vector2f cursor_;
  float reach_;
  std::vector<Candidate> near_;
};

void offer_body(Snap& snap, const PersonInFrame& person, const ViewState& state) {
  const BodyInFrame& body = person.body;
  const int id = person.person.id;
  for (std::size_t j = 0; j < body.joints.size() && j < kSmplJoints; ++j)
    snap.offer({.kind = Kind::joint, .person_id = id, .index = int(j)}, body.joints[j]);
  if (!state.bodies) return;
  const TriangleMesh& mesh = body.mesh;
  for (std::size_t v = 0; v < mesh.positions.size(); ++v) {
    if (!mesh.normals.empty() && snap.faces_away(mesh.normals[v], mesh.positions[v])) continue;
    snap.offer({.kind = Kind::vertex, .person_id = id, .index = int(v)}, mesh.positions[v]);
  }
}

// Those that are drawn: SceneRenderer::point_style.
void offer_points(Snap& snap, const PointCloud& points, std::span<const Eigen::Vector3f> facing,
                  const ViewState& state) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points.confidence[i] < state.min_confidence ||
        (points.person[i] != 0 && !state.shows_points_on_people()))
      continue;
    const Eigen::Vector3f& place = points.positions[i];
    if (state.hide_backs && i < facing.size() && snap.faces_away(facing[i], place)) continue;
    snap.offer({.place = place}, place);
  }
}

}  // namespace

std::optional<SnapTarget> snap_target(const Reconstruction& shown, std::span<const Eigen::Vector3f> facing,
                                      const ViewState& state, const ViewTransform& view,
                                      const Eigen::Vector2f& cursor, float reach) {
  Snap snap(view, cursor, reach);
  if (state.bodies || state.shows_skeletons()) {
    for (const PersonInFrame& person : people_in(shown, 0))
      if (state.shows_person(person.person.id)) offer_body(snap, person, state);
  }
  if (state.points && (state.look_through < 0 || state.points_through))
    offer_points(snap, *shown.frames.front().points, facing, state);
  return snap.best();
}

}  // namespace ahap
