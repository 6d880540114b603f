#include "reconstruction/multiview/placed_people.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/median.h"
#include "reconstruction/multiview/verticals.h"

namespace ahap {
namespace {

constexpr double kGiant = 5;          // metres, a person's longer side in the picture
constexpr double kUnexplained = 0.3;  // of the person's size in the picture, median over the points seen

// Where the association found no poses, one view makes the world.
void choose_views(const JointAssociation& association, const std::vector<PersonObservation>& seen,
                  PlacedScene& scene) {
  std::vector<int> points(association.views.size(), 0);
  for (const PersonObservation& person : seen) points[person.view] += count_observed(person);
  for (const AssociatedView& view : association.views) {
    scene.views.push_back({view.camera, view.k1});
    scene.estimated.push_back(view.estimated);
    scene.rotation_sigma.push_back(view.rotation_sigma);
  }
  scene.reference_view = int(std::max_element(points.begin(), points.end()) - points.begin());
  if (std::count(scene.estimated.begin(), scene.estimated.end(), true) < (association.given_world ? 1 : 2)) {
    std::fill(scene.estimated.begin(), scene.estimated.end(), false);
    scene.estimated[scene.reference_view] = true;
  } else if (!scene.estimated[scene.reference_view]) {
    scene.reference_view =
        int(std::find(scene.estimated.begin(), scene.estimated.end(), true) - scene.estimated.begin());
  }
}

// Against gravity in the cameras' world: the mean direction from hips to shoulders of all people, as their
// landmarks have it.
Eigen::Vector3d up_of_trunks(const std::vector<PersonObservation>& seen, const PlacedScene& scene) {
  Eigen::Vector3d up = -1e-3 * scene.views[scene.reference_view].camera.world_from_camera.linear().col(1);
  for (const PersonObservation& person : seen) {
    if (!scene.estimated[person.view]) continue;
    const Camera& camera = scene.views[person.view].camera;
    const auto& X = person.landmarks;
    const Eigen::Vector3d trunk = X[kLeftShoulder] + X[kRightShoulder] - X[kLeftHip] - X[kRightHip];
    const Eigen::Vector3d ray = camera.K.inverse() * person.ray_pixel.homogeneous();
    const Eigen::Quaterniond camera_from_ray =
        Eigen::Quaterniond::FromTwoVectors(Eigen::Vector3d::UnitZ(), ray);
    up += person.score * (camera.world_from_camera.linear() * (camera_from_ray * trunk.normalized()));
  }
  return up.normalized();
}

// The views with a pose and what they know of gravity.
SceneForGround ground_of(const std::vector<ViewObservation>& views, const PlacedScene& scene) {
  SceneForGround ground;
  for (std::size_t v = 0; v < scene.views.size(); ++v) {
    if (!scene.estimated[v]) continue;
    if (int(v) == scene.reference_view) ground.reference = int(ground.world_from_camera.size());
    ground.world_from_camera.push_back(scene.views[v].camera.world_from_camera);
    ground.up_in_camera.push_back({views[v].up.value_or(Eigen::Vector3d::Zero()), views[v].up_sigma});
  }
  return ground;
}

// Against gravity in the cameras' world.
Eigen::Vector3d up_of(const JointAssociation& association, const std::vector<PersonObservation>& seen,
                      const std::vector<ViewObservation>& views, const PlacedScene& scene) {
  const SceneForGround ground = ground_of(views, scene);
  if (const auto up = up_from_views(ground.world_from_camera, ground.up_in_camera)) return up->up;
  if (const auto up = up_of_bodies(association)) return *up;
  return up_of_trunks(seen, scene);
}

BodyFit fit_person(const FittedBodyModel& body, const std::vector<PersonObservation>& seen,
                   const Eigen::Vector3d& up, std::optional<double> floor, const PlacedScene& scene,
                   const PlacedPerson& person) {
  FitEvidence evidence;
  evidence.views = scene.views;
  for (const int n : person.observations) {
    if (scene.estimated[seen[n].view]) evidence.observations.push_back(&seen[n]);
  }
  evidence.up = up;
  evidence.floor = floor;
  FitOptions options;
  if (floor) options.start = person.body.state;
  return fit_body(body, evidence, options);
}

void fit_bodies(const FittedBodyModel& body, const std::vector<PersonObservation>& seen,
                const Eigen::Vector3d& up, std::optional<double> floor, PlacedScene& scene,
                const Progress& progress) {
  for (std::size_t p = 0; p < scene.people.size(); ++p) {
    step(progress, "bodies", double(p) / double(scene.people.size()));
    scene.people[p].body = fit_person(body, seen, up, floor, scene, scene.people[p]);
  }
}

// A person without its body; nothing where no view with a pose shows it.
std::optional<PlacedPerson> unfitted(const AssociatedPerson& associated,
                                     const std::vector<PersonObservation>& seen, const PlacedScene& scene) {
  PlacedPerson person;
  person.observations = associated.observations;
  const auto rank = [&](int n) {
    return std::make_pair(bool(scene.estimated[seen[n].view]), count_observed(seen[n]));
  };
  person.reference = *std::max_element(person.observations.begin(), person.observations.end(),
                                       [&](int a, int b) { return rank(a) < rank(b); });
  if (!scene.estimated[seen[person.reference].view]) return std::nullopt;
  person.triangulated = std::count_if(person.observations.begin(), person.observations.end(),
                                      [&](int n) { return scene.estimated[seen[n].view]; }) > 1;
  return person;
}

// Turns the scene and its bodies into another world.
void move_scene(PlacedScene& scene, const Eigen::Isometry3d& new_from_old) {
  for (FitView& view : scene.views)
    view.camera.world_from_camera = new_from_old * view.camera.world_from_camera;
  for (PlacedPerson& person : scene.people) {
    person.body.state.root = new_from_old * person.body.state.root;
    person.body.state.rotations[0] = new_from_old.linear() * person.body.state.rotations[0];
  }
}

// Gives the views a network's direction against gravity where they know none and it contradicts `up`.
void use_learned_up(const std::vector<UpEstimate>& learned, const Eigen::Vector3d& up,
                    const PlacedScene& scene, std::vector<ViewObservation>& views) {
  const auto knows = [](const ViewObservation& view) { return view.up.has_value(); };
  if (learned.size() != views.size() || std::any_of(views.begin(), views.end(), knows)) return;
  std::vector<ViewObservation> taught = views;
  for (std::size_t v = 0; v < views.size(); ++v) {
    taught[v].up = learned[v].up;
    taught[v].up_sigma = learned[v].sigma;
  }
  const SceneForGround ground = ground_of(taught, scene);
  const auto agreed = up_from_views(ground.world_from_camera, ground.up_in_camera);
  if (agreed && agreed->up.dot(up) < std::cos(kUpContradiction)) views = std::move(taught);
}

WorldFrame level_world(std::vector<ViewObservation> views, const std::vector<UpEstimate>& learned_up,
                       const PlacedScene& scene) {
  const auto frame = [&] {
    SceneForGround ground = ground_of(views, scene);
    for (const PlacedPerson& person : scene.people)
      ground.bodies.emplace_back(person.body.joints.begin(), person.body.joints.end());
    return world_frame(ground);
  };
  use_learned_up(learned_up, frame().world_from_old.linear().row(1).transpose(), scene, views);
  return frame();
}

// The world of known cameras, whose directions and floor are believed where people and floor agree roughly.
WorldFrame near_given_world(WorldFrame world) {
  constexpr double kLevel = 10 * M_PI / 180, kSameFloor = 0.3;  // radians, metres
  const Eigen::Isometry3d given_from_level = world.world_from_old.inverse();
  const double floor = given_from_level.translation().y();  // under the people
  if (given_from_level.linear()(1, 1) > std::cos(kLevel)) {
    world.world_from_old.setIdentity();
    if (std::abs(floor) > kSameFloor) world.world_from_old.translation().y() = -floor;
  }
  world.given_from_world = world.world_from_old.inverse();
  return world;
}

// Whether a body explains what was seen of the person: not where a false detection has its joints all over,
// and not where the body is so far away that what was seen would be a giant.
bool explained(const PlacedPerson& person, const std::vector<PersonObservation>& seen,
               const PlacedScene& scene) {
  std::vector<double> off;  // shares of the person's size
  std::size_t row = 0;
  for (const int n : person.observations) {
    if (!scene.estimated[seen[n].view]) continue;
    const Camera& camera = scene.views[seen[n].view].camera;
    const double depth = (camera.camera_from_world() * person.body.joints[0]).z();
    if (!(depth * body_size(seen[n]) / camera.K(0, 0) < kGiant)) return false;
    for (const double distance : person.body.residuals.at(row++))
      if (distance >= 0) off.push_back(distance / body_size(seen[n]));
  }
  return !off.empty() && median(off) < kUnexplained;
}

}  // namespace

PlacedScene place_people(const FittedBodyModel& body, std::vector<ViewObservation> views,
                         const std::vector<UpEstimate>& learned_up, const JointAssociation& association,
                         const std::vector<PersonObservation>& seen, WorldFrame& world,
                         const Progress& progress) {
  PlacedScene scene;
  choose_views(association, seen, scene);
  use_learned_up(learned_up, up_of(association, seen, views, scene), scene, views);
  for (const AssociatedPerson& associated : association.people) {
    if (auto person = unfitted(associated, seen, scene)) scene.people.push_back(std::move(*person));
  }
  fit_bodies(body, seen, up_of(association, seen, views, scene), {}, scene, progress);
  std::erase_if(scene.people, [&](const PlacedPerson& p) { return !explained(p, seen, scene); });
  world = level_world(views, learned_up, scene);
  if (association.given_world) world = near_given_world(world);
  move_scene(scene, world.world_from_old);
  fit_bodies(body, seen, Eigen::Vector3d::UnitY(), 0.0, scene, progress);
  return scene;
}

PlacedScene replace_people(const FittedBodyModel& body, const JointAssociation& association,
                           const std::vector<PersonObservation>& seen, const PlacedScene& before,
                           const Progress& progress) {
  PlacedScene scene = before;
  scene.people.clear();
  for (const AssociatedPerson& associated : association.people) {
    step(progress, "bodies", double(scene.people.size()) / double(association.people.size()));
    const auto same =
        std::find_if(before.people.begin(), before.people.end(), [&](const PlacedPerson& person) {
          return std::is_permutation(person.observations.begin(), person.observations.end(),
                                     associated.observations.begin(), associated.observations.end());
        });
    if (same != before.people.end()) {
      scene.people.push_back(*same);
      continue;
    }
    auto person = unfitted(associated, seen, scene);
    if (!person) continue;
    const Eigen::Vector3d up = Eigen::Vector3d::UnitY();
    person->body = fit_person(body, seen, up, {}, scene, *person);
    if (!explained(*person, seen, scene)) continue;
    person->body = fit_person(body, seen, up, 0.0, scene, *person);
    scene.people.push_back(std::move(*person));
  }
  return scene;
}

}  // namespace ahap
