#include <torch/torch.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "app/cli/commands.h"
#include "app/cli/human3r_network.h"
#include "app/cli/mast3r_network.h"
#include "app/cli/network_tensors.h"
#include "app/cli/pi3_network.h"
#include "app/cli/terminal_progress.h"
#include "app/cli/unish_network.h"
#include "reconstruction/branches/depth_anything3/depth_anything3.h"
#include "reconstruction/branches/mast3r/mast3r.h"
#include "reconstruction/branches/multi_hmr/multi_hmr.h"
#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/checkpoints/torch_refusal.h"
#include "reconstruction/results/output_file.h"

namespace ahap {
namespace {

constexpr double kDefaultThreshold = 0.3;

struct NetworkOptions {
  std::string network;
  std::filesystem::path weights, encoder, input, output;
  bool bf16 = false;
};

NetworkTensors run_scene(const Checkpoint& weights, const Checkpoint& input, bool bf16,
                         const Progress& progress) {
  DepthAnything3Input given;
  given.images = images_of(input, "images", kPatch);
  const std::int64_t V = given.images.size(0);
  given.camera_from_world = find_tensor(input, "extrinsics", {V, 4, 4});
  given.K = find_tensor(input, "intrinsics", {V, 3, 3});
  if (given.camera_from_world.defined() != given.K.defined()) {
    throw std::runtime_error(input.file.string() +
                             ": tensors extrinsics and intrinsics must be given together, one is missing");
  }
  DepthAnything3 network = load_depth_anything3(weights);
  const DepthAnything3Output output = network->forward(given, /*with_rays=*/true, bf16, progress);
  return {{"features", output.features.back()},
          {"cam_token", output.camera_feature},
          {"depth", output.dense.depth},
          {"depth_conf", output.dense.depth_conf},
          {"ray", output.dense.ray},
          {"ray_conf", output.dense.ray_conf},
          {"pose_enc", output.pose_encoding},
          {"extrinsics", output.cameras.camera_from_world},
          {"intrinsics", output.cameras.K},
          {"ref.index", torch::tensor({output.reference_view}, torch::kInt)}};
}

NetworkTensors run_human(const Checkpoint& weights, const Checkpoint& input, bool bf16,
                         const Progress& progress) {
  const torch::Tensor images = images_of(input, "images", kPatch);
  const torch::Tensor K = need_tensor(input, "K", {images.size(0), 3, 3});
  const torch::Tensor threshold = find_tensor(input, "threshold", {1});
  MultiHmr network = load_multi_hmr(weights);
  const MultiHmrOutput output = network->forward(
      images, K, threshold.defined() ? threshold.item<float>() : kDefaultThreshold, bf16, progress);
  return {{"features", output.features},
          {"detection.logits", output.logits},
          {"detection.scores", output.scores},
          {"detection.index", output.index},
          {"detection.score", output.score},
          {"offset", output.offset},
          {"loc", output.loc},
          {"camera", output.camera},
          {"pose6d", output.bodies.pose6d},
          {"rotmat", output.rotations},
          {"betas", output.bodies.betas},
          {"cam", output.bodies.camera},
          {"expression", output.bodies.expression},
          {"dist", output.distance},
          {"transl", output.transl}};
}

using RunNetwork = NetworkTensors (*)(const Checkpoint& weights, const Checkpoint& input, bool bf16,
                                      const Progress& progress);
const std::map<std::string, RunNetwork> kNetworks = {
    {"scene", run_scene},     {"human", run_human},   {"pi3", run_pi3},   {"pi3x", run_pi3x},
    {"human3r", run_human3r}, {"mast3r", run_mast3r}, {"dune", run_dune}, {"unish", run_unish}};

void run_network(const NetworkOptions& options) {
  InputFiles inputs;
  inputs.add(options.weights);
  if (!options.encoder.empty()) inputs.add(options.encoder);
  inputs.add(options.input);
  inputs.require_kept(options.output);
  const Checkpoint input = read_checkpoint(options.input);
  Checkpoint weights = read_checkpoint(options.weights);
  if (!options.encoder.empty())
    weights = on_weights_of(
        options.encoder, [&] { return with_encoder(std::move(weights), read_checkpoint(options.encoder)); });
  require_writable(options.output);
  TerminalProgress terminal(TerminalProgress::Detail::normal);
  const Progress progress = terminal.progress();
  const NetworkTensors output = on_weights_of(
      options.weights, [&] { return kNetworks.at(options.network)(weights, input, options.bf16, progress); });
  save_safetensors(output,
                   {{"network", describe(weights.kind())}, {"weights", options.weights.filename().string()}},
                   options.output);
}

}  // namespace

void add_network_command(CLI::App& program) {
  auto options = std::make_shared<NetworkOptions>();
  CLI::App* command =
      program.add_subcommand("network", "One full-size network alone: tensors in, tensors out");
  command
      ->add_option(
          "NETWORK", options->network,
          "scene: Depth Anything 3 (any-view); human: Multi-HMR; pi3: Pi3; pi3x: Pi3X; human3r: "
          "Human3R, a video's frames in order; mast3r: MASt3R with DUNE, a pair; dune: DUNE alone; unish: "
          "UniSH, a clip and one person")
      ->required()
      ->check(CLI::IsMember({"scene", "human", "pi3", "pi3x", "human3r", "mast3r", "dune", "unish"}));
  command->add_option("--weights", options->weights, "The official weight file (.safetensors, .pt)")
      ->required();
  command
      ->add_option(
          "--input", options->input,
          "Safetensors file. scene, human: images (V,3,H,W), normalised; scene: optionally extrinsics "
          "(V,4,4) and intrinsics (V,3,3); human: K (V,3,3), optionally threshold (1). pi3, pi3x: images in "
          "0..1; pi3x: optionally depths (V,H,W), intrinsics (V,3,3) or rays (V,H,W,3), and camera-to-world "
          "poses (V,4,4), each with mask_add_depth, mask_add_ray or mask_add_pose (V). human3r: input "
          "(V,3,H,W) in -1..1, optionally view.reset (V), threshold (1), and metadata use_ttt3r, "
          "mhmr_img_res, "
          "classif_bias, reset_interval, frame_of_view. mast3r: input (2,3,H,W) in -1..1. dune: images "
          "(V,3,H,W), normalised. unish: images (V,3,H,W) in 0..1, bbox_px (V,3), optionally patches "
          "(V,3,256,256) and metadata fps")
      ->required();
  command->add_option("--encoder", options->encoder,
                      "mast3r: DUNE's file, for weights that leave the encoder to it");
  command->add_option("--output", options->output, "Safetensors file to write")->required();
  command->add_flag("--bf16", options->bf16, "Matrix products of the backbone in bfloat16");
  command->footer(
      "Examples:\n"
      "  ahap network scene --weights model.safetensors --input views.safetensors --output "
      "scene.safetensors\n"
      "  ahap network human --weights multiHMR_896_L.pt --input views.safetensors --output "
      "people.safetensors\n"
      "  ahap network pi3x --weights model.safetensors --input views.safetensors --output "
      "points.safetensors\n"
      "  ahap network human3r --weights human3r.pth --input video.safetensors --output frames.safetensors\n"
      "  ahap network mast3r --weights dunemast3r_cvpr25_vitbase.pth --input pair.safetensors --output "
      "points.safetensors\n"

      "  ahap network unish --weights unish_release.safetensors --input clip.safetensors --output "
      "person.safetensors");
  command->callback([options] { run_network(*options); });
}

}  // namespace ahap
