#include "reconstruction/multiview/verticals.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "reconstruction/geometry/manhattan.h"

namespace ahap {
namespace {

constexpr double kDegree = std::numbers::pi / 180;
// Chosen on real captures with calibrated cameras.
constexpr double kPeopleSigma = 4 * kDegree;    // of the people's up, per axis
constexpr double kVerticalSigma = 1 * kDegree;  // at least: lenses bend straight edges
constexpr double kAgree = 3 * kDegree;
constexpr double kPeopleFocalSigma = 0.1;  // of a focal length from people, relative
constexpr double kSureFocalSigma = 0.04;   // above it vanishing points near the horizon only: not believed
constexpr double kMax = 0.7;               // share of the estimated views
constexpr double kHipsWeight = 0.4;        // of a trunk alone: it leans more than the whole body
constexpr double kSingleWeight = 0.2;      // of somebody whom one view shows, against one of n views

bool known(const AssociatedPerson& person, BodyPoint left, BodyPoint right) {
  return person.sigma[left] > 0 || person.sigma[right] > 0;
}

std::optional<StraightView> vertical_of(const Image& picture, int v, bool focal_known,
                                        const std::vector<PersonObservation>& people,
                                        const JointAssociation& association, const Eigen::Vector3d& up) {
  const Camera& camera = association.views[v].camera;
  ManhattanPrior prior;
  prior.K = camera.K;
  prior.up = camera.world_from_camera.linear().transpose() * up;
  prior.up_sigma = kPeopleSigma;
  prior.focal_sigma = focal_known ? 0 : kPeopleFocalSigma;
  std::vector<std::array<double, 4>> boxes;
  for (const PersonObservation& person : people) {
    if (person.view == v) boxes.push_back({person.box.x0, person.box.y0, person.box.x1, person.box.y1});
  }
  const ManhattanFrame frame = manhattan_frame(straight_edges(picture, prior, boxes));
  if (!frame.found) return std::nullopt;
  StraightView view{{frame.up, std::max(frame.up_sigma, kVerticalSigma)}, {}, frame.focal_sigma};
  if (!focal_known && frame.focal_sigma < kSureFocalSigma)
    view.focal_length = frame.focal_factor * camera.K(0, 0);
  return view;
}

// Members of the largest set of directions that agree with one of them.
std::vector<int> largest_agreement(const std::vector<std::optional<Eigen::Vector3d>>& directions) {
  std::vector<int> best;
  for (const auto& centre : directions) {
    if (!centre) continue;
    std::vector<int> near;
    for (int v = 0; v < int(directions.size()); ++v) {
      if (directions[v] && directions[v]->dot(*centre) > std::cos(kAgree)) near.push_back(v);
    }
    if (near.size() > best.size()) best = near;
  }
  return best;
}

}  // namespace

std::optional<Eigen::Vector3d> up_of_bodies(const JointAssociation& association) {
  Eigen::Vector3d sum = Eigen::Vector3d::Zero();
  for (const AssociatedPerson& person : association.people) {
    if (!known(person, kLeftShoulder, kRightShoulder)) continue;
    const bool feet = known(person, kLeftAnkle, kRightAnkle);
    const Eigen::Vector3d shoulders = person.points[kLeftShoulder] + person.points[kRightShoulder];
    const Eigen::Vector3d below = feet ? person.points[kLeftAnkle] + person.points[kRightAnkle]
                                       : person.points[kLeftHip] + person.points[kRightHip];
    const double views = person.observations.size() > 1 ? double(person.observations.size()) : kSingleWeight;
    sum += views * (feet ? 1 : kHipsWeight) * (shoulders - below).normalized();
  }
  if (!sum.allFinite() || sum.norm() < 1e-9) return std::nullopt;
  return sum.normalized();
}

std::optional<Eigen::Vector3d> rough_up(const JointAssociation& association,
                                        const std::vector<UpEstimate>& in_camera) {
  const auto bodies = up_of_bodies(association);
  std::vector<Eigen::Isometry3d> poses;
  std::vector<UpEstimate> ups;
  for (std::size_t v = 0; v < in_camera.size(); ++v) {
    if (!association.views[v].estimated) continue;
    poses.push_back(association.views[v].camera.world_from_camera);
    ups.push_back(in_camera[v]);
  }
  const auto views = up_from_views(poses, ups);
  if (bodies && views && bodies->dot(views->up) < std::cos(kUpContradiction)) return views->up;
  return bodies;
}

std::vector<std::optional<StraightView>> agreeing_verticals(std::span<const Image* const> pictures,
                                                            const std::vector<ViewObservation>& views,
                                                            const std::vector<PersonObservation>& people,
                                                            const JointAssociation& association,
                                                            const Eigen::Vector3d& up,
                                                            const Progress& progress) {
  std::vector<std::optional<StraightView>> verticals(pictures.size());
  std::vector<std::optional<Eigen::Vector3d>> in_world(pictures.size());
  std::size_t estimated = 0;
  for (int v = 0; v < int(pictures.size()); ++v) {
    step(progress, "verticals", double(v) / double(pictures.size()));
    if (!association.views[v].estimated) continue;
    ++estimated;
    verticals[v] = vertical_of(*pictures[v], v, views[v].focal_length > 0, people, association, up);
    if (verticals[v])
      in_world[v] = association.views[v].camera.world_from_camera.linear() * verticals[v]->up.up;
  }
  const std::vector<int> agreed = largest_agreement(in_world);
  const bool enough = agreed.size() >= 2 && double(agreed.size()) >= kMax * double(estimated);
  for (int v = 0; v < int(verticals.size()); ++v) {
    if (!enough || !std::count(agreed.begin(), agreed.end(), v)) verticals[v].reset();
  }
  return verticals;
}

}  // namespace ahap
