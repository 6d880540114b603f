#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ahap {

// What a model's model.json says; of its networks only which they are.
struct ModelDescription {
  std::string name;
  std::string kind;     // which networks: "compact", ...
  std::string licence;  // of the weights, for a person
  std::filesystem::path directory;
  // That it needs, by part ("scene", "human", ...); absolute or relative as `directory` is.
  std::map<std::string, std::filesystem::path> files;
  std::vector<std::filesystem::path> missing;  // those of them that are not there
  std::map<std::string, std::string> sizes;    // of a full model's networks, where it says them: "Giant", "L"
  double detection_threshold = 0.3;            // of a full model's human branch

  // Whether it makes one result of several frames.
  bool reconstructs_ranges() const { return kind == "photo" || kind == "chromm" || takes_one_camera(); }
  // Whether it takes the frames of one camera that moves, and no other views of them.
  bool takes_one_camera() const { return kind == "human3r" || kind == "unish"; }
  // Whether its files are networks that others publish.
  bool runs_published_networks() const { return kind == "full" || kind == "chromm" || takes_one_camera(); }
};

// Where models are looked for, in this order: $AHAP_MODELS (folders separated by colons),
// $XDG_DATA_HOME/ahap/models
// (~/.local/share/ahap/models without it), and the models that ship with the program.
std::vector<std::filesystem::path> model_search_path();

// Where the program installs models: the user's folder on that path. Throws a sentence when the user has
// none.
std::filesystem::path user_model_folder();

// Throws a sentence with the path when there is no model.json or it cannot be understood.
ModelDescription read_model_description(const std::filesystem::path& directory);

// The model that an empty name stands for: "photo" where all its files are installed, else "compact".
struct DefaultModel {
  std::string name;
  std::string note;  // why it is not "photo" and what to do about it, a sentence for a person; else empty
};
DefaultModel default_model();

// A folder with a model.json as it is; a name is looked up along the search path; empty is the default.
// Throws a sentence that tells where it looked.
std::filesystem::path find_model(const std::string& name_or_directory);

// Every folder with a model.json along the search path. The first of a name is the one that find_model takes.
std::vector<std::filesystem::path> installed_models();

}  // namespace ahap
