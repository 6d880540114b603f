#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <vector>

#include "reconstruction/body/body_mesh.h"
#include "reconstruction/branches/scene_branch.h"
#include "reconstruction/corrections.h"
#include "reconstruction/models/photo_model.h"
#include "reconstruction/multiview/background_matches.h"
#include "reconstruction/multiview/placed_people.h"
#include "reconstruction/multiview/verticals.h"
#include "reconstruction/networks/square_input.h"
#include "reconstruction/reconstruction.h"
#include "reconstruction/view.h"

namespace ahap {

// What a run on photographs has from its pictures and networks. Identities, cameras, bodies and points follow
// from it without looking at a picture again.
struct PhotoEvidence {
  std::shared_ptr<const std::vector<View>> views;
  std::shared_ptr<const PhotoModel> model;
  int max_points = 0;
  std::vector<Image> display;                      // of each view
  std::vector<PhotoPerson> found;                  // with a high score; then those found by a second look
  std::vector<PhotoPerson> weak;                   // with a low score
  std::vector<ViewObservation> view_observations;  // cameras and gravity as far as they are known
  AssociationOptions association;
  std::vector<std::string> messages;        // about what was given
  std::vector<SquarePlacement> placements;  // of the scene branch's input
  SceneEstimate depth;
  std::vector<UpEstimate> learned_up;  // of each view
  BackgroundMatches matches;           // by looks alone
};

// What follows from it, so far; from the people found on, a result can be made of it.
struct PhotoState {
  JointAssociation association;  // empty: who is who is not known yet
  BackgroundMatches matches;     // that agree with the cameras
  PlacedScene scene;             // empty: nobody has a place yet
  WorldFrame world;
  std::vector<std::vector<Eigen::Vector3d>> vertices;  // of each of the scene's people, world
  Decisions decided;  // about the observations and views, by a person; empty: nobody has corrected anything
  std::shared_ptr<const PointCloud> points = std::make_shared<PointCloud>();
};

// What both keep alive, bytes, roughly: pictures, maps, points and vertices. Parts whose addresses are in
// `counted` are not counted again.
std::size_t bytes_of(const PhotoEvidence& evidence, const PhotoState& state, std::set<const void*>& counted);

std::vector<PersonObservation> observations_of(const std::vector<PhotoPerson>& people);
std::vector<Eigen::Vector3d> vertices_of(const BodyModel& body, const SmplParameters& smpl);

// Against gravity as the scene branch sees it, of each view.
std::vector<UpEstimate> learned_ups(const SceneEstimate& scene);
// Gravity and focal lengths where straight edges tell them.
void add_verticals(const std::vector<std::optional<StraightView>>& verticals,
                   std::vector<ViewObservation>& views);

// Whether an observation was left out, or its view.
bool is_left_out(const PhotoState& state, int observation, int view);

// The id of each of the scene's people: as given, else 1, 2, ... in their order.
std::vector<int> person_ids(const PhotoState& state);

}  // namespace ahap
