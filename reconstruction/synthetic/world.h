#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "reconstruction/body/procedural_body.h"
#include "reconstruction/camera.h"
#include "reconstruction/synthetic/actor.h"
#include "reconstruction/synthetic/scenery.h"

namespace ahap {

struct WorldOptions {
  int min_people = 1, max_people = 5;
  int min_views = 2, max_views = 4;
  int width = 224, height = 224;  // of the pictures
  bool vary_aspect = false;  // 1:1, 4:3, 3:2, 16:9 and upright ones; the longer side is max(width, height)
  double min_fov = 45, max_fov = 75;  // field of view along the longer side, degrees
  BodyDetail detail = BodyDetail::low;
  bool same_clothes = false;  // all people of a world dressed alike
  bool passing = false;       // everybody walks, and every second person passes the one before closely
  bool walking = false;       // most people walk
  double difficulty = 1;      // 0 = mild, 1 = training range, more = wider: poses, furniture, light, cameras
  int samples = 1;            // per pixel and axis, odd; 3 gives smooth edges at 9 times the cost
};

// Throws a sentence when the options make no sense.
void check(const WorldOptions& options);

// A light without a place: sun, sky through a window, or a lamp overhead.
struct Light {
  Eigen::Vector3f direction;      // towards the light, unit
  LinearColor color;              // radiance on a facing white surface
  bool soft = false;              // blurred shadow
  bool through_openings = false;  // reaches only what sees it through a window
};

constexpr int kMaxLights = 2;

struct Lighting {
  LinearColor ambient_up, ambient_down;  // on surfaces facing up and down
  std::vector<Light> lights;             // at most kMaxLights
  LinearColor sky_zenith, sky_horizon;   // outdoors
  float exposure = 1;
};

// Light of the sky that reaches the floor: 0 under things, 1 in the open; a square grid around the origin.
struct FloorShade {
  static constexpr int kSize = 96;
  float half_extent = 6;  // metres
  std::vector<float> open;

  float at(float x, float z) const;  // bilinear, 1 outside
};

// Depth of the nearest surface as a light sees it, on a square grid in the light's own frame.
struct ShadowMap {
  static constexpr int kSize = 256;
  Eigen::Matrix3f light_from_world;  // rows: right, up, towards the light
  Eigen::Vector2f low;               // corner of the map in the light's frame
  float texels_per_metre = 1;
  std::vector<float> nearest;  // coordinate towards the light; large = nearer to it
  static constexpr int kCell = 8, kCells = kSize / kCell;
  struct Range {
    float low, high;
  };
  std::vector<Range> ranges;  // of `nearest` in and around each cell, to decide most points at once

  // 0 in shadow, 1 in light, for a point in the light's frame; soft averages over 5 x 5 texels.
  float lit(const Eigen::Vector3f& X_light, bool soft) const;
};

// Everything that is in a picture, as plain values. Metres, Y up, floor at y = 0, the group near the origin.
struct World {
  std::uint64_t seed = 0;
  WorldOptions options;
  Room room;
  Scenery scenery;
  Lighting lighting;
  std::vector<Actor> people;
  std::vector<Camera> cameras;
  FloorShade floor_shade;
  std::vector<ShadowMap> shadow_maps;  // one per light
};

// A world of the seed; the same seed and options give the same world. Every camera sees at least one person.
World make_world(std::uint64_t seed, const WorldOptions& options);

// Makes the floor's shade and the lights' shadows, where people have moved.
void shade(World& world);

}  // namespace ahap
