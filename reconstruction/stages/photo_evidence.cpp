#include "reconstruction/stages/photo_evidence.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/body/posed_vertices.h"
#include "reconstruction/networks/eigen_conversion.h"

namespace ahap {
namespace {

// Of the direction against gravity that the scene branch sees in one photograph. In 35 views it was a median
// of 6 degrees from the level that all views' people, floor and edges gave, and 20 where the camera looks
// down.
constexpr double kLearnedUpSigma = 10 * M_PI / 180;

}  // namespace

std::vector<UpEstimate> learned_ups(const SceneEstimate& scene) {
  std::vector<UpEstimate> ups;
  for (int64_t v = 0; scene.up.defined() && v < scene.up.size(0); ++v)
    ups.push_back({vector3(scene.up[v]), kLearnedUpSigma});
  return ups;
}

void add_verticals(const std::vector<std::optional<StraightView>>& verticals,
                   std::vector<ViewObservation>& views) {
  for (std::size_t v = 0; v < verticals.size(); ++v) {
    if (!verticals[v]) continue;
    views[v].up = verticals[v]->up.up;
    views[v].up_sigma = verticals[v]->up.sigma;
    if (!verticals[v]->focal_length) continue;
    views[v].focal_length = *verticals[v]->focal_length;
    views[v].focal_sigma = verticals[v]->focal_sigma;
  }
}

std::vector<Eigen::Vector3d> vertices_of(const BodyModel& body, const SmplParameters& smpl) {
  const Vertices posed = posed_vertices(body, smpl);
  std::vector<Eigen::Vector3d> vertices;
  for (Eigen::Index i = 0; i < posed.rows(); ++i) vertices.push_back(posed.row(i).transpose().cast<double>());
  return vertices;
}

std::size_t bytes_of(const PhotoEvidence& evidence, const PhotoState& state, std::set<const void*>& counted) {
  std::size_t bytes = 0;
  if (counted.insert(evidence.views.get()).second)
    for (const View& view : *evidence.views) bytes += view.image.rgb.size();
  for (const torch::Tensor& map : {evidence.depth.features, evidence.depth.depth, evidence.depth.depth_conf})
    if (map.defined() && counted.insert(map.data_ptr()).second) bytes += map.nbytes();
  for (const Image& picture : evidence.display) bytes += picture.rgb.size();
  for (const auto& vertices : state.vertices) bytes += vertices.size() * sizeof(Eigen::Vector3d);
  if (counted.insert(state.points.get()).second) bytes += state.points->bytes();
  return bytes;
}

std::vector<PersonObservation> observations_of(const std::vector<PhotoPerson>& people) {
  std::vector<PersonObservation> observations;
  for (const PhotoPerson& person : people) observations.push_back(person.observation);
  return observations;
}

bool is_left_out(const PhotoState& state, int observation, int view) {
  const Decisions& decided = state.decided;
  return !decided.person_ids.empty() && (decided.left_out[observation] || decided.views_left_out[view]);
}

std::vector<int> person_ids(const PhotoState& state) {
  std::vector<int> ids;
  for (const PlacedPerson& person : state.scene.people) {
    const int next = int(ids.size()) + 1;
    const std::vector<int>& given = state.decided.person_ids;
    ids.push_back(given.empty() ? next : given[person.observations.front()]);
  }
  return ids;
}

}  // namespace ahap
