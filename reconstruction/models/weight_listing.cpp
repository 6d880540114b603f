#include "reconstruction/models/weight_listing.h"

#include "reconstruction/models/scene_network.h"

namespace ahap {

WeightListing list_weights(const std::filesystem::path& file) {
  const Checkpoint checkpoint = read_checkpoint_outline(file);
  const CheckpointKind kind = checkpoint.kind();
  WeightListing listing;
  listing.holds = describe(kind);
  listing.metadata = checkpoint.metadata;
  listing.is_model_network = is_scene_network(kind) || kind == CheckpointKind::multi_hmr;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    listing.tensors.push_back({name, c10::toString(tensor.scalar_type()), tensor.sizes().vec()});
    listing.numbers += tensor.numel();
  }
  return listing;
}

}  // namespace ahap
