#include <gmock/gmock.h>

#include <cstdlib>
#include <iostream>

#include "reconstruction/branches/human3r/frame_geometry.h"
#include "reconstruction/branches/human3r/human3r.h"
#include "tests/fixtures/seeded_weights.h"

// Human3R at full size against the recorded outputs. Minutes and gigabytes: run by hand with AHAP_REFERENCES
// (a folder with human3r/) and, for one file alone, AHAP_REFERENCE (its name).
namespace ahap {
namespace {

using namespace testing;

constexpr double kTokenTolerance = 1e-5, kStretchedTolerance = 3e-5, kFocalTolerance = 1e-3;  // relative L2

std::filesystem::path recorded(const std::string& name) {
  return std::filesystem::path(std::getenv("AHAP_REFERENCES")) / "human3r" / name;
}

// What was told under each name, by view.
using Told = std::map<std::string, std::vector<torch::Tensor>>;

class RecordedVideo {
 public:
  explicit RecordedVideo(const std::string& name)
      : reference_(read_checkpoint(recorded(name + ".safetensors"))) {}

  Checkpoint weights() const {
    Checkpoint checkpoint = seeded_checkpoint(recorded("keys.txt"), std::stoull(text("seed")));
    checkpoint.tensors["downstream_head.mlp_classif.2.bias"] =
        torch::full({1}, std::stof(text("classif_bias")));
    return checkpoint;
  }

  void run(Human3r& network) {
    const Human3rOptions options{.ttt3r = text("use_ttt3r") == "1",
                                 .square_side = int(number("mhmr_img_res"))};
    Human3rState state = network->start();
    std::istringstream frames(text("frame_of_view"));
    ChunkedWorld world;
    bool repeated = false;
    for (std::string frame; std::getline(frames, frame, ','); ++views_) {
      told_.emplace_back();
      const Human3rFrame seen = network->step(image(std::stoll(frame)), state, options, {},
                                              [&](const std::string& name, const torch::Tensor& tensor) {
                                                told_.back()[name].push_back(tensor);
                                              });
      focal_.push_back(float(focal_of_points(seen.points)));
      told_.back()["post.c2w"] = {seen.world_from_camera};
      if (!repeated) chained_.push_back(world.place(seen.world_from_camera));
      repeated =
          reference_.tensors.contains("view.reset") && reference_.at("view.reset")[views_].item<int>() != 0;
      if (!repeated) continue;
      world.next_chunk(seen.world_from_camera);
      network->reset(state);
    }
  }

  void compare() {
    for (const auto& [name, recorded] : reference_.tensors) compare(name, recorded);
    for (const auto& [name, difference] : greatest_)
      std::cout << "  " << name << " " << difference << ", limit " << limit_of(name) << "\n";
  }

 private:
  const std::string& text(const char* key) const { return reference_.metadata.at(key); }
  std::int64_t number(const char* key) const { return std::stoll(text(key)); }

  torch::Tensor image(std::int64_t v) const {
    const auto real = torch::dtype(torch::kDouble);
    const auto c = torch::arange(3, real).view({3, 1, 1}),
               y = torch::arange(number("height"), real).view({-1, 1}),
               x = torch::arange(number("width"), real);
    const auto p = 0.5 + 0.5 * torch::sin(0.05 * (c + 1) * x + 0.07 * y + 1.3 * double(v) + 0.9 * c);
    return ((p - 0.5) / 0.5).to(torch::kFloat).unsqueeze(0);
  }

  static double limit_of(const std::string& name) {
    for (const char* part : {"pts3d", "conf", "transl", "dpt_self", "dpt_cross", "dpt_rgb"})
      if (name.find(part) != std::string::npos) return kStretchedTolerance;
    return name == "post.focal" ? kFocalTolerance : kTokenTolerance;
  }

  void expect_near(const std::string& name, const torch::Tensor& mine, const torch::Tensor& expected) {
    ASSERT_EQ(mine.sizes(), expected.sizes()) << name;
    if (!expected.is_floating_point()) {
      EXPECT_TRUE(torch::equal(mine.to(torch::kLong), expected.to(torch::kLong))) << name;
      greatest_[name] = torch::equal(mine.to(torch::kLong), expected.to(torch::kLong)) ? 0 : 1;
      return;
    }
    const double difference = relative_l2(mine, expected);
    greatest_[name] = std::max(greatest_[name], difference);
    EXPECT_LE(difference, limit_of(name)) << name;
  }

  // The decoder's output in a view: pose token, patches, people.
  std::vector<torch::Tensor> whole_stream(std::int64_t view) const {
    const Told& told = told_[std::size_t(view)];
    const torch::Tensor& patches = told.at("dec.out")[0];
    return {
        torch::cat({told.at("pose.out")[0].reshape({1, patches.size(1)}), patches, told.at("human.out")[0]})};
  }

