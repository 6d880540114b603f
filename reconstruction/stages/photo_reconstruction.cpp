#include "reconstruction/stages/photo_reconstruction.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "reconstruction/body/posed_vertices.h"
#include "reconstruction/coco_joints.h"
#include "reconstruction/geometry/body_raster.h"
#include "reconstruction/geometry/ground.h"
#include "reconstruction/multiview/appearance.h"
#include "reconstruction/multiview/background_matches.h"
#include "reconstruction/multiview/joint_association.h"
#include "reconstruction/multiview/point_cloud.h"
#include "reconstruction/multiview/verticals.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/square_input.h"
#include "reconstruction/stages/display_image.h"
#include "reconstruction/stages/observation_recovery.h"
#include "reconstruction/stages/stage_clock.h"

namespace ahap {
namespace {

constexpr double kLowThresholdShare =
    0.6;  // of the high threshold: found in one view, to be confirmed by others
constexpr float kMaskThreshold = 0.5f;
constexpr int kAnchorStride = 2;                       // cells between depths that bodies give
constexpr double kPersonAnchorWeight = 60;             // of all anchors of one person in one view together
constexpr double kBeyondAnchors = 2.5;                 // times the farthest depth that is known
constexpr double kUncertainRotation = 4 * M_PI / 180;  // of a view's pose that a person should hear of

struct PlacedPerson {
  std::vector<int> observations;  // those in views with a pose first
  BodyFit body;
  int reference = 0;  // observation that shows most of the person
  bool triangulated = false;
};

// Everything between observations and the result, in one world.
struct PlacedScene {
  std::vector<FitView> views;
  std::vector<bool> estimated;
  std::vector<double> rotation_sigma;  // radians
  std::vector<PlacedPerson> people;
  int reference_view = 0;
};

std::vector<ViewObservation> observe_views(const std::vector<View>& views) {
  std::vector<ViewObservation> observed;
  for (const View& view : views) {
    observed.push_back({.width = view.image.width,
                        .height = view.image.height,
                        .focal_length = view.focal_length_px,
                        .up = {},
                        .up_sigma = 0});
  }
  return observed;
}

void add_verticals(const std::vector<std::optional<StraightView>>& verticals,
                   std::vector<ViewObservation>& views) {
  for (std::size_t v = 0; v < views.size(); ++v) {
    if (!verticals[v]) continue;
    views[v].up = verticals[v]->up.up;
    views[v].up_sigma = verticals[v]->up.sigma;
    if (!verticals[v]->focal_length) continue;
    views[v].focal_length = *verticals[v]->focal_length;
    views[v].focal_sigma = verticals[v]->focal_sigma;
  }
}

int placed_views(const JointAssociation& association) {
  return int(std::count_if(association.views.begin(), association.views.end(),
                           [](const AssociatedView& view) { return view.estimated; }));
}

std::vector<PersonObservation> observations_of(const std::vector<PhotoPerson>& people) {
  std::vector<PersonObservation> observations;
  for (const PhotoPerson& person : people) observations.push_back(person.observation);
  return observations;
}

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
  if (std::count(scene.estimated.begin(), scene.estimated.end(), true) < 2) {
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

void fit_bodies(const PhotoModel& model, const std::vector<PersonObservation>& seen,
                const Eigen::Vector3d& up, std::optional<double> floor, PlacedScene& scene,
                const Progress& progress) {
  for (std::size_t p = 0; p < scene.people.size(); ++p) {
    step(progress, "bodies", double(p) / double(scene.people.size()));
    PlacedPerson& person = scene.people[p];
    FitEvidence evidence;
    evidence.views = scene.views;
    for (const int n : person.observations) {
      if (scene.estimated[seen[n].view]) evidence.observations.push_back(&seen[n]);
    }
    evidence.up = up;
    evidence.floor = floor;
    FitOptions options;
    if (floor) options.start = person.body.state;
    person.body = fit_body(model.fitted_body, evidence, options);
  }
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

WorldFrame level_world(const std::vector<ViewObservation>& views, const PlacedScene& scene) {
  SceneForGround ground = ground_of(views, scene);
  for (const PlacedPerson& person : scene.people) {
    ground.bodies.emplace_back(person.body.joints.begin(), person.body.joints.end());
  }
  return world_frame(ground);
}

PlacedScene place_people(const PhotoModel& model, const std::vector<ViewObservation>& views,
                         const JointAssociation& association, const std::vector<PersonObservation>& seen,
                         WorldFrame& world, const Progress& progress) {
  PlacedScene scene;
  choose_views(association, seen, scene);
  for (const AssociatedPerson& associated : association.people) {
    PlacedPerson person;
    person.observations = associated.observations;
    const auto rank = [&](int n) {
      return std::make_pair(bool(scene.estimated[seen[n].view]), count_observed(seen[n]));
    };
    person.reference = *std::max_element(person.observations.begin(), person.observations.end(),
                                         [&](int a, int b) { return rank(a) < rank(b); });
    if (!scene.estimated[seen[person.reference].view]) continue;
    person.triangulated = std::count_if(person.observations.begin(), person.observations.end(),
                                        [&](int n) { return scene.estimated[seen[n].view]; }) > 1;
    scene.people.push_back(std::move(person));
  }
  fit_bodies(model, seen, up_of(association, seen, views, scene), {}, scene, progress);
  world = level_world(views, scene);
  move_scene(scene, world.world_from_old);
  fit_bodies(model, seen, Eigen::Vector3d::UnitY(), 0.0, scene, progress);
  return scene;
}

std::vector<Triangle> triangles_of(const BodyModel& body) {
  std::vector<Triangle> triangles;
  for (Eigen::Index f = 0; f < body.faces.rows(); ++f)
    triangles.push_back({body.faces(f, 0), body.faces(f, 1), body.faces(f, 2)});
  return triangles;
}

// Whether a pixel of the picture is the person's, by the landmark network's mask.
bool in_mask(const PhotoPerson& person, const Eigen::Vector2d& pixel, int width, int height) {
  const bool sideways = person.quarter_turns % 2;
  const Eigen::Vector2d upright =
      turned_back(pixel, 4 - person.quarter_turns, sideways ? height : width, sideways ? width : height);
  constexpr int size = BodyLandmarks::kMaskSize;
  const Eigen::Vector2d cell = person.landmarks.region.from_picture(upright, size);
  const int x = int(std::floor(cell.x())), y = int(std::floor(cell.y()));
  return x >= 0 && y >= 0 && x < size && y < size &&
         person.landmarks.mask[std::size_t(y) * size + x] > kMaskThreshold;
}

// Depth far beyond everything that it was fitted to is a guess.
void drop_far(DepthGrid& grid, const std::vector<DepthAnchor>& anchors) {
  double farthest = 0;
  for (const DepthAnchor& anchor : anchors) farthest = std::max(farthest, anchor.depth);
  if (farthest == 0) return;
  for (float& z : grid.depth) {
    if (z > kBeyondAnchors * farthest) z = 0;
  }
}

// One view's depth map in metres, fitted to the bodies and the floor; cells that show a person carry its id
// and lie on its body.
DepthView depth_view(const View& view, int v, const SceneEstimate& estimate, const SquarePlacement& placement,
                     const PlacedScene& scene, const std::vector<PhotoPerson>& found,
                     const std::vector<std::vector<Eigen::Vector3d>>& vertices,
                     const std::vector<Triangle>& triangles, bool floor_known) {
  DepthView out;
  out.view = v;
  out.picture = &view.image;
  out.picture_scale = placement.scale;
  out.picture_offset = placement.offset;
  const auto depth = estimate.depth[v].to(torch::kFloat).cpu().contiguous(),
             confidence = estimate.depth_conf[v].to(torch::kFloat).cpu().contiguous();
  DepthGrid& grid = out.grid;
  grid.width = int(depth.size(1));
  grid.height = int(depth.size(0));
  out.camera = scene.views[v].camera;
  out.camera.K = placement.K_to_input(out.camera.K);
  out.camera.width = grid.width;
  out.camera.height = grid.height;
  const float zoom = float(out.camera.K(0, 0) / matrix3(estimate.K[v])(0, 0));
  grid.depth.assign(depth.data_ptr<float>(), depth.data_ptr<float>() + depth.numel());
  for (float& z : grid.depth) z = std::isfinite(z) && z > 0 ? z * zoom : 0;
  out.confidence.assign(confidence.data_ptr<float>(), confidence.data_ptr<float>() + confidence.numel());
  out.person.assign(grid.depth.size(), 0);

  const BodyRaster raster = rasterize_bodies(out.camera, vertices, triangles);
  std::vector<DepthAnchor> anchors;
  std::vector<std::size_t> first_of_person;
  for (std::size_t p = 0; p < scene.people.size(); ++p) {
    first_of_person.push_back(anchors.size());
    const PhotoPerson* here = nullptr;
    for (const int n : scene.people[p].observations) {
      if (found[n].observation.view == v) here = &found[n];
    }
    if (!here) continue;
    for (int y = 0; y < grid.height; ++y) {
      for (int x = 0; x < grid.width; ++x) {
        const std::size_t cell = grid.at(x, y);
        const bool on_body = raster.body[cell] == int(p);
        if (!in_mask(*here, placement.to_original({x + 0.5, y + 0.5}), view.image.width, view.image.height))
          continue;
        if (out.person[cell] == 0) out.person[cell] = std::uint8_t(std::min<std::size_t>(p + 1, 255));
        if (on_body) out.person[cell] = std::uint8_t(std::min<std::size_t>(p + 1, 255));
        if (on_body && x % kAnchorStride == 0 && y % kAnchorStride == 0)
          anchors.push_back({x, y, raster.depth[cell], 1});
      }
    }
    const double count = double(anchors.size() - first_of_person.back());
    for (std::size_t i = first_of_person.back(); i < anchors.size(); ++i)
      anchors[i].weight = kPersonAnchorWeight / std::max(count, kPersonAnchorWeight);
  }
  correct_depth(grid, anchors);
  if (floor_known) {
    const auto floor = floor_anchors(grid, out.camera, Eigen::Vector3d::UnitY(), 0);
    if (!floor.empty()) {
      anchors.insert(anchors.end(), floor.begin(), floor.end());
      correct_depth(grid, anchors);
    }
    flatten_floor(grid, out.camera, Eigen::Vector3d::UnitY(), 0);
  }
  drop_far(grid, anchors);
  for (std::size_t cell = 0; cell < grid.depth.size(); ++cell) {
    if (raster.body[cell] >= 0 && out.person[cell] == raster.body[cell] + 1)
      grid.depth[cell] = raster.depth[cell];
  }
  return out;
}

// How well each observation in a view with a pose agrees with each person's body, 0..1.
AssociationMatrix agreement(const PlacedScene& scene, const std::vector<PersonObservation>& seen) {
  constexpr double kClose = 0.05;  // of the person's size in the picture: agrees half
  AssociationMatrix matrix;
  for (std::size_t p = 0; p < scene.people.size(); ++p) {
    matrix.person_ids.push_back(int(p) + 1);
    std::vector<float>& row = matrix.weight.emplace_back(seen.size(), 0.f);
    for (std::size_t n = 0; n < seen.size(); ++n) {
      const PersonObservation& person = seen[n];
      if (!scene.estimated[person.view]) continue;
      double sum = 0;
      int count = 0;
      for (int k = 0; k < kBodyPoints; ++k) {
        if (!person.points[k].observed()) continue;
        ++count;
        const auto pixel = project(scene.views[person.view], scene.people[p].body.points[k]);
        if (!pixel) continue;
        const double off = (*pixel - person.points[k].pixel).norm() / (kClose * body_size(person));
        sum += 1 / (1 + off * off);
      }
      if (count > 0) row[n] = float(sum / count);
    }
  }
  return matrix;
}

Detection detection_of(const PersonObservation& seen, const PlacedScene& scene, int person) {
  Detection detection;
  detection.view = seen.view;
  detection.person_id = person + 1;
  detection.score = std::min(seen.score, 1.0);
  detection.box = seen.box;
  detection.keypoint = 0.5 * (seen.points[kLeftHip].pixel + seen.points[kRightHip].pixel);
  if (person < 0 || !scene.estimated[seen.view]) return detection;
  const FitView& view = scene.views[seen.view];
  const auto& joints = scene.people[person].body.joints;
  detection.keypoint_depth = (view.camera.camera_from_world() * joints[0]).z();
  for (const Eigen::Vector3d& joint : joints) {
    const auto pixel = project(view, joint);
    detection.joints2d.push_back(pixel ? *pixel : detection.keypoint);
  }
  // What no network is sure of is better known from the other views, where there are any.
  for (const auto& [point, joint] : kCocoAndSmplJoints) {
    if (seen.points[point].observed() || !scene.people[person].triangulated)
      detection.joints2d[joint] = seen.points[point].pixel;
  }
  return detection;
}

Person person_of(const PhotoModel& model, const PlacedPerson& placed,
                 const std::vector<PersonObservation>& seen, int id,
                 const std::vector<Eigen::Vector3d>& vertices, const std::vector<Triangle>& triangles) {
  Person person;
  person.id = id;
  person.smpl = placed.body.smpl;
  for (const Eigen::Vector3d& X : vertices) person.mesh.positions.push_back(X.cast<float>());
  person.mesh.triangles = triangles;
  person.mesh.normals = vertex_normals(person.mesh.positions, triangles);
  for (const Eigen::Vector3d& X : placed.body.joints) person.joints.push_back(X.cast<float>());
  person.height = model.fitted_body.height(placed.body.state.betas);
  person.reference_view = seen[placed.reference].view;
  person.triangulated = placed.triangulated;
  person.triangulation_residual = placed.body.rms;
  person.detections = placed.observations;
  return person;
}

// Pictures in which everybody was found lying or upside down were read turned.
void add_turns(const std::vector<PhotoPerson>& found, Reconstruction& result) {
  for (int v = 0; v < int(result.views.size()); ++v) {
    std::vector<int> turns;
    for (const PhotoPerson& person : found) {
      if (person.observation.view == v) turns.push_back(person.quarter_turns);
    }
    if (turns.empty() || turns[0] == 0 ||
        std::count(turns.begin(), turns.end(), turns[0]) < int(turns.size()))
      continue;
    result.messages.push_back(result.views[v].name + " was read turned by " +
                              std::to_string(turns[0] == 2 ? 180 : 90) +
                              " degrees, as the people in it stand.");
  }
}

void add_messages(const PlacedScene& scene, const JointAssociation& association, const WorldFrame& world,
                  Reconstruction& result) {
  for (std::size_t v = 0; v < result.views.size(); ++v) {
    const std::string& name = result.views[v].name;
    if (int(v) == association.mirrored_view) {
      result.messages.push_back(
          "No camera pose for " + name +
          ": its people fit the other pictures only when it is mirrored. Mirror it back "
          "and reconstruct again.");
    } else if (!scene.estimated[v]) {
      const bool seen = std::any_of(result.detections.begin(), result.detections.end(),
                                    [&](const Detection& d) { return d.view == int(v); });
      result.messages.push_back("No camera pose for " + name +
                                (seen ? ": nobody in it could be matched surely with the people of the other "
                                        "pictures. Does it show the same moment?"
                                      : ": nobody was found in it."));
    } else if (result.views.size() > 1 && scene.rotation_sigma[v] > kUncertainRotation) {
      result.messages.push_back("The camera pose of " + name + " is uncertain by about " +
                                std::to_string(int(std::lround(scene.rotation_sigma[v] * 180 / M_PI))) +
                                " degrees.");
    }
  }
  if (result.people.empty()) {
    result.messages.push_back(
        "Nobody was found; the result holds the scene alone, and its scale is a guess.");
  } else if (result.views.size() == 1) {
    result.messages.push_back(
        "One picture only: positions are not triangulated, distances follow from people's usual size.");
  } else {
    for (const Person& person : result.people) {
      if (person.triangulated) continue;
      result.messages.push_back("Person " + std::to_string(person.id) + " is seen in " +
                                result.views[person.reference_view].name +
                                " alone; its distance follows from people's usual size.");
    }
  }
  if (!world.floor_found)
    result.messages.push_back("No floor was found; it is assumed 1.6 m below the reference camera.");
}

}  // namespace

std::shared_ptr<const Reconstruction> reconstruct_photographs(const std::vector<View>& views,
                                                              const PhotoModel& model, const Options& options,
                                                              const Progress& progress) {
  torch::NoGradGuard no_grad;
  auto result = std::make_shared<Reconstruction>();
  result->program_version = AHAP_VERSION;
  result->model_name = model.name;
  result->association_method = "joints";
  StageClock stages(progress, result->timings);

  std::vector<const Image*> pictures;
  for (const View& view : views) pictures.push_back(&view.image);

  stages.begin("people");
  const double high = options.detection_threshold >= 0 ? options.detection_threshold : model.high_threshold;
  std::vector<PhotoPerson> found = model.people->find(views, kLowThresholdShare * high, progress);
  for (PhotoPerson& person : found) {
    person.observation.appearance = appearance_of(views[person.observation.view].image, person.observation);
  }

  stages.begin("who is who");
  const std::vector<PhotoPerson> weak = take_weak(found, high);
  std::vector<ViewObservation> view_observations = observe_views(views);
  const std::vector<PersonObservation> sure = observations_of(found);
  JointAssociation association = associate_and_calibrate(view_observations, sure, {}, progress);

  if (placed_views(association) > 1) {
    stages.begin("background");
    add_verticals(agreeing_verticals(pictures, view_observations, sure, association, progress),
                  view_observations);
    const BackgroundMatches matches =
        options.match_features ? options.match_features(pictures, progress) : BackgroundMatches{};
    association =
        refine_with_background(view_observations, sure, association, matches, {}, {}, progress).association;
  }

  stages.begin("hidden people");
  settle_single_observations(association, found);
  recover_people(views, *model.people, weak, association, found, progress);

  stages.begin("bodies");
  const std::vector<PersonObservation> seen = observations_of(found);
  WorldFrame world;
  const PlacedScene scene = place_people(model, view_observations, association, seen, world, progress);
  std::vector<std::vector<Eigen::Vector3d>> vertices;
  for (const PlacedPerson& person : scene.people) {
    const Vertices posed = posed_vertices(model.body, person.body.smpl);
    std::vector<Eigen::Vector3d>& rows = vertices.emplace_back();
    for (Eigen::Index i = 0; i < posed.rows(); ++i) rows.push_back(posed.row(i).transpose().cast<double>());
  }

  stages.begin("depth");
  const auto [input, placements] =
      square_input(pictures, model.scene->input_size(), model.scene->input_filter());
  Progress of_depth = progress;  // the branch names its own stage
  of_depth.report = [&](const std::string&, double fraction) { step(progress, "depth", fraction); };
  const SceneEstimate estimate = model.scene->estimate(input, of_depth);

  stages.begin("points");
  const std::vector<Triangle> triangles = triangles_of(model.body);
  std::vector<DepthView> depth_views;
  for (std::size_t v = 0; v < views.size(); ++v) {
    step(progress, "points", 0.5 * double(v) / double(views.size()));
    if (!scene.estimated[v]) continue;
    depth_views.push_back(depth_view(views[v], int(v), estimate, placements[v], scene, found, vertices,
                                     triangles, world.floor_found));
  }
  result->points = point_cloud(depth_views, options.max_points,
                               [&](double f) { step(progress, "points", 0.5 + 0.5 * f); });

  stages.begin("result");
  result->up_source = world.up_source;
  for (std::size_t v = 0; v < views.size(); ++v) {
    result->views.push_back({.name = views[v].name,
                             .path = views[v].path,
                             .camera = scene.views[v].camera,
                             .camera_estimated = bool(scene.estimated[v]),
                             .image = display_image(views[v].image)});
  }
  std::vector<int> person_of(seen.size(), -1);
  for (std::size_t p = 0; p < scene.people.size(); ++p) {
    for (const int n : scene.people[p].observations) person_of[n] = int(p);
    result->people.push_back(
        ahap::person_of(model, scene.people[p], seen, int(p) + 1, vertices[p], triangles));
  }
  for (std::size_t n = 0; n < seen.size(); ++n)
    result->detections.push_back(detection_of(seen[n], scene, person_of[n]));
  result->association = agreement(scene, seen);
  add_turns(found, *result);
  add_messages(scene, association, world, *result);
  stages.end();
  return result;
}

}  // namespace ahap
