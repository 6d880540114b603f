#include "reconstruction/models/model_choice.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <stdexcept>

#include "reconstruction/formats/error_text.h"
#include "reconstruction/models/model_file.h"
#include "reconstruction/models/model_registry.h"
#include "reconstruction/models/published_weights.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

// A network that people choose by a name of their own.
struct NamedNetwork {
  const char* name;
  const char* part;   // of a model's files
  const char* holds;  // what the network is called; its sizes follow: "Multi-HMR L 896"

  bool is(const ModelFile& file) const {
    return file.part == part && (file.holds == holds || file.holds.starts_with(std::string(holds) + " "));
  }
};

constexpr const char* kMast3r = "mast3r";
constexpr std::array kSceneBranches = {
    NamedNetwork{"da3", "scene", "Depth Anything 3"}, NamedNetwork{"pi3x", "scene", "Pi3X"},
    NamedNetwork{"pi3", "scene", "Pi3"}, NamedNetwork{kMast3r, "scene", "MASt3R with DUNE"}};
constexpr NamedNetwork kMultiHmr = {"multi-hmr", "human", "Multi-HMR"};
// Methods: each a kind of model of its own name. Of one network, or of several.
constexpr std::array kMethods = {NamedNetwork{"human3r", "human3r", "Human3R"},
                                 NamedNetwork{"unish", "unish", "UniSH"}};
constexpr const char* kChromm = "chromm";
constexpr std::array kChrommNetworks = {kSceneBranches[1], kMultiHmr};
constexpr const char* kPhotoBranch = "photo";  // the human branch of the model of this name

std::string name_of(const NamedNetwork& scene, const NamedNetwork& human) {
  return std::string(scene.name) + "+" + human.name;
}

// The networks of the choice of this name; empty where there is none.
std::vector<NamedNetwork> networks_of(const std::string& choice) {
  for (const NamedNetwork& method : kMethods)
    if (choice == method.name) return {method};
  if (choice == kChromm) return {kChrommNetworks.begin(), kChrommNetworks.end()};
  for (const NamedNetwork& scene : kSceneBranches)
    if (choice == name_of(scene, kMultiHmr)) return {scene, kMultiHmr};
  return {};
}

// What lies in the folders of full models.
struct FoundWeights {
  std::vector<ModelFile> files;  // named in a model.json first, then as they are published: the best first
  std::vector<std::string> problems;  // of files that cannot be used: sentences

  const ModelFile* find(const NamedNetwork& network) const {
    const auto found =
        std::find_if(files.begin(), files.end(), [&](const ModelFile& file) { return network.is(file); });
    return found == files.end() ? nullptr : &*found;
  }
  const ModelFile* find_part(const std::string& part) const {
    const auto found =
        std::find_if(files.begin(), files.end(), [&](const ModelFile& file) { return file.part == part; });
    return found == files.end() ? nullptr : &*found;
  }
};

std::vector<ModelDescription> full_models() {
  std::vector<ModelDescription> models;
  for (const fs::path& folder : installed_models()) {
    try {
      ModelDescription model = read_model_description(folder);
      if (model.runs_published_networks()) models.push_back(std::move(model));
    } catch (const std::runtime_error&) {
      // `ahap models` says what is wrong with it.
    }
  }
  return models;
}

std::vector<fs::path> weight_files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    std::error_code no_file;
    if (entry.is_regular_file(no_file) && is_named_like_a_model_file(entry.path()))
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::size_t rank_of(const ModelFile& file) {
  const std::vector<PublishedWeights>& published = published_weights();
  return std::size_t(
      std::find_if(published.begin(), published.end(),
                   [&](const PublishedWeights& weights) { return weights.holds == file.holds; }) -
      published.begin());
}

FoundWeights find_weights() {
  std::vector<fs::path> named, others = weight_files_in(full_model_folder());
  for (const ModelDescription& model : full_models()) {
    for (const auto& [part, file] : model.files)
      if (fs::is_regular_file(file)) named.push_back(file);
    for (const fs::path& file : weight_files_in(model.directory)) others.push_back(file);
  }
  FoundWeights found;
  std::set<fs::path> seen;
  const auto look_at = [&](const std::vector<fs::path>& files) {
    std::vector<ModelFile> recognised;
    for (const fs::path& file : files) {
      std::error_code error;
      if (!seen.insert(fs::canonical(file, error)).second) continue;
      try {
        recognised.push_back(recognise_model_file(file, ValidationLevel::quick));
      } catch (const std::exception& failure) {
        found.problems.push_back(error_text(failure));
      }
    }
    std::stable_sort(recognised.begin(), recognised.end(),
                     [](const ModelFile& a, const ModelFile& b) { return rank_of(a) < rank_of(b); });
    found.files.insert(found.files.end(), recognised.begin(), recognised.end());
  };
  look_at(named);
  look_at(others);
  return found;
}