  // The part of what was told in a view that the reference keeps of it. `kind` is the end of its name.
  torch::Tensor sampled(const std::string& base, const std::string& kind,
                        const std::vector<torch::Tensor>& told, const torch::Tensor& expected) const {
    torch::Tensor whole =
        told.size() == 1 ? told[0] : torch::stack(told);  // of blocks: (depth, tokens, channels)
    if (kind == "corner") {
      for (std::int64_t axis = 0; axis < expected.dim(); ++axis)
        whole = whole.slice(axis, 0, expected.size(axis));
      return whole;
    }
    if (kind == "grid") {
      const std::int64_t rows = base.starts_with("mem") ? 16 : 48;
      return whole.slice(0, 0, c10::nullopt, rows).slice(1, 0, c10::nullopt, 48);
    }
    if (kind == "last") return whole.select(1, -1).slice(1, 0, expected.size(1));
    if (kind == "sub") return every(whole, 1, 7);
    if (kind == "stats" || kind == "mean_std") {
      const auto exact = whole.to(torch::kDouble);
      const auto over = kind == "mean_std" ? exact.flatten(1) : exact.flatten().unsqueeze(0);
      const auto mean = over.mean(1);
      std::vector<torch::Tensor> numbers = {mean, (over - mean.unsqueeze(1)).square().mean(1).sqrt()};
      if (kind == "stats") {
        numbers.push_back(over.amin(1));
        numbers.push_back(over.amax(1));
        return torch::cat(numbers).to(torch::kFloat);
      }
      return torch::stack(numbers, 1).to(torch::kFloat);
    }
    if (base == "prompt.in") return whole.slice(1, 0, c10::nullopt, 8);
    if (base == "out.msk") return every(whole, 0, number("mask_stride"));
    for (const char* map :
         {"out.pts3d_in_self_view", "out.pts3d_in_other_view", "out.rgb", "out.conf_self", "out.conf"})
      if (base == map) return every(whole, 0, number("stride"));
    return whole;
  }
  static torch::Tensor every(const torch::Tensor& map, std::int64_t axis, std::int64_t stride) {
    return map.slice(axis, 0, c10::nullopt, stride).slice(axis + 1, 0, c10::nullopt, stride);
  }

  void compare(const std::string& name, const torch::Tensor& expected) {
    if (name == "post.focal") {
      const auto known = expected > 0;
      return expect_near(name, torch::tensor(focal_).index({known}), expected.index({known}));
    }
    if (name == "post.c2w_chained")
      return expect_near(name, torch::stack(chained_).to(torch::kFloat), expected);
    for (const char* other : {"view.reset", "post.kept_views", "det.count", "ttt.logit.corner"})
      if (name == other) return;
    std::string base = name, kind;
    std::int64_t view = -1;
    if (const std::size_t at = base.rfind(".v"); at != std::string::npos) {
      view = std::stoll(base.substr(at + 2));
      base = base.substr(0, at);
    }
    for (const char* end : {"corner", "grid", "stats", "mean_std", "last", "sub"})
      if (base.ends_with(std::string(".") + end))
        kind = end, base = base.substr(0, base.size() - kind.size() - 1);
    if (base.starts_with("dec.hook")) return;  // the blocks are compared
    if (base.starts_with("out.") && kind == "stats") return;
    const bool first_only = base == "enc.embed" || base == "dec.embed" || base == "msk.logits" ||
                            base == "state.pos_yx" ||
                            (kind == "corner" && (base == "enc.block" || base == "hmr.block"));
    if (view < 0 && first_only) view = 0;
    const std::string shown = base + (kind.empty() ? "" : "." + kind);
    for (std::int64_t v = view < 0 ? 0 : view; v < (view < 0 ? views_ : view + 1); ++v) {
      SCOPED_TRACE("view " + std::to_string(v));
      const auto found = told_[std::size_t(v)].find(base);
      ASSERT_NE(found, told_[std::size_t(v)].end()) << name;
      const torch::Tensor part = view < 0 ? expected[v] : expected;
      const bool of_all_tokens = base == "dec.out" && kind == "stats";  // the corner is of patches
      expect_near(shown, sampled(base, kind, of_all_tokens ? whole_stream(v) : found->second, part), part);
    }
  }

  Checkpoint reference_;
  std::vector<Told> told_;
  std::int64_t views_ = 0;
  std::vector<float> focal_;
  std::vector<torch::Tensor> chained_;
  std::map<std::string, double> greatest_;
};

TEST(Human3rReference, EveryRecordedTensorAgreesAtFullSize) {
  if (!std::getenv("AHAP_REFERENCES"))
    GTEST_SKIP() << "AHAP_REFERENCES names the folder of the large references";
  const char* wanted = std::getenv("AHAP_REFERENCE");
  for (const char* name : {"synth_3f_160x224", "synth_3f_160x224_ttt3r", "synth_5f_208x144_reset3_ttt3r"}) {
    if (wanted && name != std::string(wanted)) continue;
    SCOPED_TRACE(name);
    std::cout << name << "\n";
    RecordedVideo video(name);
    Human3r network = load_human3r(video.weights());
    video.run(network);
    video.compare();
  }
}

}  // namespace
}  // namespace ahap
