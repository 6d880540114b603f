#include "reconstruction/models/published_weights.h"

#include <algorithm>

namespace ahap {
namespace {

PublishedWeights depth_anything3(const char* size, const char* id, const char* licence, std::uint64_t bytes) {
  return {std::string("Depth Anything 3 ") + size,
          "scene",
          "model.safetensors",
          std::string("https://huggingface.co/depth-anything/") + id,
          licence,
          bytes};
}

PublishedWeights pi3(const char* name, std::uint64_t bytes) {
  return {name,           "scene", "model.safetensors", std::string("https://huggingface.co/yyfz233/") + name,
          "CC BY-NC 4.0", bytes};
}

// Sizes are computed from the lists of tensors.
PublishedWeights mast3r_with_dune(const char* size, const char* file_name, std::uint64_t bytes) {
  return {std::string("MASt3R with DUNE ") + size,
          "scene",
          file_name,
          std::string("https://download.europe.naverlabs.com/dune/") + file_name,
          "CC BY-NC-SA 4.0 and NAVER",
          bytes};
}

PublishedWeights multi_hmr(const char* size, const char* file_name, std::uint64_t bytes) {
  return {std::string("Multi-HMR ") + size,
          "human",
          file_name,
          std::string("https://download.europe.naverlabs.com/ComputerVision/MultiHMR/") + file_name,
          "NAVER, non-commercial",
          bytes};
}

}  // namespace

const std::vector<PublishedWeights>& published_weights() {
  static const std::vector<PublishedWeights> files = {
      depth_anything3("Giant", "DA3-GIANT-1.1", "CC BY-NC 4.0", 5'422'700'000),
      depth_anything3("Large", "DA3-LARGE-1.1", "CC BY-NC 4.0", 1'643'800'000),
      depth_anything3("Base", "DA3-BASE", "Apache 2.0", 541'500'000),
      depth_anything3("Small", "DA3-SMALL", "Apache 2.0", 137'200'000),
      pi3("Pi3X", 5'440'300'000),
      pi3("Pi3", 3'834'900'000),
      mast3r_with_dune("B", "dunemast3r_cvpr25_vitbase.pth", 1'734'800'000),
      mast3r_with_dune("S", "dunemast3r_cvpr25_vitsmall.pth", 1'385'000'000),
      {"DUNE B", "dune", "dune_vitbase14_448_paper.pth",
       "https://download.europe.naverlabs.com/dune/dune_vitbase14_448_paper.pth", "NAVER, non-commercial",
       420'000'000},
      {"DUNE S", "dune", "dune_vitsmall14_448.pth",
       "https://download.europe.naverlabs.com/dune/dune_vitsmall14_448.pth", "NAVER, non-commercial",
       110'000'000},
      multi_hmr("L 896", "multiHMR_896_L.pt", 1'268'400'000),
      multi_hmr("L 672", "multiHMR_672_L.pt", 1'268'200'000),
      multi_hmr("B 672", "multiHMR_672_B.pt", 391'000'000),
      multi_hmr("S 672", "multiHMR_672_S.pt", 125'900'000),
      {"Human3R", "human3r", "human3r.pth", "https://huggingface.co/faneggg/human3r",
       "CC BY-NC-SA 4.0 and NAVER", 4'669'800'000},
      {"UniSH", "unish", "unish_release.safetensors", "https://huggingface.co/Murphyyyy/UniSH",
       "not stated; Pi3: CC BY-NC 4.0", 6'549'100'000},
      {"SMPL body", "body", "SMPL_NEUTRAL.pkl", "https://smpl.is.tue.mpg.de", "Max Planck, non-commercial",
       39'000'000},
      {"SMPL-X body", "smplx", "SMPLX_NEUTRAL.npz", "https://smpl-x.is.tue.mpg.de",
       "Max Planck, non-commercial", 108'000'000},
  };
  return files;
}

const PublishedWeights* find_official_file(const std::string& holds) {
  const auto& files = published_weights();
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const PublishedWeights& file) { return file.holds == holds; });
  return found == files.end() ? nullptr : &*found;
}

const PublishedWeights* recommended_file(const std::string& part) {
  const auto& files = published_weights();
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const PublishedWeights& file) { return file.part == part; });
  return found == files.end() ? nullptr : &*found;
}

std::string purpose_of_part(const std::string& part) {
  if (part == "scene") return "cameras and depth";
  if (part == "human" || part == "detector") return "people";
  if (part == "human3r" || part == "unish") return "one moving camera";
  if (part == "chromm") return "people in several views";
  if (part == "dune") return "encoder of MASt3R";
  if (part == "pose") return "joints";
  if (part == "landmarks") return "joints in depth";
  if (part == "ahap") return "who is who";
  if (part == "body") return "bodies";
  if (part == "smplx") return "whole bodies";
  return part;
}

}  // namespace ahap
