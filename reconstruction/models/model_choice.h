#pragma once

#include <string>
#include <vector>

#include "reconstruction/models/model_directory.h"

// Models without a folder of their own: published networks that are chosen by name and run from the weight
// files in the folders of full models. Their names stand wherever a model's name does: "pi3x+multi-hmr" is a
// scene branch with a human branch (kind "full"); "human3r" and "unish" are networks for one moving camera,
// "chromm" is Pi3X and Multi-HMR for people in several views (kinds of these names).
namespace ahap {

// The names of the branches, as people give them; methods are models that no branch can be chosen of.
std::vector<std::string> scene_branch_names();
std::vector<std::string> human_branch_names();
std::vector<std::string> method_names();

// The model of these branches. An empty name is not chosen: the human branch is then Multi-HMR, the scene
// branch the first that has its weights. Throws a sentence for branches that do not run together.
std::string model_of_branches(const std::string& scene, const std::string& human);

// Where the name is one of a choice: what runs. Otherwise of a folder (find_model, read_model_description).
// Throws a sentence that says which weights are missing, where they come from and which are there.
ModelDescription describe_model(const std::string& name_or_directory);

// One of the choices, and whether it can run.
struct ModelChoice {
  std::string name;
  std::string title;    // for people: "Pi3X and Multi-HMR", "Human3R"
  std::string holds;    // the networks that run: "Pi3X with Multi-HMR L 896"; empty where one is missing
  std::string missing;  // what is missing, in words: "Pi3X"; empty: it can run
  std::string options;  // of the command line: "--scene pi3x --human multi-hmr"
};
// All of them, the best first. Reads the outlines of the weight files, not the weights.
std::vector<ModelChoice> model_choices();

}  // namespace ahap
