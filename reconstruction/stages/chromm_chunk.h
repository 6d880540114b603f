#pragma once

#include <optional>
#include <vector>

#include "reconstruction/chromm/people_in_views.h"
#include "reconstruction/geometry/similarity.h"
#include "reconstruction/mesh.h"
#include "reconstruction/models/chromm_model.h"
#include "reconstruction/view.h"

namespace ahap {

// The views of one instant, in the same order at every instant.
using ViewsOfInstant = std::vector<View>;

// How many instants CHROMM looks at at once, and how many of them it has seen before: 25 and 6, and fewer
// where that would be more than 100 pictures.
struct ChunkLength {
  std::size_t instants = 0, overlap = 0;
};
ChunkLength chunk_length(std::size_t views);

// What the networks say of a chunk of instants. World and unit are the chunk's own.
struct ChunkEstimate {
  std::size_t seen_before = 0;         // instants at the beginning that belong to the chunk before
  std::vector<SeenInstant> instants;   // all; people of the new ones alone, with `unit` 1
  std::vector<Eigen::Vector2d> focal;  // of each view, pixels of its pictures, the mean of all instants; 0:
                                       // none fits
  SceneEstimate scene;                 // of the pictures, instant by instant
  torch::Tensor mask;                  // (pictures of the new instants, S, S); undefined: none
  std::vector<SquarePlacement> placements;  // of the pictures in the scene's squares
};
ChunkEstimate estimate_chunk(const ChrommModel& model, const std::vector<ViewsOfInstant>& instants,
                             std::size_t seen_before, double threshold, const Progress& progress);

// Points of one picture in the chunk's world, every so many pixels: of pictures that overlap, the same pixels
// in both chunks. Not finite where the network is not sure.
std::vector<Eigen::Vector3d> sampled_points(const ChunkEstimate& chunk, std::size_t picture, int stride);

// What brings the new chunk's world to the first one's, from points of the overlapping pictures in both
// (finite ones count), or, where these do not tell, from their cameras.
std::optional<Similarity> join_chunks(const std::vector<Eigen::Vector3d>& chunk_points,
                                      const std::vector<Eigen::Vector3d>& known_points,
                                      const std::vector<Eigen::Isometry3d>& chunk_cameras,
                                      const std::vector<Eigen::Isometry3d>& known_cameras);

// Adds the place that a picture of a new instant shows, without people, in the chunk's world: about `most`
// points, and no more than `limit` in all.
void add_scene_points(const ChunkEstimate& chunk, std::size_t instant, std::size_t view, const Image& image,
                      std::size_t most, std::size_t limit, PointCloud& points);

}  // namespace ahap
