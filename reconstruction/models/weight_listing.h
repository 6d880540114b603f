#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ahap {

struct ListedTensor {
  std::string name, type;  // "Float", "BFloat16", ...
  std::vector<std::int64_t> shape;
};

// What a weight file says it holds, without reading a weight.
struct WeightListing {
  std::string holds;                  // "Multi-HMR", "unknown network", ...
  std::vector<ListedTensor> tensors;  // by name
  std::int64_t numbers = 0;           // in all of them
  std::map<std::string, std::string> metadata;
  bool is_model_network = false;  // a scene or human network of a full model
};

// Throws as read_checkpoint() does.
WeightListing list_weights(const std::filesystem::path& file);

}  // namespace ahap
