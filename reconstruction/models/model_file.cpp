#include "reconstruction/models/model_file.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <stdexcept>

#include "reconstruction/body/smplx_model.h"
#include "reconstruction/branches/chromm/chromm_heads.h"
#include "reconstruction/branches/depth_anything3/depth_anything3.h"
#include "reconstruction/branches/human3r/human3r.h"
#include "reconstruction/branches/mast3r/dune.h"
#include "reconstruction/branches/multi_hmr/multi_hmr.h"
#include "reconstruction/branches/unish/clip_picture.h"
#include "reconstruction/branches/unish/unish.h"
#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/checkpoints/torch_refusal.h"
#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/mistaken_file.h"
#include "reconstruction/formats/npz.h"
#include "reconstruction/formats/pickle.h"
#include "reconstruction/formats/zip.h"
#include "reconstruction/models/scene_network.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

constexpr int kSmplhJoints = 52;
constexpr int kHeadsWidth = 1024;  // of a full model's fusion
constexpr const char* kReads =
    "this program reads Depth Anything 3 (any-view), Pi3, Pi3X, MASt3R with DUNE, Multi-HMR, Human3R, UniSH, "
    "AHAP heads, CHROMM heads, SMPL and SMPL-X";

[[noreturn]] void fail(const fs::path& file, const std::string& what) {
  throw std::runtime_error(file.string() + " " + what);
}

std::string first_bytes(const fs::path& file, std::size_t count) {
  if (!fs::exists(file)) fail(file, "does not exist.");
  if (fs::is_directory(file)) fail(file, "is a folder, not a file of a model.");
  std::ifstream in = open_input_file(file);
  std::string bytes(count, '\0');
  in.read(bytes.data(), std::streamsize(count));
  bytes.resize(std::size_t(in.gcount()));
  if (bytes.empty()) fail(file, fs::file_size(file) == 0 ? "is empty." : "cannot be read.");
  return bytes;
}

ModelFile network(const fs::path& file, ValidationLevel scrutiny) {
  require_whole(file);
  const Checkpoint checkpoint = read_checkpoint_outline(file);
  const CheckpointKind kind = checkpoint.kind();
  ModelFile found{.file = file, .bytes = fs::file_size(file)};
  if (is_scene_network(kind)) {
    const SceneNetwork scene = scene_network_of(checkpoint);
    if (scrutiny == ValidationLevel::check) check_scene_network(checkpoint);
    found.part = "scene";
    found.holds = scene.holds();
    found.size = scene.size;
    found.width = scene.width;
    found.input_size = scene.input_size;
    found.memory = scene.memory;
    return found;
  }
  switch (kind) {
    case CheckpointKind::multi_hmr: {
      const MultiHmrConfig config = multi_hmr_config(checkpoint);
      if (scrutiny == ValidationLevel::check) check_multi_hmr(checkpoint);
      found.part = "human";
      found.holds = "Multi-HMR " + config.size + " " + std::to_string(config.input_size());
      found.size = config.size;
      found.width = config.backbone.dim;
      found.input_size = config.input_size();
      found.memory = memory_of(MultiHmr(config), found.input_size);
      return found;
    }
    case CheckpointKind::human3r: {
      const Human3rConfig config = human3r_config(checkpoint);
      if (scrutiny == ValidationLevel::check) check_human3r(checkpoint);
      found.part = "human3r";
      found.holds = "Human3R";
      found.size = config.size;
      found.width = config.backbone.dim;
      found.input_size = config.square_side;
      return found;
    }
    case CheckpointKind::dune: {
      const DuneConfig config =
          dune_config(checkpoint, *checkpoint.prefix_before("encoder.cls_token") + "encoder.");
      if (scrutiny == ValidationLevel::check) check_dune(checkpoint);
      found.part = "dune";
      found.size = config.size();
      found.holds = found.size.empty() ? "DUNE" : "DUNE " + found.size;
      found.width = config.dim;
      return found;
    }
    case CheckpointKind::mast3r:
      fail(file, "looks like " + describe(kind) +
                     ", which is not run; MASt3R with the encoder DUNE is "
                     "(dunemast3r_cvpr25_vitbase.pth).");
    case CheckpointKind::unish:
      if (scrutiny == ValidationLevel::check) check_unish(checkpoint);
      found.part = "unish";
      found.holds = "UniSH";
      found.width = unish_config(checkpoint).scene.encoder.dim;
      found.input_size = kClipSide;
      return found;
    case CheckpointKind::chromm_heads:
      if (scrutiny == ValidationLevel::check) check_chromm_heads(checkpoint);
      found.part = "chromm";
      found.holds = "CHROMM heads";
      found.width = chromm_heads_config(checkpoint).person_dim;
      return found;
    case CheckpointKind::ahap_heads:
      if (const auto& fusion = checkpoint.at("fusion.mlp.fc1.weight");
          fusion.dim() != 2 || fusion.size(0) != kHeadsWidth) {
        fail(file, "looks like AHAP heads of another width: its tensor fusion.mlp.fc1.weight has not the " +
                       std::to_string(kHeadsWidth) + " rows of a full model's.");
      }
      found.part = "ahap";
      found.holds = "AHAP heads";
      return found;
    default:
      fail(file, "looks like " + describe(kind) + "; " + kReads + ".");
  }
}

