#include <gmock/gmock.h>

#include <cstdlib>
#include <iostream>

#include "reconstruction/branches/mast3r/mast3r.h"
#include "tests/fixtures/seeded_weights.h"
#include "tests/fixtures/small_mast3r.h"

// MASt3R with DUNE at full size against the recorded outputs. Minutes and gigabytes: run by hand with
// AHAP_REFERENCES (a folder with mast3r_dune/) and, for one file alone, AHAP_REFERENCE (its name).
namespace ahap {
namespace {

using namespace testing;

constexpr double kMast3rTokens = 1e-5, kMast3rPixels = 3e-5;  // relative L2
constexpr std::int64_t kLocalStep = 25;                       // of the recorded channels of headI.local

class RecordedPair {
 public:
  explicit RecordedPair(const std::string& name)
      : folder_(std::filesystem::path(std::getenv("AHAP_REFERENCES")) / "mast3r_dune"),
        reference_(read_checkpoint(folder_ / (name + ".safetensors"))),
        keys_(name.substr(0, name.rfind('_')) + ".keys.txt"),
        dpt_(name.find("catmlpdpt") != std::string::npos) {}

  void compare() {
    run();
    for (const auto& [name, recorded] : reference_.tensors) compare(name, recorded);
    for (const auto& [name, difference] : greatest_)
      std::cout << "  " << name << " " << difference << ", limit " << limit_of(name) << "\n";
  }

 private:
  std::int64_t number(const char* key) const { return std::stoll(reference_.metadata.at(key)); }

  Checkpoint weights() const {
    Checkpoint file = seeded_checkpoint(folder_ / keys_, std::uint64_t(number("seed")));
    for (auto& [name, tensor] : file.tensors) {
      const std::size_t alias = name.find("scratch.layer_rn.");
      if (alias == std::string::npos) continue;
      const int stage = name[alias + std::string("scratch.layer_rn.").size()] - '0' + 1;
      tensor =
          file.tensors.at(name.substr(0, alias) + "scratch.layer" + std::to_string(stage) + "_rn.weight");
    }
    return file;
  }

  void run() {
    Mast3r network = load_mast3r(weights());
    const auto images = formula_pair(number("height"), number("width"));
    told_["input"] = {images[0], images[1]};
    const TensorObserver keep = [&](const std::string& name, const torch::Tensor& tensor) {
      told_[name].push_back(name.starts_with("head") ? tensor : tensor[0]);
    };
    const auto first = network->encode(images.slice(0, 0, 1), false, {}, keep),
               second = network->encode(images.slice(0, 1, 2), false, {}, keep);
    const Mast3rPair pair = network->decode(first, second, {}, keep);
    for (const auto& [name, view] : {std::pair("out1", pair.first), {"out2", pair.second}}) {
      const std::string of = name;
      told_[of + ".pts3d"] = {view.points};
      told_[of + ".conf"] = {view.confidence};
      if (!view.descriptors.defined()) continue;
      told_[of + ".desc"] = {view.descriptors};
      told_[of + ".desc_conf"] = {view.descriptor_confidence};
    }
  }

  double limit_of(const std::string& name) const {
    const bool of_points = name.find("pts3d") != std::string::npos || name.find(".conf") != std::string::npos;
    return dpt_ && of_points ? kMast3rPixels : kMast3rTokens;
  }

  static torch::Tensor every(const torch::Tensor& map, std::int64_t axis, std::int64_t stride) {
    return map.slice(axis, 0, c10::nullopt, stride).slice(axis + 1, 0, c10::nullopt, stride);
  }

  static torch::Tensor statistics(const torch::Tensor& whole) {
    const auto x = whole.to(torch::kDouble);
    return torch::stack({x.mean(), (x - x.mean()).square().mean().sqrt(), x.min(), x.max()})
        .to(torch::kFloat);
  }

  // Of every block: mean and deviation, of the encoder's over both images.
  static torch::Tensor block_statistics(const std::vector<torch::Tensor>& blocks, std::size_t depth) {
    std::vector<torch::Tensor> rows;
    for (std::size_t i = 0; i < depth; ++i) {
      std::vector<torch::Tensor> same;
      for (std::size_t j = i; j < blocks.size(); j += depth) same.push_back(blocks[j]);
      rows.push_back(statistics(torch::stack(same)).slice(0, 0, 2));
    }
    return torch::stack(rows);
  }

  // The part of what was told that the reference keeps.
  torch::Tensor sampled(const std::string& base, const std::string& kind, const torch::Tensor& expected) {
    const auto& parts = told_.at(base);
    if (kind == "mean_std") return block_statistics(parts, std::size_t(expected.size(0)));
    if (kind == "sub") return every(torch::stack(parts), 2, 7);
    if (kind == "stats" && parts.size() == 2 && expected.dim() == 2)
      return torch::stack({statistics(parts[0]), statistics(parts[1])});
    if (kind == "stats") return statistics(parts.front());
    if (kind != "corner")
      return every(parts.front(), 0, number(base.ends_with(".desc") ? "desc_stride" : "stride"));
    torch::Tensor whole = parts.size() == 1 ? parts.front() : torch::stack(parts);
    if (base.ends_with(".local")) whole = whole.slice(1, 0, c10::nullopt, kLocalStep);
    for (std::int64_t axis = 0; axis < expected.dim(); ++axis)
      whole = whole.slice(axis, 0, expected.size(axis));
    return whole;
  }

  void compare(const std::string& name, const torch::Tensor& expected) {
    std::string base = name, kind;
    for (const char* end : {"corner", "stats", "mean_std", "sub"})
      if (base.ends_with(std::string(".") + end))
        kind = end, base = base.substr(0, base.size() - kind.size() - 1);
    ASSERT_TRUE(told_.contains(base)) << name;
    const auto mine = sampled(base, kind, expected);
    ASSERT_EQ(mine.sizes(), expected.sizes()) << name;
    greatest_[name] = relative_l2(mine, expected);
    EXPECT_LE(greatest_[name], limit_of(name)) << name;
  }

  std::filesystem::path folder_;
  Checkpoint reference_;
  std::string keys_;
  bool dpt_;
  std::map<std::string, std::vector<torch::Tensor>> told_;
  std::map<std::string, double> greatest_;
};

TEST(Mast3rReference, EveryRecordedTensorAgreesAtFullSize) {
  if (!std::getenv("AHAP_REFERENCES"))
    GTEST_SKIP() << "AHAP_REFERENCES names the folder of the large references";
  const char* wanted = std::getenv("AHAP_REFERENCE");
  for (const char* name : {"vitbase_catmlpdpt_126x168", "vitbase_catmlpdpt_182x140",
                           "vitbase_catconv_126x168", "vitbase_linear_126x168"}) {
    if (wanted && name != std::string(wanted)) continue;
    SCOPED_TRACE(name);
    std::cout << name << "\n";
    RecordedPair(name).compare();
  }
}

}  // namespace
}  // namespace ahap