std::string joined(const std::vector<std::string>& words, const std::string& last) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? last : ", ") + words[i];
  return text;
}

[[noreturn]] void refuse_missing(const std::vector<NamedNetwork>& networks, const FoundWeights& found) {
  const auto& published = published_weights();
  std::vector<std::string> missing, files;
  for (const NamedNetwork& network : networks) {
    if (found.find(network)) continue;
    const auto official =
        std::find_if(published.begin(), published.end(), [&](const PublishedWeights& weights) {
          return network.is({.file = {}, .part = weights.part, .holds = weights.holds});
        });
    missing.push_back(network.holds);
    files.push_back(official->file_name + " from " + official->page);
  }
  std::string sentence = "The weights of " + joined(missing, " and ") + " are not there: put " +
                         joined(files, " and ") + " into " + full_model_folder().string() + ", or drop " +
                         (files.size() > 1 ? "them" : "it") + " onto the studio's window. ";
  std::vector<std::string> there;
  for (const ModelFile& file : found.files) there.push_back(file.holds);
  sentence += there.empty() ? "No published weights are there." : "There: " + joined(there, " and ") + ".";
  for (const std::string& problem : found.problems) sentence += " " + problem;
  throw std::runtime_error(sentence);
}

ModelDescription description_of(const std::string& choice, const std::vector<NamedNetwork>& networks,
                                const FoundWeights& found) {
  ModelDescription model;
  model.name = choice;
  model.kind = choice == kChromm ? kChromm : networks.size() == 1 ? networks[0].name : "full";
  for (const NamedNetwork& network : networks) {
    const ModelFile* file = found.find(network);
    if (!file) refuse_missing(networks, found);
    model.files[network.part] = file->file;
    if (model.directory.empty()) model.directory = file->file.parent_path();
  }
  for (const char* beside : {"body", "smplx"})
    if (const ModelFile* file = found.find_part(beside)) model.files[beside] = file->file;
  if (const ModelFile* heads = found.find_part(kChromm); heads && choice == kChromm)
    model.files[kChromm] = heads->file;
  if (const ModelFile* dune = found.find_part("dune"); dune && networks.front().name == std::string(kMast3r))
    model.files["dune"] = dune->file;
  return model;
}

ModelChoice choice_of(const std::string& name, const std::string& options, const FoundWeights& found) {
  ModelChoice choice{.name = name, .title = {}, .holds = {}, .missing = {}, .options = options};
  std::vector<std::string> titles, there, missing;
  for (const NamedNetwork& network : networks_of(name)) {
    titles.push_back(network.holds);
    if (const ModelFile* file = found.find(network))
      there.push_back(file->holds);
    else
      missing.push_back(network.holds);
  }
  choice.title = name == kChromm ? "CHROMM" : joined(titles, " and ");
  choice.missing = joined(missing, " and ");
  if (missing.empty()) choice.holds = joined(there, " with ");
  return choice;
}

}  // namespace

std::vector<std::string> scene_branch_names() {
  std::vector<std::string> names;
  for (const NamedNetwork& scene : kSceneBranches) names.push_back(scene.name);
  return names;
}

std::vector<std::string> human_branch_names() {
  return {kMultiHmr.name, kPhotoBranch};
}

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const NamedNetwork& method : kMethods) names.push_back(method.name);
  names.push_back(kChromm);
  return names;
}

std::string model_of_branches(const std::string& scene, const std::string& human) {
  if (human == kPhotoBranch) {
    if (scene.empty()) return kPhotoBranch;
    throw std::runtime_error(
        "The human branch photo finds cameras and depth from its people and does not run with the scene "
        "branch " +
        scene + "; choose --human multi-hmr, or photo alone.");
  }
  if (!scene.empty()) return scene + "+" + kMultiHmr.name;
  const FoundWeights found = find_weights();
  const auto there = std::find_if(kSceneBranches.begin(), kSceneBranches.end(),
                                  [&](const NamedNetwork& branch) { return found.find(branch); });
  return name_of(there == kSceneBranches.end() ? kSceneBranches.front() : *there, kMultiHmr);
}

ModelDescription describe_model(const std::string& name_or_directory) {
  const std::vector<NamedNetwork> networks = networks_of(name_or_directory);
  if (networks.empty()) return read_model_description(find_model(name_or_directory));
  return description_of(name_or_directory, networks, find_weights());
}

std::vector<ModelChoice> model_choices() {
  const FoundWeights found = find_weights();
  std::vector<ModelChoice> choices;
  for (const NamedNetwork& scene : kSceneBranches)
    choices.push_back(choice_of(name_of(scene, kMultiHmr),
                                std::string("--scene ") + scene.name + " --human " + kMultiHmr.name, found));
  for (const std::string& method : method_names())
    choices.push_back(choice_of(method, "--method " + method, found));
  return choices;
}

}  // namespace ahap
