#include "reconstruction/models/model_directory.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "reconstruction/formats/assets.h"
#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/json_problem.h"
#include "reconstruction/formats/parse_json.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPhotoModel = "photo";
constexpr const char* kShippedModel = "compact";

std::string environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value ? value : "";
}

// Empty where the environment names no home.
fs::path user_folder() {
  const std::string data = environment("XDG_DATA_HOME"), home = environment("HOME");
  if (!data.empty()) return fs::path(data) / "ahap/models";
  return home.empty() ? fs::path() : fs::path(home) / ".local/share/ahap/models";
}

bool is_model(const fs::path& directory) {
  std::error_code error;
  return fs::is_regular_file(directory / "model.json", error);
}

}  // namespace

std::vector<fs::path> model_search_path() {
  std::vector<fs::path> path;
  std::istringstream own(environment("AHAP_MODELS"));
  for (std::string folder; std::getline(own, folder, ':');) {
    if (!folder.empty()) path.push_back(folder);
  }
  if (const fs::path user = user_folder(); !user.empty()) path.push_back(user);
  path.push_back(asset_directory() / "models");
  return path;
}

fs::path user_model_folder() {
  const fs::path folder = user_folder();
  if (folder.empty())
    throw std::runtime_error("There is no folder for models: neither XDG_DATA_HOME nor HOME is set.");
  return folder;
}

ModelDescription read_model_description(const fs::path& directory) {
  const fs::path file = directory / "model.json";
  std::ifstream in = open_input_file(file);
  if (!in)
    throw std::runtime_error(file.string() + " cannot be opened; a model is a folder with a model.json");
  ModelDescription model;
  model.directory = directory;
  try {
    const nlohmann::json json = parse_json(in);
    json.at("name").get_to(model.name);
    json.at("kind").get_to(model.kind);
    model.licence = json.value("licence", "");
    for (const auto& [part, file] : json.at("files").items())
      if (const auto name = file.get<std::string>(); !name.empty()) model.files[part] = directory / name;
    if (model.kind == "full" && json.contains("networks")) {
      for (const auto& [network, options] : json["networks"].get<std::map<std::string, nlohmann::json>>())
        if (options.contains("size")) model.sizes[network] = options["size"].get<std::string>();
      model.detection_threshold = json["networks"]
                                      .value("detection", nlohmann::json::object())
                                      .value("threshold", model.detection_threshold);
    }
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(file.string() + " cannot be understood: " + json_problem(error));
  }
  for (const auto& [part, file] : model.files) {
    if (!fs::exists(file)) model.missing.push_back(file);
  }
  return model;
}

DefaultModel default_model() {
  const std::string instead =
      "; the compact model, which was trained on rendered scenes, stands in. `ahap models --install people` ";
  for (const fs::path& folder : model_search_path()) {
    const fs::path photo = folder / kPhotoModel;
    if (!is_model(photo)) continue;
    try {
      const ModelDescription model = read_model_description(photo);
      if (model.missing.empty()) return {kPhotoModel, ""};
      return {kShippedModel, "The model for real photographs is incomplete: " +
                                 model.missing.front().string() + " is missing" + instead + "repairs it."};
    } catch (const std::runtime_error& error) {
      return {kShippedModel, "The model for real photographs cannot be used: " + std::string(error.what()) +
                                 instead + "repairs it."};
    }
  }
  return {kShippedModel,
          "The networks for people in real photographs are not installed" + instead + "installs them."};
}

fs::path find_model(const std::string& name_or_directory) {
  const std::string name = name_or_directory.empty() ? default_model().name : name_or_directory;
  if (is_model(name)) return name;
  std::string looked;
  for (const fs::path& folder : model_search_path()) {
    if (is_model(folder / name)) return folder / name;
    looked += (looked.empty() ? "" : ", ") + folder.string();
  }
  const std::string place = fs::is_directory(name) ? "the folder " + name + " has no model.json"
                                                   : "there is no model '" + name + "'";
  throw std::runtime_error(place + "; models are looked for in " + looked + " (`ahap models` lists them)");
}

std::vector<fs::path> installed_models() {
  std::vector<fs::path> models;
  for (const fs::path& folder : model_search_path()) {
    std::error_code error;
    std::vector<fs::path> here;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      if (is_model(entry.path())) here.push_back(entry.path());
    }
    std::sort(here.begin(), here.end());
    models.insert(models.end(), here.begin(), here.end());
  }
  return models;
}

}  // namespace ahap
