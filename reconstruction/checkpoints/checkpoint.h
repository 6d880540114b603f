#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ahap {

// Whose weights a file holds, told from the names of its tensors.
enum class CheckpointKind {
  unknown,
  depth_anything3,         // any-view: Small, Base, Large, Giant
  depth_anything3_mono,    // one view at a time: Mono and Metric
  depth_anything3_nested,  // Giant and Metric in one file
  multi_hmr,
  multi_hmr_anny,
  pi3,
  pi3x,
  vggt,
  unish,
  human3r,
  cut3r,
  ahap_heads,
  chromm_heads,
  dust3r,       // with a CroCo encoder
  mast3r,       // with a CroCo encoder
  dune_mast3r,  // MASt3R's decoder and heads for DUNE, with or without that encoder
  dune,         // an encoder, and projectors to its teachers
};

// The named tensors of a weight file. They lie in the mapped file where its layout allows it and keep it
// mapped.
struct Checkpoint {
  std::filesystem::path file;
  std::map<std::string, torch::Tensor> tensors;
  std::map<std::string, std::string>
      metadata;  // safetensors' strings; plain values beside the tensors of a .pt

  CheckpointKind kind() const;
  // The tensor, or a sentence that names file and tensor.
  const torch::Tensor& at(const std::string& name) const;
  // What stands in front of `suffix` in the first tensor name that ends with it; nothing when no name does.
  std::optional<std::string> prefix_before(const std::string& suffix) const;
};

// For messages: "Depth Anything 3 (any-view)", "Multi-HMR", ...
std::string describe(CheckpointKind kind);

// A weight file, recognised by its content: safetensors or PyTorch's zip container (.pt, .pth). Nothing in it
// is executed. Names lose what wrappers put into them ("module.", "_orig_mod."). Throws a sentence that names
// the file and, where one is to blame, the tensor; what is no weight file is said to be what it is
// (mistaken_for).
Checkpoint read_checkpoint(const std::filesystem::path& file);
// The same without reading weights: names, types and shapes, in tensors that may hold no values
// (torch::kMeta).
Checkpoint read_checkpoint_outline(const std::filesystem::path& file);
Checkpoint read_safetensors(const std::filesystem::path& file);
// The same of a file's bytes; `file` stands in messages.
Checkpoint parse_safetensors(std::string bytes, const std::filesystem::path& file);
// Nested dictionaries become names joined by dots: {"model_state_dict": {"w": ...}} holds
// "model_state_dict.w".
Checkpoint read_torch_zip(const std::filesystem::path& file, bool outline = false);

// Tensors of any device and layout.
void write_safetensors(std::ostream& out, const std::map<std::string, torch::Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata);
// The same, beside `file`, renamed when complete.
void save_safetensors(const std::map<std::string, torch::Tensor>& tensors,
                      const std::map<std::string, std::string>& metadata, const std::filesystem::path& file);

struct LoadIntoOptions {
  std::string prefix = {};                // stands in front of the module's names in the file
  std::vector<std::string> ignored = {};  // beginnings of names (after the prefix) left out on purpose
  bool allow_unknown = false;             // official files may hold more: then their names are returned
  torch::Device device = torch::kCPU;
  bool check_only = false;  // says what is wrong, loads nothing
};

// Strict loading: every parameter and buffer of the module takes the file's tensor of its name and shape,
// without a copy when device and type agree (floating types are converted to the module's). Throws a sentence
// that names missing tensors, a tensor of the wrong shape with both shapes, or unknown tensors. Returns the
// names allowed as unknown.
std::vector<std::string> load_into(torch::nn::Module& module, const Checkpoint& checkpoint,
                                   const LoadIntoOptions& options = {});

}  // namespace ahap
