#include "reconstruction/stages/photo_result.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "reconstruction/body/moved_world.h"
#include "reconstruction/coco_joints.h"
#include "reconstruction/doubt.h"
#include "reconstruction/stages/known_views.h"
#include "reconstruction/stages/photo_points.h"

namespace ahap {
namespace {

constexpr double kUncertainRotation = 4 * M_PI / 180;  // of a view's pose that a person should hear of

Person person_of(const FittedBodyModel& body, const PlacedPerson& placed,
                 const std::vector<PersonObservation>& seen, int id,
                 const std::vector<Eigen::Vector3d>& vertices, const std::vector<Triangle>& triangles) {
  Person person;
  person.id = id;
  person.betas = placed.body.smpl.betas;
  person.height = body.height(placed.body.state.betas);
  BodyInFrame& in_frame = person.bodies.emplace_back(body_in_frame(placed, seen));
  for (const Eigen::Vector3d& X : vertices) in_frame.mesh.positions.push_back(X.cast<float>());
  in_frame.mesh.triangles = triangles;
  in_frame.mesh.normals = vertex_normals(in_frame.mesh.positions, triangles);
  return person;
}

// Pictures in which most people were found lying or upside down were read turned.
void add_turns(const std::vector<PhotoPerson>& found, Reconstruction& result) {
  for (int v = 0; v < int(result.views.size()); ++v) {
    std::array<int, 4> people{};  // by quarter turns
    for (const PhotoPerson& person : found) {
      if (person.observation.view == v) ++people[person.quarter_turns];
    }
    const auto most = std::max_element(people.begin(), people.end());
    if (most == people.begin() || 2 * *most <= std::accumulate(people.begin(), people.end(), 0)) continue;
    result.messages.push_back(result.views[v].name + " was read turned by " +
                              std::to_string(most - people.begin() == 2 ? 180 : 90) +
                              " degrees, as the people in it stand.");
  }
}

// Why a picture has no pose, and who in it has the number of a person of other pictures all the same.
std::string without_pose(int view, const ReconstructedFrame& frame, const std::string& name) {
  const auto is_seen = [&](const Detection& d) { return d.view == view; };
  if (std::none_of(frame.detections.begin(), frame.detections.end(), is_seen))
    return "No camera pose for " + name + ": nobody was found in it.";
  std::string guesses;
  for (const Detection& here : frame.detections) {
    const bool shared =
        is_seen(here) && here.person_id > 0 &&
        std::any_of(frame.detections.begin(), frame.detections.end(),
                    [&](const Detection& d) { return !is_seen(d) && d.person_id == here.person_id; });
    if (shared)
      guesses += (guesses.empty() ? " (a guess: person " : ", person ") + std::to_string(here.person_id);
  }
  if (!guesses.empty()) guesses += ")";
  return "No camera pose for " + name +
         ": nobody in it could be matched surely with the people of the other pictures" + guesses +
         ". Does it show the same instant?";
}

// The association's runner-up in the numbers of the result: each of its people has the id of whom it shares
// most detections with, or where that is taken a number of its own.
void add_runner_up(const JointAssociation& association, std::size_t people, ReconstructedFrame& frame) {
  const std::size_t common = std::min(association.runner_up.size(), frame.detections.size());
  std::map<std::pair<int, int>, int> shared;  // (label, id) -> detections
  for (std::size_t n = 0; n < common; ++n) {
    const int label = association.runner_up[n], id = frame.detections[n].person_id;
    if (label >= 0 && id > 0) ++shared[{label, id}];
  }
  std::vector<std::pair<int, std::pair<int, int>>> by_count;
  for (const auto& [pair, count] : shared) by_count.push_back({-count, pair});
  std::sort(by_count.begin(), by_count.end());
  std::map<int, int> id_of;
  std::set<int> taken;
  for (const auto& [count, pair] : by_count) {
    if (id_of.contains(pair.first) || taken.contains(pair.second)) continue;
    id_of[pair.first] = pair.second;
    taken.insert(pair.second);
  }
  int next = int(people);
  std::vector<int> ids;
  for (std::size_t n = 0; n < frame.detections.size(); ++n) {
    const int label = n < common ? association.runner_up[n] : -1;
    if (label < 0) {
      ids.push_back(frame.detections[n].person_id);
      continue;
    }
    if (!id_of.contains(label)) id_of[label] = ++next;
    ids.push_back(id_of[label]);
  }
  const auto differs = [&](std::size_t n) { return ids[n] != frame.detections[n].person_id; };
  for (std::size_t n = 0; n < ids.size(); ++n) {
    if (!differs(n)) continue;
    frame.runner_up = {.person_ids = std::move(ids), .margin = association.margin};
    return;
  }
}

// Who may be somebody else.
void add_doubts(const ReconstructedFrame& frame, Reconstruction& result) {
  const RunnerUp& runner_up = frame.runner_up;
  if (runner_up.person_ids.empty() || runner_up.margin >= kDoubtfulMargin) return;
  std::vector<const Detection*> doubtful;
  for (std::size_t n = 0; n < frame.detections.size(); ++n) {
    if (runner_up.person_ids[n] != frame.detections[n].person_id) doubtful.push_back(&frame.detections[n]);
  }
  const Detection& first = *doubtful.front();
  if (doubtful.size() == 1 && first.person_id > 0) {
    result.messages.push_back("Person " + std::to_string(first.person_id) + " in " +
                              result.views[first.view].name +
                              " may be somebody else than in the other pictures.");
  } else {
    result.messages.push_back(
        "Who is who is not sure: another way to tell " + std::to_string(doubtful.size()) + " of " +
        std::to_string(frame.detections.size()) + " detections apart is nearly as likely.");
  }
}

void add_messages(const PlacedScene& scene, const JointAssociation& association, const WorldFrame& world,
                  const ReconstructedFrame& frame, Reconstruction& result) {
  const auto placed = std::count(scene.estimated.begin(), scene.estimated.end(), true);
  for (std::size_t v = 0; v < result.views.size(); ++v) {
    const std::string& name = result.views[v].name;
    if (int(v) == association.mirrored_view) {
      result.messages.push_back(
          "No camera pose for " + name +
          ": its people fit the other pictures only when it is mirrored. Mirror it back "
          "and reconstruct again.");
    } else if (!scene.estimated[v]) {
      result.messages.push_back(without_pose(int(v), frame, name));
    } else if (placed > 1 && scene.rotation_sigma[v] > kUncertainRotation) {
      result.messages.push_back("The camera pose of " + name + " is uncertain by about " +
                                std::to_string(int(std::lround(scene.rotation_sigma[v] * 180 / M_PI))) +
                                " degrees.");
    }
  }
  add_doubts(frame, result);
  if (result.people.empty()) {
    result.messages.push_back(
        "Nobody was found; the result holds the scene alone, and its scale is a guess.");
  } else if (result.views.size() == 1) {
    result.messages.push_back(
        "One picture only: positions are not triangulated, distances follow from people's usual size.");
  } else {
    for (const Person& person : result.people) {
      const BodyInFrame& body = person.bodies.front();
      if (body.triangulated) continue;
      result.messages.push_back("Person " + std::to_string(person.id) + " is seen in " +
                                result.views[body.reference_view].name +
                                " alone; its distance follows from people's usual size.");
    }
  }
  if (!world.floor_found)
    result.messages.push_back("No floor was found; it is assumed 1.6 m below the reference camera.");
}

// Index of the person with this id, -1: none.
int person_with(int id, const std::vector<int>& ids) {
  const auto found = std::find(ids.begin(), ids.end(), id);
  return found == ids.end() ? -1 : int(found - ids.begin());
}

// All but those of views that are left out.
std::shared_ptr<const PointCloud> shown_points(const PhotoState& state) {
  const std::vector<bool>& left_out = state.decided.views_left_out;
  if (std::find(left_out.begin(), left_out.end(), true) == left_out.end()) return state.points;
  return std::make_shared<const PointCloud>(points_of_views(*state.points, left_out));
}

}  // namespace

Camera unplaced_camera(int width, int height, double focal_length) {
  Camera camera;
  camera.width = width;
  camera.height = height;
  if (!(focal_length > 0)) focal_length = std::max(width, height);
  camera.K << focal_length, 0, width / 2.0, 0, focal_length, height / 2.0, 0, 0, 1;
  return camera;
}

AssociationMatrix agreement(const PlacedScene& scene, const std::vector<int>& ids,
                            const std::vector<PersonObservation>& seen) {
  constexpr double kClose = 0.05;  // of the person's size in the picture: agrees half
  AssociationMatrix matrix;
  for (std::size_t p = 0; p < scene.people.size(); ++p) {
    matrix.person_ids.push_back(ids[p]);
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

Detection detection_of(const PersonObservation& seen, const PlacedScene& scene, int person, int id) {
  Detection detection;
  detection.view = seen.view;
  detection.person_id = id;
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

BodyInFrame body_in_frame(const PlacedPerson& placed, const std::vector<PersonObservation>& seen) {
  BodyInFrame body;
  body.pose = placed.body.smpl.pose;
  body.transl = placed.body.smpl.transl;
  for (const Eigen::Vector3d& X : placed.body.joints) body.joints.push_back(X.cast<float>());
  body.reference_view = seen[placed.reference].view;
  body.triangulated = placed.triangulated;
  body.triangulation_residual = placed.body.rms;
  body.position_sigma = placed.body.root_sigma;
  body.detections = placed.observations;
  return body;
}

Reconstruction photo_result(const PhotoEvidence& evidence, const PhotoState& state) {
  const std::vector<View>& views = *evidence.views;
  const PlacedScene& scene = state.scene;
  const bool placed = !scene.views.empty(), decided = !state.decided.person_ids.empty();
  Reconstruction result;
  result.program_version = AHAP_VERSION;
  result.model_name = evidence.model->name;
  result.association_method = "joints";
  result.up_source = state.world.up_source;
  ReconstructedFrame frame;
  frame.number = views.front().frame;
  frame.pictures = evidence.display;
  frame.points = shown_points(state);
  for (std::size_t v = 0; v < views.size(); ++v) {
    result.views.push_back({.name = views[v].name,
                            .path = views[v].path,
                            .cameras = {placed ? scene.views[v].camera
                                               : unplaced_camera(views[v].image.width, views[v].image.height,
                                                                 views[v].focal_length_px)},
                            .camera_estimated = placed && scene.estimated[v],
                            .left_out = decided && state.decided.views_left_out[v]});
  }
  const std::vector<PersonObservation> seen = observations_of(evidence.found);
  const std::vector<Triangle> triangles = triangles_of(evidence.model->body);
  const std::vector<int> ids = person_ids(state);
  std::vector<int> owner(seen.size(), -1);
  for (std::size_t p = 0; p < scene.people.size(); ++p) {
    for (const int n : scene.people[p].observations) owner[n] = int(p);
    result.people.push_back(
        person_of(evidence.model->fitted_body, scene.people[p], seen, ids[p], state.vertices[p], triangles));
  }
  std::sort(result.people.begin(), result.people.end(),
            [](const Person& a, const Person& b) { return a.id < b.id; });
  for (std::size_t n = 0; n < seen.size(); ++n) {
    const int id = decided ? state.decided.person_ids[n] : owner[n] >= 0 ? ids[owner[n]] : kNobody;
    if (owner[n] < 0 && id > 0) owner[n] = person_with(id, ids);  // left out, it still shows that person
    frame.detections.push_back(detection_of(seen[n], scene, owner[n], id));
    frame.detections.back().left_out = decided && state.decided.left_out[n];
  }
  frame.association = agreement(scene, ids, seen);
  add_runner_up(state.association, result.people.size(), frame);
  add_turns(evidence.found, result);
  result.messages.insert(result.messages.end(), evidence.messages.begin(), evidence.messages.end());
  if (placed) add_messages(scene, state.association, state.world, frame, result);
  result.frames.push_back(std::move(frame));
  move_world(result, state.world.given_from_world);
  return result;
}

}  // namespace ahap
