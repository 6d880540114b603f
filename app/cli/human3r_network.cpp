#include "app/cli/human3r_network.h"

#include <charconv>
#include <iostream>
#include <set>
#include <sstream>
#include <stdexcept>

#include "reconstruction/branches/human3r/frame_geometry.h"
#include "reconstruction/branches/human3r/human3r.h"

namespace ahap {
namespace {

constexpr const char* kClassifierBias = "downstream_head.mlp_classif.2.bias";

std::vector<std::int64_t> frame_of_view(const Checkpoint& input) {
  std::vector<std::int64_t> frames;
  const auto found = input.metadata.find("frame_of_view");
  if (found == input.metadata.end()) return frames;
  std::istringstream list(found->second);
  for (std::string text; std::getline(list, text, ',');) {
    std::int64_t frame = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), frame);
    if (error != std::errc() || end != text.data() + text.size() || frame < 0)
      throw std::runtime_error(input.file.string() + ": metadata frame_of_view is \"" + found->second +
                               "\" instead of numbers of frames with commas between");
    frames.push_back(frame);
  }
  return frames;
}

// What is fed to the network: an image of the input, and whether the state is reset after it.
struct View {
  std::int64_t image = 0;
  bool reset = false;
};

std::vector<View> views_at_interval(std::int64_t images, std::int64_t interval) {
  std::vector<View> views;
  for (std::int64_t i = 0; i < images; ++i) {
    const bool reset = interval > 0 && (i + 1) % interval == 0;
    views.push_back({i, reset});
    if (reset) views.push_back({i, false});
  }
  return views;
}

std::vector<View> views_of(const Checkpoint& input, std::int64_t images) {
  const std::vector<std::int64_t> frames = frame_of_view(input);
  const auto flags = input.tensors.find("view.reset");
  if (frames.empty() && flags == input.tensors.end())
    return views_at_interval(images, metadata_number<std::int64_t>(input, "reset_interval", 0));

  const std::int64_t V = frames.empty() ? images : std::int64_t(frames.size());
  if (flags != input.tensors.end() && (flags->second.dim() != 1 || flags->second.size(0) != V)) {
    throw std::runtime_error(input.file.string() + ": tensor view.reset has shape " +
                             shape_text(flags->second) + " instead of (" + std::to_string(V) + ")");
  }
  std::vector<View> views(static_cast<std::size_t>(V));
  for (std::int64_t v = 0; v < V; ++v) {
    View& view = views[std::size_t(v)];
    view.image = V == images ? v : frames[std::size_t(v)];
    if (view.image >= images) {
      throw std::runtime_error(input.file.string() + ": metadata frame_of_view names frame " +
                               std::to_string(view.image) + ", but tensor input has " +
                               std::to_string(images));
    }
    view.reset = flags != input.tensors.end()
                     ? flags->second[v].item<double>() != 0
                     : v + 1 < V && frames[std::size_t(v)] == frames[std::size_t(v) + 1];
  }
  return views;
}

Human3r load_with_bias(const Checkpoint& weights, const Checkpoint& input) {
  if (!input.metadata.contains("classif_bias")) return load_human3r(weights);
  Checkpoint changed = weights;
  const auto prefix = changed.prefix_before(kClassifierBias);
  if (prefix)
    changed.tensors[*prefix + kClassifierBias] =
        torch::full({1}, metadata_number<double>(input, "classif_bias", 0), torch::kFloat);
  return load_human3r(changed);
}

// Gathers what the network tells, by view.
class Views {
 public:
  void begin(std::size_t view) { view_ = view; }

  void keep(const std::string& name, const torch::Tensor& tensor) {
    static const std::set<std::string> first_alone = {"enc.embed", "dec.embed", "msk.logits", "state.pos_yx"};
    if (name.ends_with(".block") || name.starts_with("dpt_")) return;
    if (first_alone.contains(name)) {
      if (view_ == 0) whole_[name] = tensor;
    } else if (name == "mem.in" || is_of_people(name)) {
      whole_[name + ".v" + std::to_string(view_)] = tensor;
    } else {
      stacked_[name].push_back(tensor);
    }
  }
  NetworkTensors tensors() const {
    NetworkTensors all = whole_;
    for (const auto& [name, views] : stacked_) all[name] = torch::stack(views);
    return all;
  }

 private:
  static bool is_of_people(const std::string& name) {
    static const std::set<std::string> names = {"det.offset",          "prompt",          "prompt.in",
                                                "human.pos_yx",        "human.out",       "out.smpl_loc",
                                                "out.smpl_shape",      "out.smpl_transl", "out.smpl_rotmat",
                                                "out.smpl_expression", "out.smpl_id"};
    return names.contains(name) || name.starts_with("smpl.");
  }
  std::size_t view_ = 0;
  NetworkTensors whole_;
  std::map<std::string, std::vector<torch::Tensor>> stacked_;
};

}  // namespace

NetworkTensors run_human3r(const Checkpoint& weights, const Checkpoint& input, bool bf16,
                           const Progress& progress) {
  const torch::Tensor images =
      images_of(input, input.tensors.contains("images") ? "images" : "input", kFramePatch);
  const std::vector<View> views = views_of(input, images.size(0));
  const torch::Tensor threshold = find_tensor(input, "threshold", {1});
  Human3rOptions options;
  options.ttt3r = metadata_number(input, "use_ttt3r", 1) != 0;
  options.square_side = metadata_number(input, "mhmr_img_res", 0);
  options.bf16 = bf16;
  if (threshold.defined()) options.threshold = threshold.item<float>();

  Human3r network = load_with_bias(weights, input);
  Human3rState state = network->start();
  Views told;
  ChunkedWorld world;
  std::vector<torch::Tensor> chained;
  std::vector<std::int64_t> kept, people, resets;
  std::vector<float> focal;
  std::int64_t left_out = 0;
  for (std::size_t v = 0; v < views.size(); ++v) {
    step(progress, "video", double(v) / double(views.size()));
    told.begin(v);
    const Human3rFrame frame =
        network->step(images.narrow(0, views[v].image, 1), state, options,
                      {.report = {}, .stop_requested = progress.stop_requested, .publish = {}},
                      [&](const std::string& name, const torch::Tensor& tensor) { told.keep(name, tensor); });
    told.keep("post.c2w", frame.world_from_camera);
    focal.push_back(float(focal_of_points(frame.points)));
    people.push_back(frame.detected.score.size(0));
    left_out += frame.detected.left_out;
    resets.push_back(views[v].reset);
    if (v == 0 || !views[v - 1].reset) {  // else the frame was there before
      kept.push_back(std::int64_t(v));
      chained.push_back(world.place(frame.world_from_camera));
    }
    if (!views[v].reset) continue;
    world.next_chunk(frame.world_from_camera);
    network->reset(state);
  }
  if (left_out > 0)
    std::cerr << "More than " << kMostPeople << " people were found in a frame; " << left_out
              << " with the lowest scores are left out.\n";

  NetworkTensors output = told.tensors();
  output["det.count"] = torch::tensor(people, torch::kLong);
  output["view.reset"] = torch::tensor(resets, torch::kLong);
  output["post.focal"] = torch::tensor(focal);
  output["post.kept_views"] = torch::tensor(kept, torch::kLong);
  output["post.c2w_chained"] = torch::stack(chained).to(torch::kFloat);
  return output;
}

}  // namespace ahap