std::int64_t joints_of(const fs::path& file, const NpyArray& kintree) {
  if (kintree.shape.size() != 2) fail(file, "cannot be used: its array kintree_table is no table of joints.");
  return kintree.shape[1];
}

ModelFile body(const fs::path& file, std::int64_t joints, ValidationLevel scrutiny) {
  ModelFile found{.file = file, .bytes = fs::file_size(file)};
  if (joints == kSmplJoints) {
    if (scrutiny == ValidationLevel::check) load_body_model(file);
    found.part = "body";
    found.holds = "SMPL body";
  } else if (joints == kSmplxJoints) {
    if (scrutiny == ValidationLevel::check) load_smplx_model(file);
    found.part = "smplx";
    found.holds = "SMPL-X body";
  } else {
    fail(file, "looks like " + std::string(joints == kSmplhJoints ? "SMPL-H" : "a body model") + " with " +
                   std::to_string(joints) + " joints; SMPL (24) and SMPL-X (55) can be used.");
  }
  return found;
}

ModelFile body_in_npz(const fs::path& file, ValidationLevel scrutiny) {
  const Npz arrays = read_npz(file, {"kintree_table"});
  if (arrays.empty()) fail(file, "is a numpy archive, but no body model: it has no array kintree_table.");
  return body(file, joints_of(file, arrays.begin()->second), scrutiny);
}

ModelFile body_in_pickle(const fs::path& file, ValidationLevel scrutiny) {
  const Pickle pickle(file);
  const PickleValue* kintree =
      pickle.root().kind == PickleValue::Kind::dict ? pickle.root().find("kintree_table") : nullptr;
  if (!kintree) fail(file, "is a pickle, but no body model: it has no array kintree_table.");
  NpyArray table;
  try {
    table = kintree->as_array();
  } catch (const std::runtime_error& error) {
    fail(file, "cannot be used: its array kintree_table " + std::string(error.what()) + ".");
  }
  return body(file, joints_of(file, table), scrutiny);
}

bool holds_arrays(const fs::path& zip) {
  const ZipReader archive(zip);
  return std::any_of(archive.entries().begin(), archive.entries().end(),
                     [](const ZipReader::Entry& entry) { return entry.name.ends_with(".npy"); });
}

bool is_pickle(const std::string& start) {
  const bool old_torch = start.starts_with("\x80\x02\x8a\x0a");
  return !old_torch && (start.starts_with('\x80') || start.starts_with("(d") || start.starts_with("}"));
}

}  // namespace

ModelFile recognise_model_file(const fs::path& file, ValidationLevel scrutiny) {
  const std::string start = first_bytes(file, 16);
  require_not_mistaken(file);
  if (start.starts_with("PK") && holds_arrays(file)) return body_in_npz(file, scrutiny);
  const bool is_safetensors = start.size() > 8 && start[8] == '{';
  if (!is_safetensors && is_pickle(start)) return body_in_pickle(file, scrutiny);
  return on_weights_of(file, [&] { return network(file, scrutiny); });
}

bool is_named_like_a_model_file(const fs::path& file) {
  constexpr std::array endings = {".safetensors", ".pt", ".pth", ".ckpt", ".pkl", ".npz"};
  const std::string name = file.filename().string();
  std::string ending = (name.ends_with(".tar") ? file.stem() : file).extension().string();  // "model.pth.tar"
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

}  // namespace ahap
