#pragma once

#include <string>

#include "reconstruction/formats/settings.h"
#include "reconstruction/models/compact_model.h"

namespace ahap {

// The sizes of the compact networks, described once for everything that reads or writes them (settings.h):
// which there are and within which bounds they make a network.

enum class CompactSizes {
  of_branches,  // what may be chosen for a training; the rest follows from it
  all           // as a model.json has them
};

void list_sizes(auto& visitor, CompactModelConfig& model, CompactSizes which) {
  constexpr int kMaxChannels = 2048, kMaxLayers = 32, kMaxHeads = 64;
  const bool all = which == CompactSizes::all;
  visitor.section("scene", [&](auto& scene) {
    if (all) scene.value("input_size", model.scene.input_size, 32, 2048);
    scene.list("widths", model.scene.widths, 4, 1, kMaxChannels);
    scene.value("transformer_layers", model.scene.transformer_layers, 0, kMaxLayers);
    scene.value("heads", model.scene.heads, 1, kMaxHeads);
    scene.value("feature_dim", model.scene.feature_dim, 1, kMaxChannels);
    scene.value("head_dim", model.scene.head_dim, 1, kMaxChannels);
  });
  visitor.section("instance", [&](auto& instance) {
    if (all) instance.value("picture_size", model.instance.picture_size, 32, 4096);
    instance.list("widths", model.instance.widths, 4, 1, kMaxChannels);
    instance.value("feature_dim", model.instance.feature_dim, 1, kMaxChannels);
    if (all) instance.value("yaw_bins", model.instance.yaw_bins, 1, 360);
  });
  if (!all) return;
  visitor.section("association", [&](auto& association) {
    association.value("human_dim", model.association.human_dim, 1, 2 * kMaxChannels);
    association.value("scene_dim", model.association.scene_dim, 1, kMaxChannels);
    association.value("dim", model.association.dim, 1, kMaxChannels);
    association.value("heads", model.association.heads, 1, kMaxHeads);
    association.value("queries", model.association.queries, 1, 1000);
    association.value("embedding_dim", model.association.embedding_dim, 1, kMaxChannels);
    association.value("seeded_queries", model.association.seeded_queries);
  });
  visitor.section("head", [&](auto& head) {
    head.value("human_dim", model.head.human_dim, 1, kMaxChannels);
    head.value("detection_dim", model.head.detection_dim, 1, 2 * kMaxChannels);
    head.value("scene_dim", model.head.scene_dim, 1, kMaxChannels);
    head.value("projected_scene_dim", model.head.projected_scene_dim, 1, kMaxChannels);
    head.value("person_dim", model.head.person_dim, 1, kMaxChannels);
    head.value("dim", model.head.dim, 1, kMaxChannels);
    head.value("heads", model.head.heads, 1, kMaxHeads);
    head.value("layers", model.head.layers, 0, kMaxLayers);
  });
  visitor.section("detection", [&](auto& detection) {
    detection.value("threshold", model.detection.threshold, 0, 1);
    detection.value("mask_threshold", model.detection.mask_threshold, 0, 1);
  });
}

// Throws the reader's sentence about the first size that does not go with the others.
void require_sizes_that_fit(const SettingsReader& reader, const CompactModelConfig& model,
                            CompactSizes which);

// The sizes in the "networks" of a model.json. Throws a sentence with the file, the key and what it may be.
CompactModelConfig read_compact_sizes(const std::filesystem::path& model_json);

}  // namespace ahap
